"""The answer to an access request, made from what is held and decided, as plain data (`report`)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.conf import settings

from policy import services as policy
from policy.periods import Anchors
from requests import services
from requests.completeness import Missing, missing
from requests.constants import Outcome, Right
from requests.models import Decision, Message, PrivacyRequest
from requests.report import Refusal, Report, RequestFacts, build
from requests.report_words import RTS
from retention.models import HeldDossier, HoldKind
from subjects.held import HeldContact, HeldInvolvement, HeldRecord
from subjects.held import HeldDossier as File
from subjects.services import person_view
from vault import services as vault


def held_for(privacy_request: PrivacyRequest) -> list[HeldInvolvement]:
    """Return what the confirmed people's files hold, unsealed."""
    return person_view(involvement_ids=services.confirmed_involvements(privacy_request))


def report_for(
    privacy_request: PrivacyRequest,
    *,
    today: date,
    held: Sequence[HeldInvolvement] | None = None,
) -> Report:
    """Return the answer as it would be now: what the confirmed people's files hold.

    `held` is that, where the caller has read it. In a bounded number of queries; the caller logs
    that it was read.
    """
    if held is None:
        held = held_for(privacy_request)
    views = [*held, _own_file(privacy_request)]
    facts = RequestFacts(
        number=privacy_request.number,
        received_on=privacy_request.received_on,
        controller=settings.CONTROLLER,
        holds=claims_on([view.dossier.pk for view in views]),
        refused=_refusals(privacy_request),
    )
    return build(views, policy.current(), facts, today=today, language=privacy_request.language)


def gaps_of(
    privacy_request: PrivacyRequest,
    report: Report | None,
    *,
    today: date,
    held: Sequence[HeldInvolvement] | None = None,
) -> list[Missing]:
    """Return what the law asks for and the answer lacks: while there is any, nothing goes.

    `report` is None where no data were asked for.
    """
    return missing(report) if report else []


def claims_on(dossier_ids: list[int]) -> dict[int, date]:
    """Return since when a claim holds each of these dossiers, of those it does."""
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
