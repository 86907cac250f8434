"""Deciding an access request: what is proposed for each dossier, and the gate before approval.

The answer itself is plain data (`report`); here it is made from what is held and decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from policy import services as policy
from policy.periods import Anchors
from policy.statement import CaseState
from requests import services
from requests.completeness import missing
from requests.constants import ARTICLES, Outcome, Right
from requests.exceptions import AnswerLacks, ChangedMeanwhile
from requests.models import Decision, Message, PrivacyRequest
from requests.report import Refusal, Report, RequestFacts, build
from requests.report_words import RTS
from retention.models import HeldDossier, HoldKind
from subjects.held import HeldContact, HeldInvolvement, HeldRecord
from subjects.held import HeldDossier as File
from subjects.models import Dossier
from subjects.services import person_view
from vault import services as vault

REFUSAL_ARTICLES = ("12.5", "15.4")


# --- what it says --------------------------------------------------------------------------


def report_for(privacy_request: PrivacyRequest, *, today: date) -> Report:
    """Return the answer as it would be now: what the confirmed people's files hold.

    In a bounded number of queries; the caller logs that it was read.
    """
    held = person_view(involvement_ids=services.confirmed_involvements(privacy_request))
    views = [*held, _own_file(privacy_request)]
    facts = RequestFacts(
        number=privacy_request.number,
        received_on=privacy_request.received_on,
        controller=settings.CONTROLLER,
        holds=_claims_on([view.dossier.pk for view in views]),
        refused=_refusals(privacy_request),
    )
    return build(views, policy.current(), facts, today=today, language=privacy_request.language)


def _claims_on(dossier_ids: list[int]) -> dict[int, date]:
    held = HeldDossier.objects.filter(
        dossier_id__in=dossier_ids, released_on=None, hold__kind=HoldKind.CLAIM
    )
    return dict(held.order_by("-hold__placed_on").values_list("dossier_id", "hold__placed_on"))


def _own_file(privacy_request: PrivacyRequest) -> HeldInvolvement:
    """Return the file of the request itself: it too holds data of the person."""
    key = vault.open_key(privacy_request.key_id)
    body = key.unseal(privacy_request.sealed_body, place=privacy_request.body_place)
    content = {"situation": body.get("situation", ""), "text": body.get("words", "")}
    return HeldInvolvement(
        pk=0,
        reference=privacy_request.reference,
        subject_id=0,
        category="",
        identity=body.get("identity") or {},
        dossier=File(
            pk=privacy_request.dossier_id,
            reference=privacy_request.dossier.reference,
            purpose=RTS,
            anchors=Anchors(request_closed_on=privacy_request.ended_on),
        ),
        records=[
            HeldRecord(
                pk=0,
                data_category="request",
                source="person",
                source_organisation="",
                lawful_basis="6.1.c",
                provided_by_subject=True,
                collected_on=privacy_request.received_on,
                content=content,
            )
        ],
        contacts=[
            HeldContact(
                pk=message.pk,
                direction=message.direction,
                channel=privacy_request.channel if message.direction == "in" else "portal",
                happened_at=message.sent_at,
                note=key.unseal(message.sealed_body, place=message.body_place).get("text", ""),
            )
            for message in Message.objects.filter(request=privacy_request).order_by("pk")
        ],
    )


def _refusals(privacy_request: PrivacyRequest) -> dict[UUID, Refusal]:
    refused = Decision.objects.filter(
        request=privacy_request,
        right__right=Right.ACCESS,
        outcome=Outcome.REFUSED,
        dossier_reference__isnull=False,
    )
    key = vault.open_key(privacy_request.key_id)
    return {
        decision.dossier_reference: Refusal(
            decision.article,
            key.unseal(decision.sealed_reason, place=decision.reason_place)["text"],
        )
        for decision in refused
        if decision.dossier_reference
    }


# --- deciding ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """What an officer decides for one dossier; `reason` where it is refused."""

    outcome: Outcome
    article: str = ""
    reason: str = ""


# The matrix grants access for every purpose, and tells a money-laundering check as a grant.
GRANT = Choice(Outcome.GRANTED, "15")


@dataclass(frozen=True)
class Proposal:
    """A dossier of the answer, what the decision matrix says of it, and what was decided."""

    dossier: UUID
    purpose: str
    label: str
    proposed: Choice
    decided: Choice | None = None

    @property
    def current(self) -> Choice:
        return self.decided or self.proposed


def proposals(privacy_request: PrivacyRequest, report: Report) -> list[Proposal]:
    """Return what is proposed for each dossier the answer tells of.

    Access is granted for every purpose; in the invoice phase the client decides. A dossier that
    may not be told is not here either.

    Source: legal requirements, section 4; GDPR Articles 15 and 28(3)(e).
    """
    key = vault.open_key(privacy_request.key_id)
    decided = {
        decision.dossier_reference: Choice(
            Outcome(decision.outcome),
            decision.article,
            key.unseal(decision.sealed_reason, place=decision.reason_place)["text"],
        )
        for decision in Decision.objects.filter(request=privacy_request, right__right=Right.ACCESS)
    }
    found = [
        (row["reference"], purpose["name"], _label(row), GRANT)
        for purpose in report["purposes"]
        if purpose["code"] != RTS
        for row in purpose["dossiers"]
    ]
    found += [(row["reference"], row["purpose"], _label(row), GRANT) for row in report["refused"]]
    forward = _forwarding(report["language"])
    found += [
        (reference, _("Invoice phase"), row["client"], forward)
        for row in report["forwarded"]
        for reference in row["dossiers"]
    ]
    return [
        Proposal(UUID(reference), purpose, label, choice, decided.get(UUID(reference)))
        for reference, purpose, label, choice in found
    ]


def _forwarding(language: str) -> Choice:
    """Say, in the person's language, that the client decides (GDPR Article 28(3)(e))."""
    proposed = policy.current().decision(Right.ACCESS, "INV", CaseState(invoice_phase=True))
    reason = proposed.reason.text(language) if proposed else ""
    return Choice(Outcome.FORWARDED, "28.3.e", reason)


def _label(dossier: Mapping[str, str]) -> str:
    return " · ".join(part for part in (dossier["number"], dossier["client"]) if part)


@transaction.atomic
def decide(
    pk: int,
    choices: Mapping[UUID, Choice],
    *,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> Report:
    """Decide access for each dossier of the answer, and for the request as a whole.

    Only what differs from what was decided is written, so that a second person who approves
    does not become the one who decided. Returns the answer that follows. Raises what
    `services.decide` raises, ChangedMeanwhile also where dossiers came or went.
    """
    privacy_request = services.locked(pk, version)
    report = report_for(privacy_request, today=timezone.localdate(now))
    rows = proposals(privacy_request, report)
    if {row.dossier for row in rows} != set(choices):
        raise ChangedMeanwhile("dossiers were found or went meanwhile: look again")
    changed = {
        row.dossier: choices[row.dossier] for row in rows if row.decided != choices[row.dossier]
    }
    dossiers = {one.reference: one for one in Dossier.objects.filter(reference__in=changed)}
    for reference, choice in changed.items():
        _decide_one(pk, dossiers[reference], choice, officer, now)
    # For all: covers the file of the request itself, and what may not be told.
    whole = Outcome.GRANTED if rows else Outcome.NOTHING_FOUND
    if not Decision.objects.filter(
        request=privacy_request, dossier_reference=None, outcome=whole
    ).exists():
        _decide_one(pk, None, Choice(whole, "15"), officer, now)
    return report_for(privacy_request, today=timezone.localdate(now)) if changed else report


def _decide_one(
    pk: int, dossier: Dossier | None, choice: Choice, officer: int, now: datetime
) -> None:
    services.decide(
        pk,
        Right.ACCESS,
        dossier=dossier,
        outcome=choice.outcome,
        reason=choice.reason,
        article=choice.article or ARTICLES[Right.ACCESS],
        officer=officer,
        now=now,
    )


@transaction.atomic
def decide_and_approve(
    pk: int,
    choices: Mapping[UUID, Choice],
    *,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> PrivacyRequest:
    """Decide, and approve the answer: it may be made. Nothing is kept when a step is refused.

    Raises AnswerLacks while an item that the law asks for is empty, and what `decide` and
    `services.approve` raise.

    Source: GDPR Articles 12(1) and 15.
    """
    report = decide(pk, choices, officer=officer, now=now, version=version)
    if gaps := missing(report):
        raise AnswerLacks(gaps)
    return services.approve(pk, officer=officer, now=now)
