"""What of the ledger is not there for who may not see money-laundering checks.

An entry names the dossier that was looked at. Beside a page that says there is no such dossier, it
would tell that this person stands in a money-laundering check.

Source: Wwft, Article 23; `docs/decisions/not-there.md`.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from audit.hiding import Rule
from audit.models import Entry
from desk.people.sight import MONEY_LAUNDERING
from subjects.models import Dossier, Involvement

NAMED = ("dossier", "involvement")


def _concerns(reader: Any) -> bool:
    return not reader.has_perm("subjects.view_aml_record")


def _hidden(entries: Sequence[Entry]) -> set[int]:
    named = {entry.pk: _references(entry.body) for entry in entries}
    asked = set().union(*named.values())
    gone: set[UUID] = set()
    if asked:
        checks = Dossier.objects.filter(reference__in=asked, purpose=MONEY_LAUNDERING)
        gone |= set(checks.values_list("reference", flat=True))
        people = Involvement.objects.filter(reference__in=asked, dossier__purpose=MONEY_LAUNDERING)
        gone |= set(people.values_list("reference", flat=True))
    said = {entry.pk for entry in entries if entry.body.get("purpose") == MONEY_LAUNDERING}
    return said | {pk for pk, references in named.items() if references & gone}


def _references(body: Mapping[str, Any]) -> set[UUID]:
    """Return the dossiers and people in dossiers that an entry names."""
    kind, _colon, reference = str(body.get("object", "")).partition(":")
    texts = [reference] if kind in NAMED else []
    texts += [str(body[name]) for name in NAMED if body.get(name)]
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


MONEY_LAUNDERING_CHECKS = Rule(_concerns, _hidden)
