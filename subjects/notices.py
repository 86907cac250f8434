"""What becomes of a notice to a recipient: sent, heard, ended, forgotten.

Source: GDPR Article 19. Notices are made in `telling.py`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from audit import services as audit
from subjects.constants import (
    ImpossibleReason,
    NoticeChannel,
    NoticeState,
)
from subjects.models import (
    OrganisationLink,
    RecipientNotice,
)
from vault import services as vault

NO_ANSWER_AFTER = timedelta(days=60)
REMIND_AFTER = timedelta(days=14)
LINK_LIVES = timedelta(days=30)
# As long as log data; after that only the ledger tells.
KEPT_FOR = timedelta(days=731)
BATCH = 2_000
MOST_PER_LINK = 20_000
BY_LINK = (NoticeChannel.LINK, NoticeChannel.MAIL)
UNDER_WAY = (NoticeState.TO_SEND, NoticeState.SENT)
NOT_ENDED = (*UNDER_WAY, NoticeState.WAITING)
# Nobody can tell them until somebody gives an address, or hands over a file.
NO_WAY = Q(recipient__organisation__privacy_email="") & ~Q(
    Q(channel=NoticeChannel.FILE) | Q(recipient__organisation__notice_channel=NoticeChannel.FILE)
)


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


def _to_hear(now: datetime) -> QuerySet[RecipientNotice]:
    """Return what goes by link: what is new, and what was sent a while ago and not confirmed."""
    long_ago = now - REMIND_AFTER
    again = Q(Q(reminded_at=None) | Q(reminded_at__lt=long_ago), sent_at__lt=long_ago)
    due = Q(state=NoticeState.TO_SEND) | Q(again, state=NoticeState.SENT)
    return RecipientNotice.objects.filter(due, channel__in=BY_LINK)


@transaction.atomic
def give_link(
    organisation_id: int, digest: bytes, *, now: datetime
) -> tuple[OrganisationLink, int]:
    """Put what an organisation is to hear by link behind a new one; return it and how many.

    New notices, and those it was sent a while ago and did not confirm. `digest` is that of the
    token in the mail, which the caller writes in the same transaction.
    """
    link = OrganisationLink.objects.create(
        organisation_id=organisation_id, digest=digest, created_at=now, expires_at=now + LINK_LIVES
    )
    rows = _to_hear(now).filter(recipient__organisation=organisation_id)
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
    rows = _to_hear(now).exclude(recipient__organisation__privacy_email="")
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
