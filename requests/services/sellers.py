"""The invoice phase: by when a request goes on to a seller, and what the person may hear of that.

It goes on as soon as a colleague says who is meant; the person hears who the seller is once it is
proven that they ask. In between their page says nothing that it does not say to everybody.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit import services as audit
from policy.calendars import next_working_day
from requests.belongings import belongings_of
from requests.constants import (
    UNANSWERED,
    Direction,
    ForwardingState,
    IdentityResult,
    MatchState,
)
from requests.identity.constants import AsksFor
from requests.models import Forwarding, IdentityCheck, PrivacyRequest, SubjectMatch
from requests.services.changing import locked, note
from requests.services.messages import mail_news, write
from requests.services.people.proof import is_proven, mandate_lasts, mandate_of, unproven
from subjects.constants import Phase
from subjects.models import Dossier, Involvement
from vault import services as vault

WORKING_DAYS = 2
TAKEN_BACK = (ForwardingState.RECALL, ForwardingState.RECALLED)


def forward_by(received_on: date) -> date:
    """Return the second working day after receipt, by which it should be forwarded.

    Source: legal requirements, 1.2 (a target of our own).
    """
    day = received_on
    for _step in range(WORKING_DAYS):
        day = next_working_day(day + timedelta(days=1))
    return day


def to_forward(privacy_request: PrivacyRequest) -> list[Dossier]:
    """Return the dossiers in the invoice phase of whoever is confirmed to be the person."""
    theirs = {one.dossier_id for one in _in_invoice_phase(privacy_request)}
    if not theirs:
        return []
    return list(Dossier.objects.filter(pk__in=theirs).select_related("client").order_by("pk"))


def _in_invoice_phase(privacy_request: PrivacyRequest) -> list[Involvement]:
    confirmed = belongings_of(privacy_request).involvements_of(MatchState.CONFIRMED)
    return [one for one in confirmed if one.dossier.phase == Phase.INVOICE]


def not_forwarded(privacy_request: PrivacyRequest) -> list[Dossier]:
    """Return those of them that have not been forwarded."""
    done = Forwarding.objects.filter(request=privacy_request).values_list("dossiers", flat=True)
    known = {reference for references in done for reference in references}
    return [row for row in to_forward(privacy_request) if row.reference not in known]


# --- by when -------------------------------------------------------------------------------


def note_due(privacy_request: PrivacyRequest) -> None:
    """Keep with a locked request by when it goes on to a seller; nothing where nothing does."""
    open_one = privacy_request.state in UNANSWERED
    wanted = (
        forward_by(privacy_request.received_on)
        if open_one and not_forwarded(privacy_request)
        else None
    )
    if privacy_request.forward_by != wanted:
        privacy_request.forward_by = wanted
        # No change that a colleague must see before the next: the version stays.
        privacy_request.save(update_fields=["forward_by"])


def to_send_on(visible: QuerySet[PrivacyRequest]) -> QuerySet[PrivacyRequest]:
    """Return open requests of which something is still to go on to a seller."""
    return visible.filter(forward_by__isnull=False, state__in=UNANSWERED)


def sellers_to_tend(*, limit: int) -> list[int]:
    """Return open requests of which the day may be another, or the person may hear of a seller.

    Dossiers come in and change their phase; a proof may have come beside all services.
    """
    in_phase = Involvement.objects.filter(
        subject__reference=OuterRef("subject_reference"), dossier__phase=Phase.INVOICE
    )
    meant = SubjectMatch.objects.filter(
        Exists(in_phase), request=OuterRef("pk"), state=MatchState.CONFIRMED
    )
    found = PrivacyRequest.objects.filter(
        Q(forward_by__isnull=False) | Exists(meant), state__in=UNANSWERED
    )
    # The newest: what went on weeks ago was looked at many times.
    return list(found.order_by("-pk").values_list("pk", flat=True)[:limit])


# --- what the person hears -----------------------------------------------------------------


def tell_of_sellers(privacy_request: PrivacyRequest, *, now: datetime) -> int | None:
    """Tell who asks which sellers decide, once it is proven; return the mail to send, if any.

    In the caller's transaction, with the request locked. Each seller is told of once.

    Source: GDPR Articles 5(1)(f) and 12(6); legal requirements, 1.2.
    """
    rows = list(
        Forwarding.objects.filter(request=privacy_request, told_at=None)
        .exclude(state__in=TAKEN_BACK)
        .select_related("client")
        .order_by("pk")
    )
    if not rows or not _may_be_told(privacy_request, now):
        return None
    proven = _proven(privacy_request)
    known = [row for row in rows if proven.keys() & set(row.dossiers)]
    if not known:
        return None
    for row in known:
        row.told_at = now
        row.proven_by = next(proven[one] for one in row.dossiers if one in proven)
        row.save(update_fields=["told_at", "proven_by"])
    names = sorted(str(row.client) for row in known)
    words = _words(privacy_request, names)
    write(privacy_request, Direction.TO_PERSON, words, known[0].forwarded_by, now)
    note(
        privacy_request,
        "request.seller_told",
        audit.SYSTEM,
        clients=[row.client_id for row in known],
    )
    return mail_news(privacy_request, now, words)


def _may_be_told(privacy_request: PrivacyRequest, now: datetime) -> bool:
    if not is_proven(privacy_request):
        return False
    if privacy_request.asks_for == AsksFor.OTHER and mandate_of(privacy_request) is None:
        return False
    return mandate_lasts(privacy_request, timezone.localdate(now))


def _proven(privacy_request: PrivacyRequest) -> dict[UUID, str]:
    """Return the dossiers in the invoice phase of whom it is proven, and by what."""
    lacks = {one.involvement for one in unproven(privacy_request)}
    sure = [one for one in _in_invoice_phase(privacy_request) if one.reference not in lacks]
    checks = IdentityCheck.objects.filter(
        request=privacy_request, result=IdentityResult.PROVEN
    ).order_by("pk")
    by_subject: dict[UUID, str] = {}
    for check in checks:
        people = Involvement.objects.filter(reference__in=check.involvements)
        for subject in people.values_list("subject__reference", flat=True):
            by_subject[subject] = check.method
    return {
        one.dossier.reference: by_subject[one.subject.reference]
        for one in sure
        if one.subject.reference in by_subject
    }


def _words(privacy_request: PrivacyRequest, names: Iterable[str]) -> str:
    with translation.override(privacy_request.language):
        return _(
            "Part of your request is about something that you bought from %(names)s. We keep"
            " those data for them, and they decide about them. We sent your request on to them,"
            " with the time at which we received it. They answer you about that part. We answer"
            " you about the rest."
        ) % {"names": ", ".join(names)}


@transaction.atomic
def tend_sellers(pk: int, *, now: datetime) -> int | None:
    """Look again by when a request goes on, and whom the person may hear of; safe to run twice."""
    privacy_request = locked(pk)
    note_due(privacy_request)
    return tell_of_sellers(privacy_request, now=now)


# --- taking back ---------------------------------------------------------------------------


def take_back(match: SubjectMatch, *, actor: str, now: datetime) -> int:
    """Take back what went on for a person who is somebody else; return from how many clients.

    What nobody was sent ends here. Whoever was sent it is told, by its next link, to erase it. In
    the caller's transaction, with the request locked.

    Source: GDPR Articles 5(1)(d) and (f), and 33: whether it is a breach too, an officer judges.
    """
    privacy_request = match.request
    other = privacy_request.matches.exclude(state=MatchState.REJECTED).exclude(pk=match.pk)
    theirs = Dossier.objects.filter(involvements__subject__reference=match.subject_reference)
    others = Dossier.objects.filter(
        involvements__subject__reference__in=other.values("subject_reference")
    )
    gone = set(theirs.values_list("reference", flat=True))
    gone -= set(others.values_list("reference", flat=True))
    taken = 0
    rows = Forwarding.objects.filter(request=privacy_request).exclude(state__in=TAKEN_BACK)
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        left = [one for one in row.dossiers if one not in gone]
        if len(left) == len(row.dossiers):
            continue
        row.dossiers = left
        if left:
            row.save(update_fields=["dossiers"])
            continue
        end_content(row, ForwardingState.RECALL if row.sent_at else ForwardingState.RECALLED, now)
        note(
            privacy_request,
            "request.forwarding_recalled",
            actor,
            client=row.client_id,
            sent=row.sent_at is not None,
        )
        taken += 1
    return taken


def stop_unsent(privacy_request: PrivacyRequest, *, actor: str, now: datetime) -> None:
    """Let nothing go on that no client was sent yet: the person took the request back."""
    rows = Forwarding.objects.filter(
        request=privacy_request, state=ForwardingState.TO_SEND, sent_at=None
    )
    for row in rows.select_for_update(of=("self",), no_key=True).order_by("pk"):
        end_content(row, ForwardingState.RECALLED, now)
        note(
            privacy_request,
            "request.forwarding_recalled",
            actor,
            client=row.client_id,
            sent=False,
        )


def end_content(row: Forwarding, state: ForwardingState, now: datetime) -> None:
    """Let what a forwarding says go with its key; a recall is to be told, all else has ended."""
    vault.destroy_keys_later([row.key_id] if row.key_id is not None else [])
    recalls = state == ForwardingState.RECALL
    row.state, row.key_id, row.sealed_content = state, None, None
    row.ended_at = None if recalls else now
    if recalls:
        row.recalled_at, row.reminded_at, row.link = now, None, None
    row.save()
