"""The answer to an access request, made from what is held and decided, as plain data."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings

from policy import services as policy
from requests import services
from requests.belongings import belongings_of
from requests.constants import Outcome, Right, State
from requests.exceptions import NoMandate
from requests.letters.making import Draft, draft_answer
from requests.models import PrivacyRequest
from requests.redaction.reading import redactions_of
from requests.redaction.redactions import gaps_of_redactions, held_for
from requests.report.build import Refusal, Report, RequestFacts, build
from requests.report.completeness import Missing, missing
from requests.report.looks import looks_of
from requests.report.own_files import request_files
from requests.report.withheld import without_withheld
from retention.models import HeldDossier, HoldKind
from subjects.held import HeldInvolvement

__all__ = ["gaps_of", "held_for", "report_for"]


def report_for(
    privacy_request: PrivacyRequest,
    *,
    today: date,
    held: Sequence[HeldInvolvement] | None = None,
    files: Sequence[HeldInvolvement] | None = None,
    came_since: Mapping[str, int] | None = None,
    holds: Mapping[int, date] | None = None,
) -> Report:
    """Return the answer as it would be now: what the confirmed people's files hold.

    `held` is that, `files` are those of requests and `holds` the claims on all of them, where the
    caller has read them; `came_since` is what a copy made anew leaves out. In a bounded number of
    queries; the caller logs that it was read.
    """
    if held is None:
        held = held_for(privacy_request)
    if files is None:
        files = request_files(privacy_request)
    views = [*held, *files]
    facts = RequestFacts(
        number=privacy_request.number,
        received_on=privacy_request.received_on,
        controller=settings.CONTROLLER,
        holds=claims_on([view.dossier.pk for view in views]) if holds is None else holds,
        refused=_refusals(privacy_request),
        left_out=redactions_of(privacy_request),
        came_since=came_since or {},
        looks=looks_of(_told_people(privacy_request, held), [file.reference for file in files]),
    )
    return build(views, policy.current(), facts, today=today, language=privacy_request.language)


def _told_people(privacy_request: PrivacyRequest, held: Sequence[HeldInvolvement]) -> list[UUID]:
    """Return whose files may be told of: where nothing may, no look may tell of them either."""
    told = {view.subject_id for view in without_withheld(held)}
    known = belongings_of(privacy_request).subjects if told else {}
    return [known[pk] for pk in sorted(told) if pk in known]


def gaps_of(
    privacy_request: PrivacyRequest,
    report: Report | None,
    *,
    today: date,
    held: Sequence[HeldInvolvement] | None = None,
    draft: Draft | None = None,
) -> list[Missing]:
    """Return what the law asks for and report or letter lack: while there is any, nothing goes.

    `report` is None where no data were asked for. Once approved, deeds and recipients are asked
    for too. `held` and `draft` (`draft_of`) are theirs where the caller has them.
    """
    if held is None:
        held = held_for(privacy_request)
    if draft is None:
        draft = draft_of(privacy_request, held, today=today)
    approved = privacy_request.state == State.APPROVED
    gaps = [*draft.gaps, *(gaps_of_mandate(privacy_request, today) if approved else [])]
    if report is None:
        return gaps
    return [*gaps, *missing(report), *gaps_of_redactions(privacy_request)]


def draft_of(
    privacy_request: PrivacyRequest, held: Sequence[HeldInvolvement], *, today: date
) -> Draft:
    """Return the letter as it would go now, and what it lacks as the request stands."""
    approved = privacy_request.state == State.APPROVED
    return draft_answer(privacy_request, held, today=today, carried_out=approved)


def gaps_of_mandate(privacy_request: PrivacyRequest, today: date) -> list[Missing]:
    """Return that who asks for another may no longer be told: their mandate ended meanwhile."""
    try:
        services.require_mandate(privacy_request, today)
    except NoMandate:
        return [Missing("12(6)", "mandate")]
    return []


def claims_on(dossier_ids: list[int]) -> dict[int, date]:
    """Return since when a claim holds each of these dossiers, of those it does."""
    held = HeldDossier.objects.filter(
        dossier_id__in=dossier_ids, released_on=None, hold__kind=HoldKind.CLAIM
    )
    return dict(held.order_by("-hold__placed_on").values_list("dossier_id", "hold__placed_on"))


def _refusals(privacy_request: PrivacyRequest) -> dict[UUID, Refusal]:
    belongings = belongings_of(privacy_request)
    return {
        one.dossier_reference: Refusal(
            one.article,
            belongings.key.unseal(one.sealed_reason, place=one.reason_place)["text"],
        )
        for one in belongings.decisions
        if one.dossier_reference
        and one.right.right == Right.ACCESS
        and one.outcome == Outcome.REFUSED
    }
