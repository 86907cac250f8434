"""Data to take along, given to a third party on the person's wish; told to the person each time.

Source: GDPR Article 20(2).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from audit import services as audit
from requests import codes
from requests.belongings import belongings_of
from requests.constants import Direction, PackKind
from requests.exceptions import PackGone, WrongState
from requests.letters.models import HandOver
from requests.models import Pack, PrivacyRequest
from requests.packs import taking
from requests.packs.encryption import new_passphrase
from requests.packs.uploading import NotAllowed, NotTaken, check_link, upload
from requests.services.changing import locked, note
from requests.services.messages import mail_news, write
from vault import services as vault

LINK_DAYS = 14
ATTEMPTS = 5
THIRD_PARTY = "third-party"


@dataclass(frozen=True)
class Asked:
    """The hand-over that waits, and for our link its token, which stands nowhere else.

    With a link goes a passphrase, by another way: who has one of them alone has nothing.
    """

    hand_over: HandOver
    token: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)


@transaction.atomic
def ask(pack: Pack, way: HandOver.Way, *, name: str, link: str = "", now: datetime) -> Asked:
    """Note that data must go to a third party: by their link, or by one of ours.

    Raises NotAllowed for a link that we send nothing to, WrongState for another kind of pack,
    PackGone once it has expired.
    """
    privacy_request = locked(pack.request_id)
    if pack.kind != PackKind.PORTABILITY:
        raise WrongState("only data to take along go to somebody else")
    if pack.key_id is None or pack.expires_at <= now:
        raise PackGone("the pack has expired")
    secret = codes.new_link() if way == HandOver.Way.LINK else None
    if way == HandOver.Way.UPLOAD:
        check_link(link)
    row = HandOver(
        request=privacy_request,
        pack=pack,
        way=way,
        digest=_digest(secret.text) if secret else None,
        asked_at=now,
        expires_at=min(pack.expires_at, now + timedelta(days=LINK_DAYS)),
    )
    key = vault.open_key(privacy_request.key_id)
    passphrase = new_passphrase() if secret else ""
    target = {"name": name, "address": link, "passphrase": passphrase}
    row.sealed_target = key.seal(target, place=row.target_place)
    row.save()
    note(privacy_request, "pack.hand_over_asked", audit.PERSON, way=str(way), pack=pack.reference)
    return Asked(row, secret.text if secret else "", passphrase)


def waiting(limit: int = 200) -> list[int]:
    """Return uploads that were not tried to the end, the oldest first."""
    rows = HandOver.objects.filter(state=HandOver.State.WAITING, way=HandOver.Way.UPLOAD)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:limit])


def send(pk: int, *, now: datetime) -> int | None:
    """Upload what waits; return the mail that tells the person of it, if any.

    The same file is put to the same link: running twice does no harm, and no transaction is open
    while the other side is slow. Raises NotTaken for the caller to try again, until that was
    tried often enough.
    """
    row = HandOver.objects.select_related("request", "pack__request").filter(pk=pk).first()
    if row is None or row.state != HandOver.State.WAITING or row.way != HandOver.Way.UPLOAD:
        return None
    error = ""
    try:
        content = taking.content_of(row.pack, "json", now=now)
        upload(_target(row)["address"], content, media_type="application/json")
    except (NotAllowed, NotTaken, PackGone) as refused:
        error = type(refused).__name__
    with transaction.atomic():
        row = HandOver.objects.select_for_update().get(pk=pk)
        if row.state != HandOver.State.WAITING:
            return None
        row.attempts += 1
        if not error:
            taking.note_taken(row.pack, "json", actor=THIRD_PARTY, now=now)
            return _end(row, HandOver.State.DONE, "", now)
        if error != NotTaken.__name__ or row.attempts >= ATTEMPTS:
            return _end(row, HandOver.State.FAILED, error, now)
        row.error = error
        row.save(update_fields=["attempts", "error"])
    raise NotTaken("the other side did not take it yet")


def fetch(token: str, *, now: datetime) -> tuple[bytes, str, int | None] | None:
    """Use our link up: return the closed zip, the number and the mail; None for any other token."""
    with transaction.atomic():
        row = (
            HandOver.objects.select_for_update()
            .select_related("request", "pack__request")
            .filter(
                digest=_digest(token),
                state=HandOver.State.WAITING,
                expires_at__gt=now,
            )
            .first()
        )
        if row is None:
            return None
        # A link that was given before there were passphrases opens nothing.
        passphrase = _target(row).get("passphrase", "")
        if not passphrase:
            return None
        try:
            content = taking.open_pack(
                row.pack, "zip", actor=THIRD_PARTY, now=now, passphrase=passphrase
            )
        except PackGone:
            return None
        mail_id = _end(row, HandOver.State.DONE, "", now)
        return content, row.request.number, mail_id


def hand_overs_of(privacy_request: PrivacyRequest) -> list[tuple[HandOver, str]]:
    """Return the hand-overs of a request with the name of the other, the newest first."""
    belongings = belongings_of(privacy_request)
    return [
        (row, belongings.key.unseal(row.sealed_target, place=row.target_place)["name"])
        for row in belongings.hand_overs[:50]
    ]


def _digest(token: str) -> bytes:
    return vault.digest("requests.handover", token)


def _target(row: HandOver) -> dict[str, str]:
    key = vault.open_key(row.request.key_id)
    found: dict[str, str] = key.unseal(row.sealed_target, place=row.target_place)
    return found


def _end(row: HandOver, state: HandOver.State, error: str, now: datetime) -> int | None:
    """Note how a hand-over ended, and tell the person."""
    row.state, row.error, row.done_at = state, error, now
    row.save(update_fields=["state", "error", "done_at", "attempts"])
    done = state == HandOver.State.DONE
    note(
        row.request,
        "pack.handed_over" if done else "pack.not_handed_over",
        audit.WORKER,
        way=str(row.way),
        error=error,
    )
    with translation.override(row.request.language):
        words = (
            _("We gave your data to %(name)s, as you asked.")
            if done
            else _("We could not give your data to %(name)s. Check the link, or ask them for one.")
        ) % {"name": _target(row)["name"]}
    write(row.request, Direction.TO_PERSON, words, None, now)
    return mail_news(row.request, now)
