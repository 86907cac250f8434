"""The invoice phase: the seller decides, so the request goes on to the seller, by secure link.

A mixed request is split: what is in the invoice phase is forwarded, dossier by dossier, the rest
is decided here, and its clock runs on.

Source: GDPR Article 28(3)(e); legal requirements, 1.2.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit import services as audit
from requests import services
from requests.constants import (
    UNANSWERED,
    ForwardingState,
    Outcome,
    Right,
    State,
)
from requests.exceptions import NothingToForward
from requests.models import Decision, Forwarding, PrivacyRequest
from requests.services.changing import body_of, locked, note, require, save
from requests.services.own_file import require_other, require_other_than
from requests.services.sellers import (
    end_content,
    forward_by,
    not_forwarded,
    note_due,
    tell_of_sellers,
)
from subjects.models import Dossier, Organisation
from vault import services as vault
from vault.constants import KeyKind

REMIND_AFTER = timedelta(days=7)
NO_ANSWER_AFTER = timedelta(days=60)
OPEN = (ForwardingState.TO_SEND, ForwardingState.SENT, ForwardingState.RECALL)
BATCH = 500


@transaction.atomic
def forward(pk: int, *, officer: int, now: datetime) -> list[Forwarding]:
    """Send on what is in the invoice phase, to each client its own dossiers.

    As soon as a colleague said who is meant: the client decides, and establishes itself who asks.
    It gets what the person wrote and gave, and what of that is proven; nothing of the file. The
    person hears who it is once it is proven that they ask. Decides each right as forwarded for
    those dossiers, once it is being handled. The link goes out with the next round of
    `organisations.mail.send_links`, once the client has an address. Raises WrongState once it is
    decided or has ended, NothingToForward while nobody is confirmed to be meant, OwnFile.

    Source: GDPR Article 28(3)(e); legal requirements, 1.2.
    """
    privacy_request = locked(pk)
    require_other(privacy_request, officer)
    require(privacy_request, *UNANSWERED)
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
        if privacy_request.state == State.HANDLING:
            _decide(privacy_request, clients[client], rows, officer, now)
    # Decisions were saved meanwhile: what was locked above has an older version.
    privacy_request = locked(pk)
    note_due(privacy_request)
    tell_of_sellers(privacy_request, now=now)
    save(privacy_request)
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
    if row.recalled_at is not None:
        row.recalled_at = row.sent_at = row.told_at = None
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
            row = _forward_to(privacy_request, client, theirs, officer, now)
            # The answer tells the person.
            row.told_at = row.told_at or now
            row.save(update_fields=["told_at"])
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
        "asks_for": privacy_request.asks_for,
        "rights": list(privacy_request.rights.order_by("id").values_list("right", flat=True)),
    }


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
    if row.state == ForwardingState.RECALL and state == ForwardingState.ACKNOWLEDGED:
        state = ForwardingState.RECALLED
    end_content(row, state, now)
    audit.append(f"forwarding.{state}", object=f"request:{row.request.reference}", actor=actor)
    return True


def end_unanswered(*, now: datetime) -> int:
    """End what no client confirmed in 60 days; return how many."""
    since = now - NO_ANSWER_AFTER
    recalled = Q(state=ForwardingState.RECALL)
    old = Forwarding.objects.filter(state__in=OPEN).filter(
        (recalled & Q(recalled_at__lt=since)) | (~recalled & Q(created_at__lt=since))
    )
    pks = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return sum(end(pk, ForwardingState.UNANSWERED, actor=audit.SYSTEM, now=now) for pk in pks)


FRESH = Q(state=ForwardingState.TO_SEND) | Q(state=ForwardingState.RECALL, link=None)


def _quiet(now: datetime) -> Q:
    """Tell which a client was sent and did not confirm, and was not reminded of lately."""
    before = now - REMIND_AFTER
    sent = Q(state=ForwardingState.SENT, sent_at__lt=before)
    sent &= Q(reminded_at=None) | Q(reminded_at__lt=before)
    recalled = Q(state=ForwardingState.RECALL, link__isnull=False, reminded_at__lt=before)
    return sent | recalled


def put_behind(link_id: int, client_id: int, *, now: datetime) -> int:
    """Show what a client is to receive behind a link, new or not confirmed; return how many.

    In the transaction that makes the link and writes its mail.
    """
    theirs = Forwarding.objects.filter(client=client_id)
    quiet = theirs.filter(_quiet(now)).update(link=link_id, reminded_at=now)
    recalled = theirs.filter(FRESH, state=ForwardingState.RECALL)
    told = recalled.update(link=link_id, reminded_at=now)
    fresh = theirs.filter(state=ForwardingState.TO_SEND)
    return quiet + told + fresh.update(state=ForwardingState.SENT, link=link_id, sent_at=now)


def send_anew(links: Sequence[int]) -> None:
    """Let what went behind links that ended, and was not confirmed, go with the next round."""
    behind = Forwarding.objects.filter(link__in=links)
    behind.filter(state=ForwardingState.SENT).update(state=ForwardingState.TO_SEND)
    behind.filter(state=ForwardingState.RECALL).update(link=None)


def clients_to_tell(now: datetime) -> list[int]:
    """Return the clients with an address that have something new, or did not confirm."""
    found = Forwarding.objects.filter(FRESH | _quiet(now)).exclude(client__privacy_email="")
    return list(found.order_by("client").values_list("client", flat=True).distinct()[:BATCH])


def open_ones(*, limit: int = 200) -> list[Forwarding]:
    """Return what no client has confirmed, the first due first."""
    rows = Forwarding.objects.filter(state__in=OPEN).select_related("client", "request")
    return list(rows.order_by("due_on", "id")[:limit])


def is_late(row: Forwarding, today: date) -> bool:
    sent_on = timezone.localdate(row.sent_at) if row.sent_at else today
    return sent_on > row.due_on
