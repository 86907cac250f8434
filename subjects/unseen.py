"""What is not there for who may not see money-laundering checks: the one place that says so.

Pages ask `audit.hiding`, which asks here. An entry of the ledger names the dossier that was looked
at; beside a page that says there is no such dossier, it would tell that this person stands in a
check. So would the look at somebody whom only a check knows, and what a check left when it went.

Source: Wwft, Article 23; `docs/decisions/not-there.md`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from audit.hiding import Rule
from audit.models import Entry
from policy.models import Purpose, RetentionRule
from subjects.models import Dossier, ErasureProof, Involvement, Subject

AML = "AML"
SEES_AML = "subjects.view_aml_record"
NAMED = ("dossier", "involvement")


def known_without(people: QuerySet[Subject], purposes: Collection[str]) -> QuerySet[Subject]:
    """Return those who do not stand in dossiers of these purposes only."""
    if not purposes:
        return people
    somewhere = Involvement.objects.filter(subject=OuterRef("pk"))
    elsewhere = somewhere.exclude(dossier__purpose__in=list(purposes))
    return people.filter(Exists(elsewhere) | ~Exists(somewhere))


def sees_aml(reader: Any) -> bool:
    """Tell whether a colleague may know of money-laundering checks."""
    return bool(reader.has_perm(SEES_AML))


def in_checks(involvement_ids: Collection[int]) -> list[int]:
    """Return those that stand in a check: nobody is found by them who may not know of it."""
    checks = Involvement.objects.filter(pk__in=list(involvement_ids), dossier__purpose=AML)
    return list(checks.values_list("pk", flat=True))


def of_checks(asked: set[UUID]) -> set[UUID]:
    """Return which of these name a check, or somebody in one, that is there or was."""
    if not asked:
        return set()
    checks = Dossier.objects.filter(reference__in=asked, purpose=AML)
    people = Involvement.objects.filter(reference__in=asked, dossier__purpose=AML)
    proofs = ErasureProof.objects.filter(reference__in=asked).values_list("entry_id", "reference")
    went = dict(proofs)
    left = Entry.objects.filter(pk__in=list(went), body__purpose=AML) if went else ()
    return {
        *checks.values_list("reference", flat=True),
        *people.values_list("reference", flat=True),
        *(one for entry in left if (one := went[entry.pk])),
    }


def _concerns(reader: Any) -> bool:
    return not sees_aml(reader)


def _hidden(entries: Sequence[Entry]) -> set[int]:
    named = {entry.pk: _named(entry.body, NAMED) for entry in entries}
    people = {entry.pk: _named(entry.body, ("subject",)) for entry in entries}
    gone = of_checks(set().union(*named.values())) | _only_checked(set().union(*people.values()))
    said = {entry.pk for entry in entries if entry.body.get("purpose") == AML}
    said |= _counts_of_checks(entries)
    return said | {pk for pk, references in named.items() if (references | people[pk]) & gone}


def _counts_of_checks(entries: Sequence[Entry]) -> set[int]:
    """Return what says how many checks stayed when a list ran: what held one is a request."""
    rules = {
        entry.pk: entry.body.get("rule")
        for entry in entries
        if entry.body.get("event") == "list.done"
    }
    if not rules:
        return set()
    others = Purpose.objects.exclude(pk=AML)
    found = RetentionRule.objects.filter(pk__in=set(rules.values()), purposes=AML)
    only = set(found.exclude(purposes__in=others).values_list("pk", flat=True))
    return {pk for pk, rule in rules.items() if rule in only}


def _only_checked(asked: set[UUID]) -> set[UUID]:
    """Return which of these people stand in checks only."""
    if not asked:
        return set()
    there = Subject.objects.filter(reference__in=asked)
    elsewhere = known_without(there, [AML]).values("pk")
    return set(there.exclude(pk__in=elsewhere).values_list("reference", flat=True))


def _named(body: Mapping[str, Any], kinds: Sequence[str]) -> set[UUID]:
    """Return what an entry names of these kinds."""
    kind, _colon, reference = str(body.get("object", "")).partition(":")
    texts = [reference] if kind in kinds else []
    texts += [str(body[name]) for name in kinds if body.get(name)]
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


MONEY_LAUNDERING_CHECKS = Rule(_concerns, _hidden, purposes=(AML,))
