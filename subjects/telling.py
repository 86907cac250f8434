"""Makes the notices that tell recipients of a person's data what happened to them.

Source: GDPR Article 19. What becomes of a notice: `notices.py`.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from audit import services as audit
from subjects.constants import NoticeEvent, NoticeState
from subjects.models import (
    Disclosure,
    Dossier,
    Involvement,
    Recipient,
    RecipientNotice,
    RestrictionMark,
)
from subjects.names import person_of
from vault import services as vault
from vault.constants import KeyKind
from vault.services import JSONValue

MOST_PEOPLE = 2_000
OF_RESTRICTION = (NoticeEvent.RESTRICTION, NoticeEvent.LIFTED)


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
        people = list(dossier.involvements.order_by("pk")[:MOST_PEOPLE])
    else:
        raise TypeError("a notice is about an involvement or a dossier")
    notices = [
        _notice(event, recipient, dossier, involvement, now=now)
        for recipient in _not_told_yet(event, dossier, involvement, people, data_category)
    ]
    for notice in notices:
        notice.case = case
        if after_destruction:
            notice.state, notice.ready_at = NoticeState.WAITING, None
    _write(notices, people, changes, actor)
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
    heard = _last_heard(RecipientNotice.objects.filter(involvement__in=list(people)))
    event = NoticeEvent.RESTRICTION
    notices = [
        _notice(event, recipients[recipient], people[person].dossier, people[person], now=now)
        for person, recipient in sorted(received)
        if person in people and heard.get((person, recipient)) != event
    ]
    _write(notices, list(people.values()), None, actor)
    return notices


def _notice(
    event: NoticeEvent,
    recipient: Recipient,
    dossier: Dossier,
    involvement: Involvement | None,
    *,
    now: datetime,
) -> RecipientNotice:
    return RecipientNotice(
        recipient=recipient,
        event=NoticeEvent(event),
        channel=recipient.organisation.notice_channel,
        state=NoticeState.TO_SEND,
        dossier=dossier,
        dossier_reference=dossier.reference,
        involvement=involvement,
        involvement_reference=involvement.reference if involvement else None,
        purpose=dossier.purpose_id,
        created_at=now,
        ready_at=now,
    )


def _write(
    notices: Sequence[RecipientNotice],
    people: Sequence[Involvement],
    changes: JSONValue,
    actor: str,
) -> None:
    if not notices:
        return
    _seal(notices, people, changes)
    RecipientNotice.objects.bulk_create(notices)
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
                    "case": notice.case,
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
    if event in OF_RESTRICTION:
        heard = _last_heard(about)
        return [recipient for (_person, recipient), told in heard.items() if told == event]
    if event == NoticeEvent.RECTIFICATION:
        return []
    ended = [NoticeState.ACKNOWLEDGED, NoticeState.IMPOSSIBLE]
    told = about.filter(event=event).exclude(state__in=ended)
    return list(told.values_list("recipient", flat=True))


def _last_heard(about: QuerySet[RecipientNotice]) -> dict[tuple[int | None, int], str]:
    """Return what was told last of a restriction, by key of involvement and of recipient.

    What could not be told was not heard.
    """
    told = about.filter(event__in=OF_RESTRICTION).exclude(state=NoticeState.IMPOSSIBLE)
    rows = told.order_by("pk").values_list("involvement_id", "recipient_id", "event")
    return {(person, recipient): event for person, recipient, event in rows}


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
    keys = vault.create_keys(KeyKind.NOTICE, len(notices))
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
