"""A code by post to the address on file: made, printed, posted, and typed by the person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from audit import services as audit
from requests import codes
from requests.belongings import belongings_of
from requests.constants import Channel, IdentityMethod, IdentityResult, MatchState, State
from requests.exceptions import CodeRefused, Incomplete, WrongState
from requests.identity.constants import POSTED_ATTEMPTS, POSTED_CODE_DAYS
from requests.identity.models import PostedCode
from requests.models import PrivacyRequest
from requests.services.changing import email_of, locked, note, require
from requests.services.own_file import require_other
from requests.services.people.by_letter import LIVE, replace_live
from requests.services.people.identity import ask_for_code, note_doubt, note_proof
from requests.services.people.proof import identities_of, told_of
from vault import services as vault

OPEN_STATES = (State.RECEIVED, State.WAITING, State.HANDLING)


@transaction.atomic
def make_posted_code(
    pk: int,
    involvement: UUID,
    *,
    reasons: Sequence[str],
    without_undue_delay: bool,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> tuple[PostedCode, int | None]:
    """Make a code for a letter to the address on file; return it and the mail to send, if any.

    The address is that of this involvement of a person who may be meant, never one from the
    request. It is a question about identity: it needs a reason for doubt, and the clock stands
    still until the answer if it came without undue delay. A code made before stops working.

    Source: GDPR Article 12(6); EDPB Guidelines 01/2022, section 3.3.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, *OPEN_STATES)
    require_other(privacy_request, officer)
    subject, letter = _letter(privacy_request, involvement)
    note_doubt(privacy_request, reasons, officer=officer, now=now)
    replace_live(privacy_request, now=now)
    code = PostedCode(
        request=privacy_request,
        involvement=involvement,
        subject_reference=subject,
        officer=officer,
        made_at=now,
        expires_at=now + timedelta(days=POSTED_CODE_DAYS),
    )
    secret = codes.new_posted_code(privacy_request.reference)
    code.digest = secret.digest
    key = vault.open_key(privacy_request.key_id)
    letter |= {"code": secret.text, "access": _new_access_code(privacy_request, code)}
    code.sealed_letter = key.seal(letter, place=code.letter_place)
    code.save()
    note(privacy_request, "request.code_made_for_post", f"user:{officer}", code=code.reference)
    queued = None
    if privacy_request.state != State.WAITING:
        queued = ask_for_code(
            privacy_request,
            text=_asking(privacy_request.language),
            without_undue_delay=without_undue_delay,
            officer=officer,
            now=now,
        )
    return code, queued


def _new_access_code(privacy_request: PrivacyRequest, code: PostedCode) -> str:
    """Return a new access code for the letter; empty where the person has a way to their page.

    Who wrote on paper, or called, never saw one, and without an e-mail address nothing else opens
    the page on which the letter's code is typed. Once anybody is proven the page may come to show
    their data: a letter to another address on file opens nothing.
    """
    if privacy_request.channel == Channel.PORTAL or email_of(privacy_request):
        return ""
    if privacy_request.identitychecks.filter(result=IdentityResult.PROVEN).exists():
        return ""
    access = codes.new_page_code()
    code.access_digest = access.digest
    return access.text


def _letter(privacy_request: PrivacyRequest, involvement: UUID) -> tuple[UUID, dict[str, Any]]:
    """Return whose file it is, and name and address as they stand there, for the envelope."""
    matched = told_of(privacy_request, MatchState.PROPOSED, MatchState.CONFIRMED)
    chosen = matched.filter(reference=involvement).select_related("subject").first()
    held = identities_of([chosen] if chosen is not None else []).get(involvement)
    if chosen is None or held is None:
        raise Incomplete("choose the address of somebody who may be meant")
    address = next((one for one in held.get("addresses") or [] if one.get("street")), None)
    if address is None:
        raise Incomplete("there is no address on file there")
    first = held.get("initials") or held.get("first_name") or ""
    name = f"{first} {held.get('last_name') or ''}".strip()
    return chosen.subject.reference, {"name": name, "address": dict(address)}


def _asking(language: str) -> str:
    with translation.override(language):
        return _(
            "We want to be sure that it is you before we show you any data. So we send a letter"
            " with a code to the address that we have of you. It comes within a few days. Type the"
            " code on this page. Do not send us a copy of your passport or identity card."
        )


def codes_to_post(limit: int = 200) -> list[PostedCode]:
    """Return the letters that are to be printed and posted, the oldest first."""
    waiting = PostedCode.objects.filter(LIVE, sealed_letter__isnull=False)
    return list(waiting.select_related("request").order_by("id")[:limit])


@transaction.atomic
def open_letter(
    reference: UUID, *, officer: int, now: datetime
) -> tuple[PostedCode, Mapping[str, Any]]:
    """Return a letter to be printed, unsealed, and note who did.

    Raises WrongState once posted, and OwnFile: nobody reads the code of their own file.
    """
    code = PostedCode.objects.select_for_update().get(reference=reference)
    require_other(code.request, officer)
    if code.sealed_letter is None or code.replaced_at is not None or code.expires_at <= now:
        raise WrongState("this letter was posted, or its code no longer works")
    code.printed_at, code.read_by = now, sorted({*code.read_by, officer})
    code.save(update_fields=["printed_at", "read_by"])
    note(code.request, "request.code_printed", f"user:{officer}", code=code.reference)
    key = vault.open_key(code.request.key_id)
    letter = key.unseal(code.sealed_letter, place=code.letter_place)
    # Nothing is printed that no longer opens anything.
    return code, letter if code.access_digest is not None else {**letter, "access": ""}


@transaction.atomic
def note_posted(reference: UUID, *, officer: int, now: datetime) -> PostedCode:
    """Note that the letter is in the post; from here on its code stands nowhere but on paper."""
    code = PostedCode.objects.select_for_update().get(reference=reference)
    require_other(code.request, officer)
    if code.printed_at is None or code.sealed_letter is None:
        raise WrongState("print the letter first")
    code.posted_at, code.sealed_letter = now, None
    code.save(update_fields=["posted_at", "sealed_letter"])
    note(code.request, "request.code_posted", f"user:{officer}", code=code.reference)
    return code


def live_code(privacy_request: PrivacyRequest, *, now: datetime) -> PostedCode | None:
    """Return the code that the person may type now, if one is under way."""
    live = [
        one
        for one in belongings_of(privacy_request).posted_codes
        if one.used_at is None
        and one.replaced_at is None
        and one.expires_at > now
        and one.attempts < POSTED_ATTEMPTS
    ]
    return live[-1] if live else None


def verify_posted_code(pk: int, typed: str, *, now: datetime) -> PrivacyRequest:
    """Note that the person has the letter: it proves the involvement whose address it went to.

    Raises CodeRefused for a wrong, used, replaced or expired code, and after five attempts.
    """
    # An attempt is committed also when it fails: else nobody would count it.
    privacy_request = _try(pk, typed, now)
    if privacy_request is None:
        raise CodeRefused("this code is wrong, used or expired")
    return privacy_request


@transaction.atomic
def _try(pk: int, typed: str, now: datetime) -> PrivacyRequest | None:
    privacy_request = locked(pk)
    code = live_code(privacy_request, now=now)
    if code is None or privacy_request.state not in OPEN_STATES:
        return None
    code.attempts += 1
    right = bytes(code.digest) == codes.posted_digest(privacy_request.reference, typed)
    if right:
        code.used_at, code.sealed_letter = now, None
    code.save(update_fields=["attempts", "used_at", "sealed_letter"])
    if right:
        note_proof(
            privacy_request,
            IdentityMethod.POSTED_CODE,
            [code.involvement],
            actor=audit.PERSON,
            now=now,
        )
    return privacy_request if right else None


@transaction.atomic
def empty_expired_letters(now: datetime, limit: int = 1_000) -> int:
    """Forget letters whose code no longer works, and what they opened; return of how many."""
    kept = Q(sealed_letter__isnull=False) | Q(access_digest__isnull=False)
    old = PostedCode.objects.select_for_update(skip_locked=True).filter(
        kept, used_at=None, expires_at__lte=now
    )
    pks = list(old.order_by("id").values_list("pk", flat=True)[:limit])
    PostedCode.objects.filter(pk__in=pks).update(sealed_letter=None, access_digest=None)
    return len(pks)
