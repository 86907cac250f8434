"""What a right did, which no later line of the source undoes: said to the source with the answer.

Source: GDPR Articles 7(3), 16 and 17(1).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from subjects import corrections
from subjects.door.children import Values
from subjects.door.reading import Line
from subjects.models import Consent, Involvement, OfInvolvement, Record
from vault.services import OpenKey

WITHDRAWN = "withdrawn_on: this consent was withdrawn and stays so; a new one has an id of its own."
ENDS = "This goes on the day that a right of the person set; no later file moves it."
# The day of these follows the register, so the source may take it back.
BY_THE_REGISTER = "INS"


class Kept(NamedTuple):
    """What stands after a line; `moved` tells that marks ended, and `reason` what stayed out."""

    values: dict[str, Any]
    moved: bool = False
    reason: str = ""


def keep_ended(held: OfInvolvement, line: Line, values: Values) -> str:
    """Leave in `values` what a right ended as it ended; return what of the line stayed out."""
    if isinstance(held, Consent):
        return _keep_withdrawn(held, values)
    if isinstance(held, Record):
        return _keep_end(held, line, values)
    return ""


def _keep_withdrawn(held: Consent, values: Values) -> str:
    if held.withdrawn_on is None:
        return ""
    sent = values["withdrawn_on"]
    if sent is not None and sent < held.withdrawn_on:
        return ""
    said_otherwise = sent != held.withdrawn_on or values["given_on"] > held.withdrawn_on
    for name in ("purpose_id", "given_on", "withdrawn_on"):
        values[name] = getattr(held, name)
    return WITHDRAWN if said_otherwise else ""


def _keep_end(held: Record, line: Line, values: Values) -> str:
    if held.delete_from is None:
        return ""
    sent = values["delete_from"]
    if sent is not None and sent <= held.delete_from:
        return ""
    by_register = held.rule == BY_THE_REGISTER
    if by_register and "register_removed_on" in line.data:
        return ""
    values["rule"], values["delete_from"] = held.rule, held.delete_from
    return "" if by_register else ENDS


def keep_corrected(
    row: Involvement | Record,
    key: OpenKey,
    former: Mapping[str, Any],
    sent: dict[str, Any],
    dated_on: Any,
) -> Kept:
    """Return what is to stand of what was sent, where a right corrected fields of it."""
    if row.sealed_corrections is None:
        return Kept(sent)
    place = row.corrections_place
    marks = key.unseal(row.sealed_corrections, place=place)
    settled = corrections.settle(marks, former, sent, place=place, dated_on=dated_on)
    moved = settled.marks != marks
    if moved:
        left = settled.marks
        row.sealed_corrections = key.seal(left, place=place) if left else None
    return Kept(settled.values, moved, _reason(row, settled.kept))


def _reason(row: Involvement | Record, fields: list[str]) -> str:
    if not fields:
        return ""
    # Fields of an identity are the schema's; the words of content are the source's own.
    if isinstance(row, Involvement):
        where, what = "identity", ", ".join(sorted(fields))
    else:
        where, what = "content", f"{len(fields)} of its fields"
    return f"{where}: {what} corrected by a right of the person; send the corrected value."
