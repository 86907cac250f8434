"""Every change of a breach: lock, check, write, tell the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from requests.exceptions import ChangedMeanwhile, Incomplete, SecondPersonNeeded, WrongState
from requests.incidents.constants import Kind, NotTelling, Risk
from requests.incidents.deadlines import (
    REMIND_BEFORE,
    must_tell_authority,
    must_tell_people,
    reminders_due,
)
from requests.incidents.models import Incident
from requests.services.changing import write_end
from requests.services.receipt import open_dossier
from subjects.models import Dossier
from vault import services as vault
from vault.constants import KeyKind

REMINDERS = len(REMIND_BEFORE) + 1
ACCOUNT = ("happened", "effects", "measures", "why_late", "why_not_told")


@dataclass(frozen=True)
class Breach:
    """What is known when a breach is noticed."""

    kind: Kind
    aware_at: datetime
    people: int
    happened: str = field(repr=False)
    happened_at: datetime | None = None
    data_categories: Sequence[str] = ()
    request_reference: UUID | None = None


@transaction.atomic
def open_incident(breach: Breach, *, officer: int) -> Incident:
    """Write a breach into the register; its 72 hours run from the moment we knew.

    Raises Incomplete without words, WrongState where it happened after we knew of it.

    Source: GDPR Article 33.
    """
    if not breach.happened.strip():
        raise Incomplete("tell what happened")
    if breach.happened_at and breach.happened_at > breach.aware_at:
        raise WrongState("it cannot have happened after we knew of it")
    key, reference = vault.create_key(KeyKind.REQUEST), uuid4()
    incident = Incident(
        reference=reference,
        key_id=key.id,
        dossier=open_dossier(reference, timezone.localdate(breach.aware_at)),
        kind=breach.kind,
        request_reference=breach.request_reference,
        happened_at=breach.happened_at,
        aware_at=breach.aware_at,
        people=breach.people,
        data_categories=list(breach.data_categories),
        opened_by=officer,
    )
    incident.sealed_account = key.seal({"happened": breach.happened}, place=incident.account_place)
    incident.save()
    _note(
        incident,
        "incident.opened",
        officer,
        kind=str(breach.kind),
        people=breach.people,
        tell_by=incident.tell_by,
        request=breach.request_reference,
    )
    return incident


def account_of(incident: Incident) -> dict[str, str]:
    """Return the texts of the register, each there even where empty."""
    key = vault.open_key(incident.key_id)
    held = key.unseal(incident.sealed_account, place=incident.account_place)
    return {name: held.get(name, "") for name in ACCOUNT}


@transaction.atomic
def describe(pk: int, texts: Mapping[str, str], *, officer: int, version: int) -> Incident:
    """Keep what became known: what happened, its effects, the measures, reasons of delay."""
    incident = _open(pk, version)
    _write(incident, texts)
    _save(incident)
    _note(incident, "incident.described", officer, fields=sorted(texts))
    return incident


@transaction.atomic
def assess(pk: int, risk: Risk, *, why: str, officer: int, version: int) -> Incident:
    """Note how great the risk is for people, and why; it decides who must be told.

    Source: GDPR Articles 33(1) and 34(1).
    """
    incident = _open(pk, version)
    if not why.strip():
        raise Incomplete("say why you judge the risk so")
    incident.risk, incident.assessed_by = Risk(risk), officer
    _write(incident, {"effects": why})
    _save(incident)
    _note(incident, "incident.assessed", officer, risk=str(risk))
    return incident


@transaction.atomic
def tell_authority(
    pk: int, *, told_at: datetime, why_late: str, officer: int, version: int
) -> Incident:
    """Note that the authority was told, and why late where it was.

    Raises WrongState for a moment before we knew, Incomplete where a delay has no reason.

    Source: GDPR Article 33(1).
    """
    incident = _open(pk, version)
    if told_at < incident.aware_at:
        raise WrongState("it cannot have been told before we knew")
    is_late = told_at > incident.tell_by
    if is_late and not why_late.strip():
        raise Incomplete("told after 72 hours: say why")
    incident.authority_told_at = told_at
    if why_late.strip():
        _write(incident, {"why_late": why_late})
    _save(incident)
    _note(incident, "incident.authority_told", officer, told_at=told_at, late=is_late)
    return incident


@transaction.atomic
def tell_people(
    pk: int,
    *,
    told_at: datetime | None,
    ground: NotTelling | str,
    why_not_told: str,
    officer: int,
    version: int,
) -> Incident:
    """Note that the people were told, or the ground on which they need not be.

    Raises Incomplete without either, or where a ground has no words.

    Source: GDPR Article 34.
    """
    incident = _open(pk, version)
    if told_at is None and not ground:
        raise Incomplete("say when they were told, or why they need not be")
    if told_at is not None and told_at < incident.aware_at:
        raise WrongState("it cannot have been told before we knew")
    if told_at is None and not why_not_told.strip():
        raise Incomplete("explain why they need not be told")
    incident.people_told_at = told_at
    incident.people_not_told = "" if told_at else NotTelling(ground)
    if told_at is None:
        # Who says so judges the risk: another closes it.
        incident.assessed_by = officer
        _write(incident, {"why_not_told": why_not_told})
    _save(incident)
    _note(
        incident,
        "incident.people_told" if told_at else "incident.people_not_told",
        officer,
        ground=str(incident.people_not_told),
    )
    return incident


def lacking(incident: Incident) -> list[str]:
    """Return the codes of what must still be done before it may be closed."""
    account = account_of(incident)
    lacks = [name for name in ("happened", "effects", "measures") if not account[name].strip()]
    if not incident.risk:
        return [*lacks, "risk"]
    if must_tell_authority(incident.risk) and incident.authority_told_at is None:
        lacks.append("authority")
    if must_tell_people(incident.risk, incident.people_not_told) and not incident.people_told_at:
        lacks.append("people")
    return lacks


@transaction.atomic
def close(pk: int, *, officer: int, now: datetime, version: int) -> Incident:
    """Close a breach that lacks nothing; where nobody was told, by a second person.

    Raises Incomplete, SecondPersonNeeded.
    """
    incident = _open(pk, version)
    if lacks := lacking(incident):
        raise Incomplete(f"{len(lacks)} things are still to do")
    nobody_told = incident.risk == Risk.UNLIKELY or incident.people_not_told
    if nobody_told and incident.assessed_by == officer:
        raise SecondPersonNeeded("who judged that nobody need be told may not close it")
    incident.closed_at, incident.closed_by = now, officer
    _save(incident)
    dossier = Dossier.objects.select_for_update().get(pk=incident.dossier_id)
    dossier.request_closed_on = timezone.localdate(now)
    write_end(dossier)
    _note(incident, "incident.closed", officer)
    return incident


@transaction.atomic
def remind(now: datetime, limit: int = 100) -> list[Incident]:
    """Return open breaches of which the authority does not know, and whose next reminder is due.

    Each reminder once: safe to run twice and in parallel.
    """
    waiting = Incident.objects.select_for_update(skip_locked=True).filter(
        closed_at=None, authority_told_at=None, reminded__lt=REMINDERS
    )
    due = []
    for incident in waiting.exclude(risk=Risk.UNLIKELY).order_by("aware_at", "id")[:limit]:
        count = reminders_due(incident.aware_at, now)
        if count > incident.reminded:
            incident.reminded = count
            incident.save(update_fields=["reminded"])
            audit.append(
                "incident.reminded", object=_object(incident), actor=audit.SYSTEM, count=count
            )
            due.append(incident)
    return due


@dataclass(frozen=True)
class Running:
    """An open breach; whole hours until the authority must know, or None where it need not wait."""

    incident: Incident
    hours_left: int | None

    @property
    def late_by(self) -> int:
        # Whole hours, as those that are left: both are rounded down.
        return -1 - (self.hours_left or 0)


def running(now: datetime, limit: int = 20) -> list[Running]:
    """Return the open breaches, the oldest first, with the hours that are left to tell of them."""
    rows = Incident.objects.filter(closed_at=None).order_by("aware_at", "id")[:limit]
    return [
        Running(
            row,
            None
            if row.authority_told_at or not must_tell_authority(row.risk)
            else (row.tell_by - now) // timedelta(hours=1),
        )
        for row in rows
    ]


def _open(pk: int, version: int) -> Incident:
    incident = Incident.objects.select_for_update().get(pk=pk)
    if incident.closed_at is not None:
        raise WrongState("this breach is closed")
    if version != incident.version:
        raise ChangedMeanwhile("a colleague changed this breach meanwhile: look again")
    return incident


def _write(incident: Incident, texts: Mapping[str, str]) -> None:
    key = vault.open_key(incident.key_id)
    held = key.unseal(incident.sealed_account, place=incident.account_place)
    held |= {name: text for name, text in texts.items() if name in ACCOUNT}
    incident.sealed_account = key.seal(held, place=incident.account_place)


def _save(incident: Incident) -> None:
    incident.version += 1
    incident.save()


def _object(incident: Incident) -> str:
    return f"incident:{incident.reference}"


def _note(incident: Incident, event: str, officer: int, **facts: Any) -> None:
    audit.append(event, object=_object(incident), actor=f"user:{officer}", **facts)
