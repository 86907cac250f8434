"""The data of an answer as packs: made once, sealed, and made anew on demand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from alektum_privacy.reading import reading_once
from audit import services as audit
from policy import services as policy
from requests import services
from requests.belongings import belongings_of, gather
from requests.constants import Direction, Outcome, Right, State
from requests.exceptions import AnswerLacks, WrongState
from requests.letters.making import draft_answer, keep
from requests.letters.models import Renewal
from requests.models import Pack, PrivacyRequest
from requests.packs.content import Sealed, access_pack, portability_pack
from requests.packs.given import as_given, files_given, pieces_of
from requests.packs.taking import AT_A_TIME, GIVEN_STATES
from requests.redaction.redactions import gaps_of_redactions
from requests.report.answering import gaps_of_mandate, held_for, report_for
from requests.report.build import Report, words_of_left_out
from requests.report.completeness import Missing, missing
from requests.report.own_files import request_files
from requests.services.messages import mail_news, write
from requests.services.own_file import require_other_than
from requests.services.people.proof import mandate_lasts
from subjects.held import HeldInvolvement
from vault import services as vault

UNDER_WAY = Q(made_at=None, refused_at=None)
# Of who may be somebody else, nothing goes out but the letter.
OPENS_NOTHING = (Outcome.NOT_PROVEN, Outcome.UNIDENTIFIABLE, Outcome.DECEASED)


@dataclass(frozen=True)
class Built:
    """The newest pack, where data were asked for, and the mail that waits to tell of it."""

    pack: Pack | None
    mail_id: int | None = None


def build_pack(request_id: int, *, now: datetime) -> Built:
    """Make letter and packs of an approved request and answer with them.

    Safe to run twice, in parallel, and to be killed: until the one commit nothing is answered,
    and whoever comes later finds the answer that is there. Raises WrongState where nothing
    was approved, AnswerLacks where the law asks for more than the answer holds.
    """
    privacy_request = PrivacyRequest.objects.select_related("dossier").get(pk=request_id)
    if privacy_request.state in GIVEN_STATES:
        return Built(_pack_of(privacy_request))
    _require_approved(privacy_request)
    today = timezone.localdate(now)
    with reading_once():
        gather(privacy_request)
        held = held_for(privacy_request)
        draft = draft_answer(privacy_request, held, today=today, carried_out=True)
        files = request_files(privacy_request)
        report = _report(privacy_request, held, files, today)
        mandate = gaps_of_mandate(privacy_request, today)
        if gaps := [*draft.gaps, *_gaps(privacy_request, report), *mandate]:
            raise AnswerLacks(gaps)
        made = _packs(privacy_request, held, report, now)
    _keep_pieces(privacy_request, made, [*held, *files])
    with transaction.atomic():
        locked = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        if locked.state in GIVEN_STATES:
            return Built(_pack_of(locked))
        _require_approved(locked)
        keep(locked, draft, actor=audit.WORKER, now=now)
        _save(made, "pack.made", audit.WORKER)
        answered = services.answer(locked.pk, actor=audit.WORKER, now=now)
        vault.require_fresh([one.key for one in made])
        return Built(made[0].pack if made else None, answered)


def _keep_pieces(
    privacy_request: PrivacyRequest, made: Sequence[Sealed], given: Sequence[HeldInvolvement]
) -> None:
    key = vault.open_key(privacy_request.key_id)
    for one in made:
        one.pack.sealed_pieces = key.seal_bytes(pieces_of(given), place=one.pack.pieces_place)


def _report(
    privacy_request: PrivacyRequest,
    held: Sequence[HeldInvolvement],
    files: Sequence[HeldInvolvement],
    today: date,
    came_since: Mapping[str, int] | None = None,
) -> Report | None:
    """Return the report where data were asked for and somebody may see them."""
    decisions = belongings_of(privacy_request).decisions
    if not any(
        one.right.right == Right.ACCESS and one.outcome not in OPENS_NOTHING for one in decisions
    ):
        return None
    return report_for(
        privacy_request, today=today, held=held, files=files, came_since=came_since or {}
    )


def _gaps(privacy_request: PrivacyRequest, report: Report | None) -> list[Missing]:
    if report is None:
        return []
    return [*missing(report), *gaps_of_redactions(privacy_request)]


def _packs(
    privacy_request: PrivacyRequest,
    held: Sequence[HeldInvolvement],
    report: Report | None,
    now: datetime,
) -> list[Sealed]:
    access = access_pack(privacy_request, report, now=now) if report else None
    portable = portability_pack(privacy_request, held, now=now)
    return [one for one in (access, portable) if one]


def _save(made: Sequence[Sealed], event: str, actor: str) -> None:
    events = []
    for one in made:
        one.pack.save()
        facts: dict[str, audit.Fact] = {
            "pack": one.pack.reference,
            "kind": str(one.pack.kind),
            "digest": one.pack.digest.hex(),
        }
        about = f"request:{one.pack.request.reference}"
        events.append(audit.Event(event, about, actor, facts=facts | one.counts))
    if events:
        audit.append_many(events)


def waiting(limit: int = AT_A_TIME) -> list[int]:
    """Return requests that were approved and have no answer yet, the oldest first."""
    approved = PrivacyRequest.objects.filter(state=State.APPROVED).order_by("pk")
    return list(approved.values_list("pk", flat=True)[:limit])


def _pack_of(privacy_request: PrivacyRequest) -> Pack | None:
    return Pack.objects.filter(request=privacy_request).order_by("-pk").first()


def _require_approved(privacy_request: PrivacyRequest) -> None:
    if privacy_request.state != State.APPROVED:
        raise WrongState("a pack is made of an approved answer")


# --- making anew ---------------------------------------------------------------------------


@transaction.atomic
def ask_renewal(request_id: int, *, actor: str, now: datetime) -> int:
    """Note that a new copy of an answer is wanted; return what `renew` is called with.

    Asking again while one is being made gives the same one. Raises WrongState where there never
    was a pack, or one can still be taken, and OwnFile.
    """
    privacy_request = services.locked(request_id)
    require_other_than(privacy_request, actor)
    waits = Renewal.objects.filter(UNDER_WAY, request=privacy_request).first()
    if waits:
        return waits.pk
    if not may_renew(privacy_request, now=now):
        raise WrongState("there is an answer that can be taken, or none was given")
    renewal = Renewal.objects.create(request=privacy_request, actor=actor, asked_at=now)
    audit.append("pack.renewal_asked", object=f"request:{privacy_request.reference}", actor=actor)
    return renewal.pk


def may_renew(privacy_request: PrivacyRequest, *, now: datetime) -> bool:
    """Tell whether the data of an answer were given to who may have them, and expired."""
    packs = Pack.objects.filter(request=privacy_request)
    if privacy_request.state not in GIVEN_STATES or not _with_pieces(privacy_request).exists():
        return False
    if not mandate_lasts(privacy_request, timezone.localdate(now)):
        return False
    return not packs.filter(key_id__isnull=False, expires_at__gt=now).exists()


def renewals_waiting(limit: int = AT_A_TIME) -> list[int]:
    """Return renewals that nobody made or refused yet, the oldest first."""
    asked = Renewal.objects.filter(UNDER_WAY).order_by("pk")
    return list(asked.values_list("pk", flat=True)[:limit])


def renew(renewal_id: int, *, now: datetime) -> Built:
    """Make the packs of an answer anew: what they gave, as far as it is still held.

    What came or changed since is left out and counted: no colleague looked at it. Safe to run
    twice and in parallel. Refused for good where the mandate of who asked has ended meanwhile.
    Raises AnswerLacks where the copy would lack what the law asks for.

    Source: GDPR Article 15(4); `docs/decisions/new-copies.md`.
    """
    renewal = Renewal.objects.select_related("request__dossier").get(pk=renewal_id)
    privacy_request = renewal.request
    if renewal.made_at is not None:
        return Built(_pack_of(privacy_request))
    today = timezone.localdate(now)
    if renewal.refused_at is not None:
        return Built(None)
    if gaps_of_mandate(privacy_request, today):
        return _refuse(renewal, now)
    pieces = _given_pieces(privacy_request)
    with reading_once():
        gather(privacy_request)
        held, came_since = as_given(held_for(privacy_request), pieces)
        files = files_given(request_files(privacy_request), pieces)
        report = _report(privacy_request, held, files, today, came_since)
        if report and (lacks := missing(report)):
            raise AnswerLacks(lacks)
        made = _packs(privacy_request, held, report, now)
    with transaction.atomic():
        locked = services.locked(renewal.request_id)
        row = Renewal.objects.select_for_update().get(pk=renewal_id)
        if row.made_at is not None or row.refused_at is not None:
            return Built(_pack_of(privacy_request))
        row.made_at = now
        row.save(update_fields=["made_at"])
        _save(made, "pack.renewed", audit.WORKER)
        if came_since:
            _tell_left_out(locked, came_since, now)
        mail_id = mail_news(locked, now)
        vault.require_fresh([one.key for one in made])
        return Built(made[0].pack if made else None, mail_id)


def _refuse(renewal: Renewal, now: datetime) -> Built:
    """Note that no copy is made, for who asked may not have it any more; the page says why."""
    with transaction.atomic():
        privacy_request = services.locked(renewal.request_id)
        row = Renewal.objects.select_for_update().get(pk=renewal.pk)
        if row.made_at is not None or row.refused_at is not None:
            return Built(None)
        mandate = services.mandate_of(privacy_request)
        row.refused_at, row.mandate_ended_on = now, mandate.until if mandate else None
        row.save(update_fields=["refused_at", "mandate_ended_on"])
        place = f"request:{privacy_request.reference}"
        audit.append("pack.renewal_refused", object=place, actor=audit.WORKER)
        return Built(None, mail_news(privacy_request, now))


def _given_pieces(privacy_request: PrivacyRequest) -> bytes:
    """Return the digests of what the first answer gave."""
    first = _with_pieces(privacy_request).order_by("pk").first()
    if first is None or first.sealed_pieces is None:
        raise WrongState("what the answer gave is not known: a new request is needed")
    key = vault.open_key(privacy_request.key_id)
    return key.unseal_bytes(bytes(first.sealed_pieces), place=first.pieces_place)


def _with_pieces(privacy_request: PrivacyRequest) -> QuerySet[Pack]:
    packs = Pack.objects.filter(request=privacy_request, sealed_pieces__isnull=False)
    return packs.only("pk", "reference", "sealed_pieces")


def _tell_left_out(
    privacy_request: PrivacyRequest, came_since: Mapping[str, int], now: datetime
) -> None:
    """Say on the person's page what the new copy leaves out; it may have no report that does."""
    words = words_of_left_out(came_since, policy.current(), privacy_request.language)
    write(privacy_request, Direction.TO_PERSON, words, None, now)
