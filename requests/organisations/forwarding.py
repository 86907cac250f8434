"""The invoice phase: the seller decides, so the request goes on to the seller, by secure link.

A mixed request is split: what is in the invoice phase is forwarded, dossier by dossier, the rest
is decided here, and its clock runs on.

Source: GDPR Article 28(3)(e); legal requirements, 1.2.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit import services as audit
from policy.calendars import next_working_day
from requests import services
from requests.belongings import belongings_of
from requests.constants import (
    ForwardingState,
    IdentityResult,
    MatchState,
    Outcome,
    Right,
    State,
)
from requests.exceptions import Incomplete, NothingToForward
from requests.models import Decision, Forwarding, IdentityCheck, PrivacyRequest
from requests.services.changing import body_of, locked, note, require
from requests.services.own_file import require_other, require_other_than
from subjects.constants import Phase
from subjects.models import Dossier, Organisation
from vault import services as vault
from vault.constants import KeyKind

WORKING_DAYS = 2
REMIND_AFTER = timedelta(days=7)
NO_ANSWER_AFTER = timedelta(days=60)
OPEN = (ForwardingState.TO_SEND, ForwardingState.SENT)
BATCH = 500


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
    confirmed = belongings_of(privacy_request).involvements_of(MatchState.CONFIRMED)
    theirs = {one.dossier_id for one in confirmed if one.dossier.phase == Phase.INVOICE}
    if not theirs:
        return []
    return list(Dossier.objects.filter(pk__in=theirs).select_related("client").order_by("pk"))


def not_forwarded(privacy_request: PrivacyRequest) -> list[Dossier]:
    """Return those of them that have not been forwarded."""
    done = Forwarding.objects.filter(request=privacy_request).values_list("dossiers", flat=True)
    known = {reference for references in done for reference in references}
    return [row for row in to_forward(privacy_request) if row.reference not in known]


@transaction.atomic
def forward(pk: int, *, officer: int, now: datetime) -> list[Forwarding]:
    """Send on what is in the invoice phase, to each client its own dossiers; tell the person.

    Decides each right as forwarded for those dossiers. The link goes out with the next round of
    `organisations.mail.send_links`, once the client has an address. Raises WrongState unless it
    is being handled, Incomplete before it is known who asks, NothingToForward, OwnFile.
    """
    privacy_request = locked(pk)
    require_other(privacy_request, officer)
    require(privacy_request, State.HANDLING)
    proven = IdentityCheck.objects.filter(request=privacy_request, result=IdentityResult.PROVEN)
    if not proven.exists():
        raise Incomplete("it is not known who asks")
    dossiers = not_forwarded(privacy_request)
    if not dossiers:
        raise NothingToForward
    of_client: dict[int, list[Dossier]] = {}
    clients: dict[int, Organisation] = {}
    for dossier in dossiers:
        assert dossier.client is not None  # a constraint of the invoice phase
        clients[dossier.client.pk] = dossier.client
        of_client.setdefault(dossier.client.pk, []).append(dossier)
    made = []
    for client, rows in of_client.items():
        made.append(_forward_to(privacy_request, clients[client], rows, officer, now))
        _decide(privacy_request, clients[client], rows, officer, now)
    names = sorted(str(client) for client in clients.values())
    services.send_message(
        privacy_request.pk, _words(privacy_request, names), officer=officer, now=now
    )
    return made


def _forward_to(
    privacy_request: PrivacyRequest,
    client: Organisation,
    dossiers: Sequence[Dossier],
    officer: int,
    now: datetime,
) -> Forwarding:
    row = Forwarding.objects.filter(request=privacy_request, client=client).first()
    if row is None:
        row = Forwarding(
            request=privacy_request,
            client=client,
            dossiers=[],
            created_at=now,
            due_on=forward_by(privacy_request.received_on),
            forwarded_by=officer,
        )
    row.dossiers = [*row.dossiers, *(dossier.reference for dossier in dossiers)]
    # What came later is new to the client: it goes out again, with all of it.
    row.state, row.ended_at, row.link = ForwardingState.TO_SEND, None, None
    key = vault.open_key(row.key_id) if row.key_id else vault.create_key(KeyKind.FORWARD)
    row.key_id = key.id
    row.sealed_content = key.seal(_content(privacy_request), place=row.content_place)
    row.save()
    note(
        privacy_request,
        "request.forwarded",
        f"user:{officer}",
        client=client.pk,
        dossiers=[dossier.reference for dossier in dossiers],
        due=row.due_on,
    )
    return row


def _decide(
    privacy_request: PrivacyRequest,
    client: Organisation,
    dossiers: Sequence[Dossier],
    officer: int,
    now: datetime,
) -> None:
    with translation.override(privacy_request.language):
        reason = _(
            "%(client)s sold you this and decides about it. We sent your request on to them."
        ) % {"client": client}
    for right in privacy_request.rights.order_by("id"):
        for dossier in dossiers:
            services.decide(
                privacy_request.pk,
                Right(right.right),
                dossier=dossier,
                outcome=Outcome.FORWARDED,
                reason=reason,
                officer=officer,
                now=now,
                article="28.3.e",
            )


@transaction.atomic
def forward_decided(*, now: datetime) -> int:
    """Send on what was decided to be forwarded and was not; return to how many clients.

    An answer says that it went to the seller: so it does, also where the officer only chose the
    outcome. Of the last 60 days, as the words go then.
    """
    known = Forwarding.objects.filter(
        request=OuterRef("request"), dossiers__contains=[OuterRef("dossier_reference")]
    )
    rows = Decision.objects.filter(
        ~Exists(known),
        outcome=Outcome.FORWARDED,
        request__state__in=[State.APPROVED, State.ANSWERED],
        decided_at__gt=now - NO_ANSWER_AFTER,
        dossier_reference__isnull=False,
    )
    made = 0
    decided = rows.order_by("request", "pk").values_list("request", "decided_by")
    for pk, officer in dict(decided[:BATCH]).items():
        privacy_request = locked(pk)
        references = rows.filter(request=pk).values_list("dossier_reference", flat=True)
        dossiers = Dossier.objects.filter(reference__in=list(references), client__isnull=False)
        of_client: dict[Organisation, list[Dossier]] = {}
        for dossier in dossiers.select_related("client").order_by("pk"):
            assert dossier.client is not None  # asked above
            of_client.setdefault(dossier.client, []).append(dossier)
        for client, theirs in of_client.items():
            _forward_to(privacy_request, client, theirs, officer, now)
            made += 1
    return made


def _content(privacy_request: PrivacyRequest) -> dict[str, Any]:
    """Return what the client needs to answer: the words as they were, and who asks."""
    body = body_of(privacy_request)
    return {
        "number": privacy_request.number,
        "received_at": privacy_request.received_at.isoformat(),
        "words": body["words"],
        "identity": body["identity"],
        "rights": list(privacy_request.rights.order_by("id").values_list("right", flat=True)),
    }


def _words(privacy_request: PrivacyRequest, names: Sequence[str]) -> str:
    with translation.override(privacy_request.language):
        return _(
            "Part of your request is about something that you bought from %(names)s. We keep"
            " those data for them, and they decide about them. We sent your request on to them,"
            " with the time at which we received it. They answer you about that part. We answer"
            " you about the rest."
        ) % {"names": ", ".join(names)}


def contents_of(rows: Sequence[Forwarding]) -> dict[int, dict[str, Any]]:
    """Return what each forwarding holds that still has it, in one query for all keys."""
    keys = vault.open_keys([row.key_id for row in rows if row.key_id is not None])
    return {
        row.pk: keys[row.key_id].unseal(row.sealed_content, place=row.content_place)
        for row in rows
        if row.key_id in keys and row.sealed_content is not None
    }


@transaction.atomic
def end(pk: int, state: ForwardingState, *, actor: str, now: datetime) -> bool:
    """Note that the client confirmed (or an officer, for it), or never did; what it said goes.

    Safe to run twice; tells whether it ended now. Raises OwnFile.
    """
    row = Forwarding.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    require_other_than(row.request, actor)
    if row.state not in OPEN:
        return False
    vault.destroy_keys_later([row.key_id] if row.key_id is not None else [])
    row.state, row.ended_at, row.key_id, row.sealed_content = state, now, None, None
    row.save()
    audit.append(f"forwarding.{state}", object=f"request:{row.request.reference}", actor=actor)
    return True


def end_unanswered(*, now: datetime) -> int:
    """End what no client confirmed in 60 days; return how many."""
    old = Forwarding.objects.filter(state__in=OPEN, created_at__lt=now - NO_ANSWER_AFTER)
    pks = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(end(pk, ForwardingState.UNANSWERED, actor=audit.SYSTEM, now=now) for pk in pks)


def put_behind(link_id: int, client_id: int, *, now: datetime) -> int:
    """Show what a client is to receive behind a link, new or not confirmed; return how many.

    In the transaction that makes the link and writes its mail.
    """
    fresh = Forwarding.objects.filter(client=client_id, state=ForwardingState.TO_SEND)
    sent = fresh.update(state=ForwardingState.SENT, link=link_id, sent_at=now)
    quiet = Forwarding.objects.filter(
        client=client_id, state=ForwardingState.SENT, sent_at__lt=now - REMIND_AFTER
    ).exclude(reminded_at__gte=now - REMIND_AFTER)
    return sent + quiet.update(link=link_id, reminded_at=now)


def send_anew(links: Sequence[int]) -> None:
    """Let what went behind links that ended, and was not confirmed, go with the next round."""
    Forwarding.objects.filter(link__in=links, state=ForwardingState.SENT).update(
        state=ForwardingState.TO_SEND
    )


def clients_to_tell(now: datetime) -> list[int]:
    """Return the clients with an address that have something new, or did not confirm."""
    fresh = Forwarding.objects.filter(state=ForwardingState.TO_SEND)
    quiet = Forwarding.objects.filter(
        state=ForwardingState.SENT, sent_at__lt=now - REMIND_AFTER
    ).exclude(reminded_at__gte=now - REMIND_AFTER)
    found = (fresh | quiet).exclude(client__privacy_email="")
    return list(found.order_by("client").values_list("client", flat=True).distinct()[:BATCH])


def open_ones(*, limit: int = 200) -> list[Forwarding]:
    """Return what no client has confirmed, the first due first."""
    rows = Forwarding.objects.filter(state__in=OPEN).select_related("client", "request")
    return list(rows.order_by("due_on", "id")[:limit])


def is_late(row: Forwarding, today: date) -> bool:
    sent_on = timezone.localdate(row.sent_at) if row.sent_at else today
    return sent_on > row.due_on
