"""Recipients told and heard: one notice for each recipient of a person's data and each event.

Source: GDPR Article 19.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from audit import services as audit
from subjects.constants import (
    ImpossibleReason,
    NoticeChannel,
    NoticeEvent,
    NoticeState,
)
from subjects.models import (
    Disclosure,
    Dossier,
    Involvement,
    OrganisationLink,
    Recipient,
    RecipientNotice,
    RestrictionMark,
)
from subjects.names import person_of
from vault import services as vault
from vault.constants import KeyKind
from vault.services import JSONValue

NO_ANSWER_AFTER = timedelta(days=60)
REMIND_AFTER = timedelta(days=14)
LINK_LIVES = timedelta(days=30)
# As long as log data; after that only the ledger tells.
KEPT_FOR = timedelta(days=731)
BATCH = 2_000
MOST_PER_LINK = 20_000
UNDER_WAY = (NoticeState.TO_SEND, NoticeState.SENT)
NOT_ENDED = (*UNDER_WAY, NoticeState.WAITING)
# Nobody can tell them until somebody gives an address, or hands over a file.
NO_WAY = Q(recipient__organisation__privacy_email="") & ~Q(
    Q(channel=NoticeChannel.FILE) | Q(recipient__organisation__notice_channel=NoticeChannel.FILE)
)


@transaction.atomic
def tell_recipients(
    event: NoticeEvent,
    *,
    involvement: Involvement | None = None,
    dossier: Dossier | None = None,
    case: UUID | None = None,
    changes: JSONValue = None,
    data_category: str = "",
    after_destruction: bool = False,
    actor: str,
    now: datetime,
) -> list[RecipientNotice]:
    """Make a notice for each recipient of a person's data, or of a whole dossier's.

    `changes` are the corrected values: [{"field", "old", "new"}]; with `data_category` only who
    received that kind of data hears them. `after_destruction`: the data
    still go; the notice is made now, while we know whom it is about, and sent once they went.
    A recipient that is to be told the same already gets no second notice.
    """
    if involvement is not None:
        dossier, people = involvement.dossier, [involvement]
    elif dossier is not None:
        people = list(dossier.involvements.order_by("pk")[:BATCH])
    else:
        raise TypeError("a notice is about an involvement or a dossier")
    notices = [
        RecipientNotice(
            recipient=recipient,
            event=NoticeEvent(event),
            channel=recipient.organisation.notice_channel,
            state=NoticeState.WAITING if after_destruction else NoticeState.TO_SEND,
            dossier=dossier,
            dossier_reference=dossier.reference,
            involvement=involvement,
            involvement_reference=involvement.reference if involvement else None,
            purpose=dossier.purpose_id,
            case=case,
            created_at=now,
            ready_at=None if after_destruction else now,
        )
        for recipient in _not_told_yet(event, dossier, involvement, people, data_category)
    ]
    _seal(notices, people, changes)
    RecipientNotice.objects.bulk_create(notices)
    _note_made(notices, case, actor)
    return notices


@transaction.atomic
def tell_of_restriction(
    received: Collection[tuple[int, int]], *, actor: str, now: datetime
) -> list[RecipientNotice]:
    """Tell who received restricted data that their use is restricted, where it still is.

    `received` are keys of involvements and recipients. Who heard of it, and not since that it was
    lifted, gets no second notice. As many queries for many as for one.

    Source: GDPR Article 19.
    """
    standing = RestrictionMark.objects.filter(
        involvement__in={person for person, _recipient in received}, lifted_on=None
    )
    found = Involvement.objects.filter(pk__in=standing.values("involvement"))
    people = {one.pk: one for one in found.select_related("dossier")}
    recipients = Recipient.objects.select_related("organisation").in_bulk(
        {recipient for _person, recipient in received}
    )
    heard = dict[tuple[int | None, int], str]()
    told = RecipientNotice.objects.filter(
        involvement__in=list(people), event__in=[NoticeEvent.RESTRICTION, NoticeEvent.LIFTED]
    )
    for person, recipient, event in told.order_by("pk").values_list(
        "involvement_id", "recipient_id", "event"
    ):
        heard[person, recipient] = event
    notices = [
        RecipientNotice(
            recipient=recipients[recipient],
            event=NoticeEvent.RESTRICTION,
            channel=recipients[recipient].organisation.notice_channel,
            state=NoticeState.TO_SEND,
            dossier=people[person].dossier,
            dossier_reference=people[person].dossier.reference,
            involvement=people[person],
            involvement_reference=people[person].reference,
            purpose=people[person].dossier.purpose_id,
            created_at=now,
            ready_at=now,
        )
        for person, recipient in sorted(received)
        if person in people and heard.get((person, recipient)) != NoticeEvent.RESTRICTION
    ]
    if notices:
        _seal(notices, list(people.values()), None)
        RecipientNotice.objects.bulk_create(notices)
        _note_made(notices, None, actor)
    return notices


def _note_made(notices: Sequence[RecipientNotice], case: UUID | None, actor: str) -> None:
    audit.append_many(
        [
            audit.Event(
                "notice.made",
                f"notice:{notice.reference}",
                actor,
                facts={
                    "what": str(notice.event),
                    "recipient": notice.recipient_id,
                    "dossier": notice.dossier_reference,
                    "case": case,
                },
            )
            for notice in notices
        ]
    )


def _not_told_yet(
    event: str,
    dossier: Dossier,
    involvement: Involvement | None,
    people: Sequence[Involvement],
    data_category: str,
) -> list[Recipient]:
    """Return who received data of these people and is not told the same already.

    That a restriction was lifted matters to those only who heard of it.
    """
    about = RecipientNotice.objects.filter(dossier=dossier, involvement=involvement)
    told = _told_already(event, about)
    received = Disclosure.objects.filter(involvement__in=people)
    if data_category:
        received = received.filter(data_categories__contains=[data_category])
    found = Recipient.objects.filter(pk__in=received.values("recipient"))
    if event == NoticeEvent.LIFTED:
        restricted = about.filter(event=NoticeEvent.RESTRICTION)
        found = found.filter(pk__in=restricted.values("recipient"))
    found = found.exclude(pk__in=told)
    return list(found.select_related("organisation").order_by("pk"))


def _told_already(event: str, about: QuerySet[RecipientNotice]) -> list[int]:
    """Return the recipients for whom nothing is new in this.

    A correction is always new. Of restricting and lifting the last that was told counts: who
    confirmed a restriction that stands needs not hear it again, on whatever ground.
    """
    if event in (NoticeEvent.RESTRICTION, NoticeEvent.LIFTED):
        pair = about.filter(event__in=[NoticeEvent.RESTRICTION, NoticeEvent.LIFTED])
        heard = pair.exclude(state=NoticeState.IMPOSSIBLE).order_by("pk")
        last = dict(heard.values_list("recipient", "event"))
        return [recipient for recipient, told in last.items() if told == event]
    if event == NoticeEvent.RECTIFICATION:
        return []
    ended = [NoticeState.ACKNOWLEDGED, NoticeState.IMPOSSIBLE]
    told = about.filter(event=event).exclude(state__in=ended)
    return list(told.values_list("recipient", flat=True))


def _seal(
    notices: Sequence[RecipientNotice], people: Sequence[Involvement], changes: JSONValue
) -> None:
    """Say in each notice whom it is about, by what this recipient received and when."""
    identities = _identities(people)
    received: dict[int, dict[int, tuple[date, set[str]]]] = {}
    for row in Disclosure.objects.filter(involvement__in=people):
        last, categories = received.setdefault(row.recipient_id, {}).get(
            row.involvement_id, (date.min, set())
        )
        received[row.recipient_id][row.involvement_id] = (
            max(last, row.disclosed_on),
            categories | set(row.data_categories),
        )
    keys = vault.create_keys(KeyKind.NOTICE, len(notices)) if notices else []
    for notice, key in zip(notices, keys, strict=True):
        notice.key_id = key.id
        shared = received.get(notice.recipient_id, {})
        about = [
            {
                **identities.get(person.pk, {}),
                "received_on": shared[person.pk][0].isoformat(),
                "data_categories": sorted(shared[person.pk][1]),
            }
            for person in people
            if person.pk in shared and notice.involvement_id in (None, person.pk)
        ]
        content = {"people": about, "changes": changes or []}
        notice.sealed_content = key.seal(content, place=notice.content_place)


def _identities(people: Sequence[Involvement]) -> dict[int, dict[str, str]]:
    """Return by which name, birth date and number a recipient finds each person."""
    keys = vault.open_keys([person.key_id for person in people])
    found = {}
    for row in people:
        if row.key_id not in keys:
            continue
        identity = keys[row.key_id].unseal(row.sealed_identity, place=row.identity_place)
        person = person_of(identity)
        found[row.pk] = {
            "name": " ".join(filter(None, [person.first_name, person.last_name])),
            "birth_date": identity.get("birth_date") or "",
            "number": identity.get("dossier_number") or "",
        }
    return found


def has_way(notice: RecipientNotice) -> bool:
    """Tell whether this can be told: to an address, or by a file that an officer hands over."""
    organisation = notice.recipient.organisation
    channels = (notice.channel, organisation.notice_channel)
    return bool(organisation.privacy_email) or NoticeChannel.FILE in channels


def contents_of(notices: Iterable[RecipientNotice]) -> dict[int, dict[str, Any]]:
    """Return {"people", "changes"} of each notice that still has it, in one query for all keys."""
    sealed = [row for row in notices if row.sealed_content is not None]
    keys = vault.open_keys([row.key_id for row in sealed if row.key_id is not None])
    return {
        row.pk: keys[row.key_id].unseal(row.sealed_content, place=row.content_place)
        for row in sealed
        if row.key_id in keys and row.sealed_content is not None
    }


# --- sending, hearing, ending -----------------------------------------------------------------


@transaction.atomic
def end(
    pks: Sequence[int],
    state: NoticeState,
    *,
    reason: ImpossibleReason | None = None,
    actor: str,
    now: datetime,
) -> int:
    """End notices that are under way: confirmed, or impossible with a reason; return how many.

    That it is impossible can be known before the data are erased of which it tells. Safe to run
    twice. What they said of a person goes with their keys.
    """
    if (state == NoticeState.IMPOSSIBLE) != (reason is not None):
        raise TypeError("what is impossible has a reason, what is confirmed has none")
    rows = list(
        RecipientNotice.objects.filter(
            pk__in=list(pks), state__in=UNDER_WAY if reason is None else NOT_ENDED
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    RecipientNotice.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=state,
        reason=reason or "",
        ended_at=now,
        key_id=None,
        sealed_content=None,
    )
    vault.destroy_keys_later([row.key_id for row in rows if row.key_id is not None])
    facts: dict[str, audit.Fact] = {"reason": str(reason)} if reason else {}
    audit.append_many(
        [
            audit.Event(f"notice.{state}", f"notice:{row.reference}", actor, facts=facts)
            for row in rows
        ]
    )
    return len(rows)


@transaction.atomic
def give_link(
    organisation_id: int, digest: bytes, *, now: datetime
) -> tuple[OrganisationLink, int]:
    """Put what an organisation is to hear by link behind a new one; return it and how many.

    New notices, and those it was sent a while ago and did not confirm. `digest` is that of the
    token in the mail, which the caller writes in the same transaction.
    """
    long_ago = now - REMIND_AFTER
    due = Q(state=NoticeState.TO_SEND) | Q(
        Q(reminded_at=None) | Q(reminded_at__lt=long_ago),
        state=NoticeState.SENT,
        sent_at__lt=long_ago,
    )
    link = OrganisationLink.objects.create(
        organisation_id=organisation_id, digest=digest, created_at=now, expires_at=now + LINK_LIVES
    )
    rows = RecipientNotice.objects.filter(
        due, recipient__organisation=organisation_id, channel__in=["link", "mail"]
    )
    waiting = rows.order_by("pk").select_for_update(of=("self",))
    # What is more comes behind the next one.
    pks = list(waiting.values_list("pk", flat=True)[:MOST_PER_LINK])
    chosen = RecipientNotice.objects.filter(pk__in=pks)
    chosen.filter(state=NoticeState.SENT).update(link=link, reminded_at=now)
    chosen.filter(state=NoticeState.TO_SEND).update(link=link, state=NoticeState.SENT, sent_at=now)
    audit.append(
        "notice.link_sent",
        object=f"link:{link.reference}",
        actor=audit.SYSTEM,
        organisation=organisation_id,
        notices=len(pks),
    )
    return link, len(pks)


def end_links(organisation_id: int, *, now: datetime) -> list[int]:
    """End the links that went to where an organisation no longer hears from us; return them.

    What it was sent there and did not confirm is to be sent anew, to where it hears from now.
    """
    live = OrganisationLink.objects.select_for_update().filter(
        organisation=organisation_id, expires_at__gt=now
    )
    links = list(live.order_by("pk").values_list("pk", flat=True))
    OrganisationLink.objects.filter(pk__in=links).update(expires_at=now)
    RecipientNotice.objects.filter(link__in=links, state=NoticeState.SENT).update(
        state=NoticeState.TO_SEND
    )
    return links


def organisations_to_tell(now: datetime, *, limit: int = BATCH) -> list[int]:
    """Return the organisations with an address that have something new, or to be reminded of."""
    long_ago = now - REMIND_AFTER
    due = Q(state=NoticeState.TO_SEND) | Q(
        Q(reminded_at=None) | Q(reminded_at__lt=long_ago),
        state=NoticeState.SENT,
        sent_at__lt=long_ago,
    )
    rows = RecipientNotice.objects.filter(due, channel__in=["link", "mail"]).exclude(
        recipient__organisation__privacy_email=""
    )
    found = rows.order_by("recipient__organisation").values_list(
        "recipient__organisation", flat=True
    )
    return list(found.distinct()[:limit])


def end_unanswered(*, now: datetime) -> int:
    """End what nobody confirmed in 60 days, and with it what it said; return how many.

    What an officer is to hand over stays open until they do, or say why not. Safe to stop and to
    run again.
    """
    ended = 0
    while True:
        rows = RecipientNotice.objects.filter(
            Q(state=NoticeState.SENT) | NO_WAY,
            state__in=UNDER_WAY,
            ready_at__lt=now - NO_ANSWER_AFTER,
        )
        found = dict(rows.order_by("ready_at").values_list("pk", "state")[:BATCH])
        if not found:
            return ended
        for state, reason in (
            (NoticeState.SENT, ImpossibleReason.NO_ANSWER),
            (NoticeState.TO_SEND, ImpossibleReason.NO_ADDRESS),
        ):
            pks = [pk for pk, held in found.items() if held == state]
            ended += end(pks, NoticeState.IMPOSSIBLE, reason=reason, actor=audit.SYSTEM, now=now)


# --- what goes --------------------------------------------------------------------------------

_ABOUT = "(dossier_id = ANY(%s) OR involvement_id = ANY(%s))"


def erase(*, dossiers: Sequence[int], involvements: Sequence[int]) -> list[int]:
    """Delete notices about what is gone, but those of its erasure; return keys that go too."""
    gone = [list(dossiers), list(involvements)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM subjects_recipientnotice WHERE {_ABOUT}"  # noqa: S608
            " AND event <> 'erasure' RETURNING key_id",
            gone,
        )
        keys = [row[0] for row in cursor.fetchall() if row[0] is not None]
        cursor.execute(
            "UPDATE subjects_recipientnotice SET dossier_id = NULL,"  # noqa: S608
            f" involvement_id = NULL WHERE {_ABOUT}",
            gone,
        )
    return keys


def left_behind(*, dossiers: Sequence[int], involvements: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM subjects_recipientnotice WHERE {_ABOUT}",  # noqa: S608
            [list(dossiers), list(involvements)],
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def forget(*, now: datetime, limit: int = BATCH) -> int:
    """Delete notices that ended two years ago; return how many."""
    old = RecipientNotice.objects.filter(ended_at__lt=now - KEPT_FOR).order_by("ended_at")
    pks = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    RecipientNotice.objects.filter(pk__in=pks).delete()
    return len(pks)
