"""What somebody has typed so far, kept sealed for seven days; sending it makes the request."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from requests import codes, services
from requests.constants import (
    CODE_SHOWN_FOR,
    DRAFT_DAYS,
    MENTION_OF_WISH,
    MOST_FILES,
    RIGHTS_OF_WISH,
    SECOND_CLICK,
    Kind,
    Wish,
)
from requests.exceptions import NotAsShown
from requests.files.models import DraftFile
from requests.files.types import FileRefused, NewFile
from requests.identity.constants import AsksFor
from requests.identity.whom_form import representative_of
from requests.intake.recognise import recognise
from requests.limits import allowed_for
from requests.models import PortalDraft, PrivacyRequest
from requests.portal.questions import Answers, identity_of, words_of
from requests.portal.wishes import ASKED, chosen_wishes, wanted_in, wishes_in
from requests.services import Submission, Submitted
from vault import services as vault
from vault.constants import KeyKind
from vault.exceptions import KeyDestroyed

# Of one answer; what is longer is wrong on every screen.
LONGEST_KEPT = 100_000
# The screens from whose answers the wishes are proposed.
READ_FROM = ("situation", "words")


def start(*, language: str, now: datetime) -> PortalDraft:
    """Return a new, empty draft."""
    key = vault.create_key(KeyKind.REQUEST)
    draft = PortalDraft(key_id=key.id, language=language, started_at=now, kept_at=now)
    draft.sealed_content = key.seal({"answers": {}}, place=draft.content_place)
    with transaction.atomic():
        draft.save()
        vault.require_fresh([key])
    return draft


def find(reference: UUID, *, now: datetime) -> PortalDraft | None:
    """Return a draft that is not too old."""
    since = now - timedelta(days=DRAFT_DAYS)
    return PortalDraft.objects.filter(reference=reference, kept_at__gt=since).first()


def kept_until(draft: PortalDraft) -> date:
    """Return the last whole day on which a draft that is not sent is still there."""
    return timezone.localdate(draft.kept_at + timedelta(days=DRAFT_DAYS)) - timedelta(days=1)


def answers_of(draft: PortalDraft) -> dict[str, dict[str, str]]:
    """Return what was typed on each screen; nothing once it was sent."""
    return dict(content_of(draft).get("answers", {}))


@transaction.atomic
def keep(
    reference: UUID, slug: str, typed: dict[str, str], *, now: datetime, wanted: str = ""
) -> None:
    """Keep what was typed on one screen, right or wrong; a draft that was sent stays as it is.

    `wanted` is a wish that was chosen before the first question.
    """
    draft = PortalDraft.objects.select_for_update().get(reference=reference)
    if draft.request_id is None:
        answers = with_wanted(answers_of(draft) | {slug: typed}, wanted)
        if slug in READ_FROM and typed != answers_of(draft).get(slug):
            # Other words may ask other things: what we read in them is shown again.
            before = answers_of(draft)
            if "wishes" in before and set(chosen_wishes(before)) != set(wishes_in(before)):
                answers[ASKED] = {}
            answers.pop("wishes", None)
        write(draft, content_of(draft) | {"answers": answers})
        draft.kept_at = now
        draft.save(update_fields=["sealed_content", "kept_at"])


def with_wanted(answers: dict[str, dict[str, str]], wish: str) -> dict[str, dict[str, str]]:
    """Return the answers with one more wish; what was ticked before stays ticked."""
    if not wish:
        return answers
    wished = {"wanted": wanted_in(answers)}
    if "wishes" in answers:
        wished["wishes"] = chosen_wishes(answers)
    return answers | {
        slug: {"wishes": " ".join(dict.fromkeys([*before, wish]))}
        for slug, before in wished.items()
    }


@transaction.atomic
def add_file(reference: UUID, file: NewFile) -> None:
    """Keep a file with a draft that is not sent. Raises FileRefused when there are enough."""
    draft = PortalDraft.objects.select_for_update().get(reference=reference)
    if draft.request_id is not None:
        return
    if draft.files.count() >= MOST_FILES:
        raise FileRefused(_("You can send five files at most."))
    key = vault.open_key(draft.key_id)
    one = DraftFile(draft=draft, media_type=file.media_type, size=len(file.content))
    one.sealed_name = key.seal({"name": file.name}, place=one.name_place)
    one.sealed_content = key.seal_bytes(file.content, place=one.content_place)
    one.save()


def remove_file(draft: PortalDraft, reference: str) -> None:
    """Take a file away from a draft; what is no file of it is left alone."""
    try:
        draft.files.filter(reference=UUID(reference)).delete()
    except ValueError:
        return


def file_names(draft: PortalDraft) -> list[tuple[DraftFile, str]]:
    """Return the files of a draft with their names, without their content."""
    rows = list(draft.files.defer("sealed_content").order_by("id"))
    if not rows:
        return []
    key = vault.open_key(draft.key_id)
    return [(one, key.unseal(one.sealed_name, place=one.name_place)["name"]) for one in rows]


def files_of(draft: PortalDraft) -> list[NewFile]:
    """Return the files of a draft, unsealed."""
    key = vault.open_key(draft.key_id)
    return [
        NewFile(
            key.unseal(one.sealed_name, place=one.name_place)["name"],
            key.unseal_bytes(one.sealed_content, place=one.content_place),
            one.media_type,
        )
        for one in draft.files.order_by("id")
    ]


def close(draft: PortalDraft, request: PrivacyRequest | None, *, now: datetime) -> None:
    """Note in the caller's transaction that a draft was sent; what it held is elsewhere now."""
    draft.files.all().delete()
    draft.request, draft.sent_at = request, now
    # What was sent is not gone on with.
    draft.code_digest = draft.link_digest = None
    draft.save(
        update_fields=[
            "sealed_content",
            "request",
            "sent_at",
            "code_digest",
            "link_digest",
            "sent_digest",
        ]
    )


def secret_of_page(draft: PortalDraft) -> str:
    """Return a new secret for the page that shows a draft as it is in our hands: once, and that."""
    text = codes.new_link().text
    return f"{text}.{_shown(draft, text)}"


def _shown(draft: PortalDraft, text: str) -> str:
    """Return a keyed digest of all that the last page shows of a draft."""
    files = [str(one.reference) for one, _name in file_names(draft)]
    whole = json.dumps([answers_of(draft), files], sort_keys=True)
    return vault.digest("requests.shown", str(draft.reference), text, whole).hex()


@transaction.atomic
def send(reference: UUID, *, language: str, now: datetime, once: str) -> Submitted:
    """Make the request of a draft whose answers are all right; the second time return that one.

    `once` is the secret of the page it was sent from (`secret_of_page`, `sent_from`). Raises
    NotAsShown where that page showed other answers or files: what nobody saw is not sent.
    """
    draft = PortalDraft.objects.select_for_update().get(reference=reference)
    if draft.request is not None:
        return Submitted(draft.request, page_code_of(draft, now=now))
    text, _dot, shown = once.partition(".")
    if not compare_digest(shown.encode(), _shown(draft, text).encode()):
        raise NotAsShown("the answers were changed since this page was opened")
    submission = submission_of(answers_of(draft), language=language, now=now)
    # The request always arrives and the page always shows number and code; only the mail may not.
    tells = bool(submission.email) and allowed_for("first_mail", submission.email)
    submission = replace(submission, files=files_of(draft), tell_by_mail=tells)
    submitted = services.submit(submission)
    write(draft, {"page_code": submitted.page_code})
    draft.sent_digest = codes.link_digest(once)
    close(draft, submitted.request, now=now)
    return submitted


def sent_from(once: str, *, now: datetime) -> PortalDraft | None:
    """Return the draft that was sent just now from the page with this secret.

    Sending gives the browser another session. A second click may still come with the one before,
    and must find the number and the code, not an empty form.
    """
    if not once:
        return None
    return PortalDraft.objects.filter(
        sent_digest=codes.link_digest(once), sent_at__gt=now - SECOND_CLICK, request__isnull=False
    ).first()


@transaction.atomic
def hand_in(reference: UUID, submission: Submission, *, actor: str, now: datetime) -> Submitted:
    """Take in what an officer entered, with its files; the second time return that one."""
    draft = PortalDraft.objects.select_for_update().get(reference=reference)
    if draft.request is not None:
        return Submitted(draft.request, "", again=True)
    submitted = services.submit(replace(submission, files=files_of(draft)), actor=actor)
    write(draft, {})
    close(draft, submitted.request, now=now)
    return submitted


@transaction.atomic
def join(
    reference: UUID,
    joined: PrivacyRequest,
    submission: Submission,
    *,
    actor: str,
    now: datetime,
    shown: bool = False,
) -> PrivacyRequest:
    """Put what an officer entered, with its files, with a request that is there; once."""
    draft = PortalDraft.objects.select_for_update().get(reference=reference)
    if draft.request is not None:
        return draft.request
    services.join_letter(
        joined.pk,
        submission.words,
        received_at=submission.received_at,
        channel=submission.channel,
        actor=actor,
        now=now,
        files=files_of(draft),
        mentions=submission.mentions,
        shown=shown,
    )
    write(draft, {})
    close(draft, joined, now=now)
    return joined


def submission_of(answers: Answers, *, language: str, now: datetime) -> Submission:
    """Return what is asked: a request where any wish is one, else a complaint or a question."""
    wishes, words = chosen_wishes(answers), words_of(answers)
    rights = dict.fromkeys(right for one in wishes for right in RIGHTS_OF_WISH.get(one, ()))
    found = recognise(words)
    kind = Kind.REQUEST
    if not rights:
        kind = Kind.COMPLAINT if Wish.COMPLAINT in wishes else Kind.ENQUIRY
    said = [one for one in found.mentions if one not in MENTION_OF_WISH.values()]
    identity = identity_of(answers)
    return Submission(
        received_at=now,
        situation=answers["situation"]["situation"],
        identity=identity,
        asks_for=AsksFor(answers["whom"]["asks_for"]),
        representative=representative_of(
            answers["whom"]["asks_for"],
            answers.get("who", {}),
            (identity.get("emails") or [""])[0],
        ),
        words=words,
        kind=kind,
        rights=list(rights),
        mentions=[*(MENTION_OF_WISH[one] for one in wishes if one in MENTION_OF_WISH), *said],
        articles={right: found.article_of(right) for right in rights},
        language=language,
    )


def page_code_of(draft: PortalDraft, *, now: datetime) -> str:
    """Return the access code while it is still shown; empty after that."""
    if draft.sent_at is None or now - draft.sent_at > CODE_SHOWN_FOR:
        return ""
    return content_of(draft).get("page_code", "")


@transaction.atomic
def delete_old(now: datetime, limit: int = 1_000) -> int:
    """Delete drafts after seven days, and those sent once their code is no longer shown.

    Return how many went; call again while it is `limit`.
    """
    unsent = PortalDraft.objects.filter(kept_at__lte=now - timedelta(days=DRAFT_DAYS))
    sent = PortalDraft.objects.filter(sent_at__lte=now - CODE_SHOWN_FOR)
    ids = [*unsent.values_list("pk", flat=True)[:limit], *sent.values_list("pk", flat=True)[:limit]]
    gone = PortalDraft.objects.select_for_update(skip_locked=True).filter(pk__in=ids)
    rows = list(gone.values_list("pk", "key_id"))
    PortalDraft.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
    vault.destroy_keys_later([key_id for _, key_id in rows])
    return len(rows)


def content_of(draft: PortalDraft) -> dict[str, Any]:
    """Return what a draft holds: answers and the code that opens it, or what it was sent as."""
    try:
        key = vault.open_key(draft.key_id)
    except KeyDestroyed:
        return {}
    return key.unseal(draft.sealed_content, place=draft.content_place)


def write(draft: PortalDraft, content: dict[str, Any]) -> None:
    """Seal what a draft holds from now on; the caller saves it."""
    draft.sealed_content = vault.open_key(draft.key_id).seal(content, place=draft.content_place)
