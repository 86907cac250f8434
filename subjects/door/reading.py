"""One line at the door: read, checked against the schema, and past the gates of the law.

Every refusal is one sentence that names the field and repeats nothing of its content.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import fastjsonschema
import orjson

from policy.identifiers import calls_itself_bsn, find_bsn
from subjects.anchors import ANCHORS
from subjects.constants import EEA
from subjects.door.codes import Codes
from subjects.door.contents import take_content
from subjects.door.refusals import Refused

SCHEMA = Path(__file__).parent / "door.schema.json"
LONGEST_LINE = 1024 * 1024
DEEPEST = 32
# Words that call a number a BSN; escapes hide none, since JSON may write any letter as one.
NAMES_A_BSN = (b"bsn", b"sofi", b"fisc", b"service", b"\\u")
EARLIEST_BIRTH = date(1890, 1, 1)
DAYS = frozenset(
    [
        *(name for name in ANCHORS if name.endswith(("_on", "_until"))),
        *("verified_on", "given_on", "withdrawn_on", "collected_on", "register_removed_on"),
        *("disclosed_on", "sent_on", "since"),
    ]
)
INSTANTS = frozenset(["happened_at", "decided_at"])
# What has happened cannot lie ahead; a financial year and a statutory period may.
PAST = DAYS - {"financial_year_ended_on", "statutory_period_until"}


# By these a line that may not come in still finds the block that it keeps out.
NAMING = ("dossier", "involvement")


class Line(NamedTuple):
    """A line of the file: its fields, and apart from them, as JSON, what is to be sealed.

    `refusal` tells why it may not come in; there is then no data. `size` is in bytes.
    """

    number: int
    type: str
    id: str
    data: dict[str, Any]
    refusal: str = ""
    size: int = 0
    content: bytes = b""


@cache
def validators() -> dict[str, Callable[[Any], Any]]:
    """Return a compiled check for each type of line."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return {kind: fastjsonschema.compile(part) for kind, part in schema["$defs"].items()}


class Lines(Protocol):
    def readline(self, limit: int, /) -> bytes: ...


def read_lines(stream: Lines, codes: Codes, *, today: date) -> Iterator[Line]:
    """Yield every line of the stream that is not blank, read and checked, in bounded memory."""
    number = 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(LONGEST_LINE)
            yield Line(number, "", "", {}, "The line is longer than 1 MB.")
        elif raw.strip():
            yield read_line(number, raw, codes, today=today)


def read_line(number: int, raw: bytes, codes: Codes, *, today: date) -> Line:
    """Return the line that these bytes hold, with its refusal where it has one."""
    data: Any = None
    try:
        data = _parsed(raw)
        _check_shape(data)
        _read_times(data, today)
        _check_law(data, codes)
        lowered = raw.lower()
        if any(word in lowered for word in NAMES_A_BSN):
            _refuse_bsn(data)
        content = take_content(data)
    except Refused as error:
        known = data if isinstance(data, dict) else {}
        names = {name: text for name in NAMING if (text := _text(known, name))}
        kind, own = _text(known, "type"), _text(known, "id")
        return Line(number, kind, own, names, str(error), len(raw))
    return Line(number, data["type"], data["id"], data, "", len(raw), content)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value[:80] if isinstance(value, str) else ""


def _parsed(raw: bytes) -> Any:
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("The line is not UTF-8.") from None
        raise Refused("The line is not JSON.") from None
    if not isinstance(data, dict):
        raise Refused("The line is not a JSON object.")
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and not _is_shallow(data, DEEPEST):
        raise Refused("The line is nested too deep.")
    if b"\\u0000" in raw:
        raise Refused("The line holds a NUL character.")
    return data


def _is_shallow(value: Any, left: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return True
    return left > 0 and all(_is_shallow(part, left - 1) for part in parts)


def _check_shape(data: dict[str, Any]) -> None:
    kind = data.get("type")
    check = validators().get(kind) if isinstance(kind, str) else None
    if check is None:
        raise Refused("type: must be one of the types that the schema names.")
    try:
        check(data)
    except fastjsonschema.JsonSchemaValueException as error:
        where = ".".join(str(part) for part in error.path[1:])
        what = error.message.removeprefix(error.name or "").strip()
        raise Refused(f"{where}: {what}." if where else f"The line {what}.") from None


def _read_times(data: dict[str, Any], today: date) -> None:
    for name, text in data.items():
        if name in DAYS and text:
            try:
                data[name] = day = _day(text)
            except ValueError:
                raise Refused(f"{name}: there is no such day.") from None
            if day > today and name in PAST:
                raise Refused(f"{name}: lies in the future.")
        elif name in INSTANTS and text:
            try:
                data[name] = instant = datetime.fromisoformat(text)
            except ValueError:
                raise Refused(f"{name}: there is no such instant.") from None
            if instant.date() > today + timedelta(days=1):
                raise Refused(f"{name}: lies in the future.")
    if identity := data.get("identity"):
        _check_birth_date(identity, today)
        _check_given(identity, today)


_day = cache(date.fromisoformat)


def _check_birth_date(identity: dict[str, Any], today: date) -> None:
    if text := identity.get("birth_date"):
        try:
            born = date.fromisoformat(text)
        except ValueError:
            raise Refused("identity.birth_date: there is no such day.") from None
        if not EARLIEST_BIRTH <= born <= today:
            raise Refused("identity.birth_date: nobody alive was born on that day.")


def _check_given(identity: dict[str, Any], today: date) -> None:
    if text := identity.get("collected_on"):
        try:
            given = _day(text)
        except ValueError:
            raise Refused("identity.collected_on: there is no such day.") from None
        if given > today:
            raise Refused("identity.collected_on: lies in the future.")


# --- the law ------------------------------------------------------------------------------


def _check_law(data: dict[str, Any], codes: Codes) -> None:
    check = _LAW.get(data["type"])
    if check:
        check(data, codes)


def _known(data: dict[str, Any], name: str, known: frozenset[str] | dict[str, Any]) -> None:
    if (code := data.get(name)) is not None and code not in known:
        raise Refused(f"{name}: the statement has no such code.")


def _check_dossier(data: dict[str, Any], codes: Codes) -> None:
    _known(data, "purpose", codes.purposes)
    opened, closed = data.get("opened_on"), data.get("closed_on")
    if opened and closed and closed < opened:
        raise Refused("closed_on: lies before opened_on.")
    if data.get("phase") == "invoice" and not data.get("client"):
        raise Refused("client: a dossier in the invoice phase names its client.")


def _check_involvement(data: dict[str, Any], codes: Codes) -> None:
    _known(data, "category", codes.subjects)
    if data["identity"].get("source", "person") not in codes.sources:
        raise Refused("identity.source: the statement has no such code.")


def _check_consent(data: dict[str, Any], codes: Codes) -> None:
    _known(data, "purpose", codes.purposes)
    if (withdrawn := data.get("withdrawn_on")) and withdrawn < data["given_on"]:
        raise Refused("withdrawn_on: lies before given_on.")


def _check_record(data: dict[str, Any], codes: Codes) -> None:
    _known(data, "data_category", codes.data)
    _known(data, "source", codes.sources)
    if data["data_category"] in codes.special and not data.get("special"):
        # Source: GDPR Articles 9 and 10; privacy statement, sensitive data.
        raise Refused("special: health and criminal data need their ground, case and approver.")

    ground = (data.get("special") or {}).get("ground")
    if "consent" not in data and (data["basis"] == "6.1.a" or ground == "9.2.a"):
        # A withdrawal could not find it otherwise (GDPR Article 7(3)).
        raise Refused("consent: data kept by consent name the consent they rest on.")


def _check_disclosure(data: dict[str, Any], codes: Codes) -> None:
    _known(data, "purpose", codes.purposes)
    _known(data, "role", codes.recipients)
    if not codes.data.issuperset(data["data_categories"]):
        raise Refused("data_categories: the statement lacks one of these codes.")
    if data.get("country", "NL") not in EEA and not data.get("mechanism"):
        # Source: GDPR Chapter V; privacy statement, recipients outside the EEA.
        raise Refused("mechanism: a transfer outside the EEA needs what makes it lawful.")


def _check_decision(data: dict[str, Any], codes: Codes) -> None:
    _known(data, "kind", codes.legal_steps)
    if codes.legal_steps[data["kind"]] and not data.get("confirmed_by"):
        # Source: GDPR Article 22.
        raise Refused("confirmed_by: a legal step is confirmed by a person.")


def _check_suppression(data: dict[str, Any], codes: Codes) -> None:
    _known(data, "purpose", codes.purposes)


def _check_organisation(data: dict[str, Any], codes: Codes) -> None:
    if not codes.recipients.issuperset(data.get("roles", ())):
        raise Refused("roles: the statement lacks one of these codes.")


_LAW: dict[str, Callable[[dict[str, Any], Codes], None]] = {
    "organisation": _check_organisation,
    "dossier": _check_dossier,
    "involvement": _check_involvement,
    "consent": _check_consent,
    "record": _check_record,
    "disclosure": _check_disclosure,
    "automated_decision": _check_decision,
    "suppression": _check_suppression,
}
_FREE = ("content", "note", "proof", "reason", "inputs", "weights", "result", "effect", "identity")


def _refuse_bsn(data: dict[str, Any]) -> None:
    """Refuse a citizen service number where a field or words call it one (UAVG, Article 46)."""
    for name in _FREE:
        if (value := data.get(name)) and _has_bsn(value):
            raise Refused(f"{name}: holds a citizen service number, which we may not keep.")


def _has_bsn(value: Any) -> bool:
    if isinstance(value, str):
        return any(find_bsn(value))
    if isinstance(value, dict):
        return any(
            (calls_itself_bsn(name) and part not in (None, "")) or _has_bsn(part)
            for name, part in value.items()
        )
    return isinstance(value, list) and any(_has_bsn(part) for part in value)
