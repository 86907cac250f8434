"""What keeps a promise of the statement, how many rows it governs, and what shows it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.core.cache import cache
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from audit.models import Entry
from desk.statements.amounts import Amount, amounts
from desk.statements.words import SOFTWARE
from policy.checks import keepers
from policy.files import KEPT_BY as PARTS
from policy.statement import Promise, Statement
from requests.constants import MATRIX_CODES
from retention.models import DestructionList
from retention.sight import Sight, known_proofs
from subjects import sharing
from subjects.models import Dossier, ErasureProof

SOON = timedelta(days=31)
# Counted no further on a page.
MOST = 10_000
MONTHS = 24
LATEST = 5
# Counted anew each night, under another key.
KEPT_SECONDS = 2 * 86_400
KINDS: dict[str, str | Lazy] = {
    "purpose": _("Purpose"),
    "rule": _("Rule of retention"),
    "right": _("Right"),
    "subject": _("Kind of people"),
    "data": _("Kind of data"),
    "source": _("Source"),
    "recipient": _("Kind of recipient"),
    "automated": _("Automated decision"),
    "software": _("Software"),
    "organisation": _("The organisation"),
}
# How requests call the rights that the statement calls otherwise.
RIGHTS = {theirs: str(ours) for ours, theirs in MATRIX_CODES.items()}
# What is counted of each.
ROWS: dict[str, str | Lazy] = {
    "purpose": _("dossiers"),
    "rule": _("dossiers"),
    "right": _("requests"),
    "subject": _("people in dossiers"),
    "data": _("pieces of data"),
    "source": _("pieces of data"),
    "recipient": _("disclosures"),
    "automated": _("decisions"),
}


@dataclass(frozen=True, slots=True)
class Keeper:
    """One thing that keeps a promise. Of software, `code` is the module that does it."""

    kind: str
    code: str
    name: str
    rows: str
    amount: Amount | None

    @property
    def row_code(self) -> str:
        """How rows call it."""
        return _in_rows(self.code)

    @property
    def label(self) -> str:
        return str(KINDS[self.kind])


@dataclass(frozen=True, slots=True)
class Due:
    """What is due under a rule: now, and in the month after; `MOST` + 1 means more."""

    rule: str
    sentence: str
    now: int
    soon: int

    @property
    def more_now(self) -> bool:
        return self.now > MOST

    @property
    def more_soon(self) -> bool:
        return self.soon > MOST


def kept_by(
    promise: Promise, statement: Statement, *, without: Collection[str] = ()
) -> list[Keeper]:
    """Return what keeps a promise; `without` are purposes of which no disclosure is counted."""
    named = [one.partition(":") for one in promise.kept_by]
    found = amounts((kind, _in_rows(code)) for kind, _colon, code in named)
    received = _received([code for kind, _colon, code in named if kind == "recipient"], without)
    shown: list[Keeper] = []
    for kind, _colon, code in named:
        if kind == "software":
            shown += [_software(name) for name in keepers().get(promise.code, [])]
        elif kind == "organisation":
            shown.append(Keeper(kind, "", str(KINDS[kind]), "", None))
        else:
            amount = (
                received.get(code) if kind == "recipient" else found.get((kind, _in_rows(code)))
            )
            name = _name(statement, kind, code)
            shown.append(Keeper(kind, code, name, str(ROWS[kind]), amount))
    return shown


def _in_rows(code: str) -> str:
    """Return how rows call what the statement calls so: some rights have a shorter name there."""
    return RIGHTS.get(code, code)


def _name(statement: Statement, kind: str, code: str) -> str:
    if kind == "rule":
        return str(statement.rules[code].words)
    return str(statement.name(PARTS[kind], code))


def _software(name: str) -> Keeper:
    return Keeper("software", name, str(SOFTWARE[name]), "", None)


def _received(categories: Sequence[str], without: Collection[str]) -> dict[str, Amount]:
    """Return how often organisations of these kinds received data, as counted last night."""
    if not categories:
        return {}
    key = f"desk.received:{sharing.counted_at()}:{','.join(sorted(without))}".replace(" ", "_")
    found = cache.get_or_set(key, lambda: _by_category(without), KEPT_SECONDS) or {}
    return {code: Amount(found.get(code, 0), is_estimate=False) for code in categories}


def _by_category(without: Collection[str]) -> dict[str, int]:
    rows = sharing.counts(without=without).order_by().values_list("recipient__category_id")
    return dict(rows.annotate(Sum("number")))


# --- what went ----------------------------------------------------------------------------------


def rules_of(promise: Promise) -> list[str]:
    """Return the rules of retention that keep a promise."""
    return [one.partition(":")[2] for one in promise.kept_by if one.startswith("rule:")]


def due(rules: Sequence[str], statement: Statement, today: date) -> list[Due]:
    """Return what is due under each rule: two bounded counts of an index for each."""
    return [
        Due(
            rule=code,
            sentence=str(statement.rules[code].words),
            now=_due(code, date.min, today),
            soon=_due(code, today + timedelta(days=1), today + SOON),
        )
        for code in rules
    ]


def _due(rule: str, first: date, last: date) -> int:
    found = Dossier.objects.filter(rule=rule, delete_from__range=(first, last))
    return found[: MOST + 1].count()


def under(rule: str, *, sight: Sight, after: tuple[date, int] | None, limit: int) -> list[Dossier]:
    """Return dossiers that a rule governs, those that go first first; an index in order.

    `after` is the day and the key of the last one shown; what `sight` does not show is not there.
    """
    if rule in sight.rules:
        return []
    found = Dossier.objects.filter(rule=rule, delete_from__isnull=False)
    if after is not None:
        day, pk = after
        following = Q(delete_from__gt=day) | Q(delete_from=day, pk__gt=pk)
        found = found.filter(following, delete_from__gte=day)
    rows = found.exclude(purpose__in=list(sight.purposes)).select_related("purpose")
    return list(rows.order_by("delete_from", "pk")[:limit])


def went(rules: Sequence[str], now: datetime) -> list[tuple[date, int, int]]:
    """Return by month, the newest last, how many lists ended under the rules and what went."""
    since = now - timedelta(days=31 * MONTHS)
    rows = (
        DestructionList.objects.filter(
            rule__in=rules, status=DestructionList.Status.DONE, done_at__gte=since
        )
        .annotate(month=TruncMonth("done_at"))
        .values_list("month")
        .annotate(Count("pk"), Sum("destroyed"))
        .order_by("month")
    )
    return [(month.date(), lists, destroyed or 0) for month, lists, destroyed in rows]


def latest_lists(rules: Sequence[str]) -> list[DestructionList]:
    """Return the lists under these rules that ended last."""
    done = DestructionList.objects.filter(rule__in=rules, status=DestructionList.Status.DONE)
    return list(done.order_by("-pk")[:LATEST])


def certificates(reader: Any, lists: Sequence[DestructionList]) -> list[ErasureProof]:
    """Return some proofs of the newest of these lists that a reader may know of.

    Each leads to a certificate.
    """
    for one in lists:
        proofs = ErasureProof.objects.filter(list_id=one.pk, reference__isnull=False)
        if found := known_proofs(reader, proofs[:LATEST]):
            return found
    return []


# --- the ledger ---------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def evidence() -> dict[str, dict[str, list[str]]]:
    """Return which events of the ledger show that a promise is kept."""
    path = Path(__file__).parent / "evidence.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def events_of(promise: Promise) -> list[str]:
    """Return the events that show how a promise is kept, each once; three at most."""
    return list(dict.fromkeys(_events(promise)))[:3]


def _events(promise: Promise) -> Iterator[str]:
    known = evidence()
    for one in promise.kept_by:
        kind, _colon, code = one.partition(":")
        yield from known["rights"].get(code, []) if kind == "right" else []
        yield from known["purposes"].get(code, []) if kind == "purpose" else []
        yield from known["kinds"].get(kind, [])
    for name in keepers().get(promise.code, []):
        yield from known["software"].get(name, [])


def latest_entries(events: Sequence[str]) -> list[Entry]:
    """Return the newest entries of these events: one walk of an index for each."""
    found = [entry for event in events for entry in audit.newest(event=event)[:LATEST]]
    return sorted(found, key=lambda entry: -entry.pk)[: 2 * LATEST]


def plain_facts(entry: Entry) -> dict[str, Any]:
    """Return what a line of a list says of an entry."""
    return {"id": entry.pk, **entry.body}
