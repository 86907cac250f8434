"""What takes effect the same day, before anybody decides.

No marketing, consent withdrawn, and what a computer decided suspended until a person looked.

Consent as soon as it is sure enough whose data these are. Marketing as soon as a colleague said
who is meant, and to the addresses given on receipt: that needs no proof, and nothing may delay it.
A measure waits from the same word on (`suspending`): that harms nobody and can be undone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audit import services as audit
from requests.constants import (
    AT_ONCE,
    OPEN,
    UNANSWERED,
    EffectKind,
    EffectState,
    IdentityResult,
    MatchState,
    Part,
    Right,
)
from requests.models import Effect, IdentityCheck, PrivacyRequest, RequestedRight, SubjectMatch
from requests.services.changing import body_of, email_of, locked, note
from requests.services.people.proof import proven_rungs
from requests.services.rights.suspending import suspend_at_once
from subjects import rights
from subjects import services as subjects
from subjects.models import Consent, Involvement, Record
from vault.exceptions import KeyDestroyed

MKT = "MKT"
SAME_DAY = (*AT_ONCE, Right.REVIEW)
# Purposes with a relation behind them: the addresses are shut for marketing, the file stays.
RELATIONS = frozenset(["CLI", "CRD"])
EMAIL_EQUAL = "email:equal"
NAMES = ("last_name", "first_name", "initials", "birth_date")
DIFFERS = [f"{name}:differs" for name in NAMES]


@transaction.atomic
def carry_out_at_once(pk: int, *, now: datetime) -> int:
    """Carry out what needs nobody's approval, for whom it is sure enough; return how much.

    Safe to run twice and in parallel: what was done is not done again.

    Source: GDPR Articles 7(3), 12(2), 17(1)(b), 21(2) and 21(3); legal requirements, 1.10.
    """
    privacy_request = locked(pk)
    if privacy_request.state not in OPEN:
        return 0
    asked = {
        row.right: row
        for row in RequestedRight.objects.filter(request=privacy_request, right__in=SAME_DAY)
    }
    if not asked:
        return 0
    done = 0
    sure = sure_involvements(privacy_request)
    meant = [*sure, *_confirmed(privacy_request, sure)]
    if Right.REVIEW in asked:
        done += suspend_at_once(privacy_request, meant, now=now)
    if Right.MARKETING in asked:
        proven = {one.pk for one in sure}
        done += _end_marketing(privacy_request, asked[Right.MARKETING], meant, proven, now)
    if Right.CONSENT in asked:
        done += _withdraw(privacy_request, asked[Right.CONSENT], sure, now)
    return done


def asks_at_once(*, limit: int) -> list[int]:
    """Return open requests that ask what takes effect the same day and have none, newest first.

    What was done for a person is not done again; who is found later is looked at when found.
    """
    done = Effect.objects.filter(request=OuterRef("pk"), right__right__in=SAME_DAY)
    found = PrivacyRequest.objects.open().filter(~Exists(done), rights__right__in=SAME_DAY)
    return list(found.order_by("-pk").distinct().values_list("pk", flat=True)[:limit])


def sure_involvements(privacy_request: PrivacyRequest) -> list[Involvement]:
    """Return the parts in dossiers of whom it is sure enough that they ask.

    Confirmed by a colleague while it is proven that this person asks; or the e-mail address that
    a code proved is the one on file, and nothing on file speaks against it.
    """
    last = IdentityCheck.objects.filter(request=privacy_request).order_by("-id").first()
    proven = last is not None and last.result == IdentityResult.PROVEN
    people = proven_rungs(privacy_request) if proven else {}
    by_email = privacy_request.email_verified_at is not None
    references = [
        match.subject_reference
        for match in privacy_request.matches.exclude(
            state__in=(MatchState.REJECTED, MatchState.DECEASED)
        )
        if (match.state == MatchState.CONFIRMED and match.subject_reference in people)
        or (by_email and has_address(match))
    ]
    if not references:
        return []
    found = Involvement.objects.filter(subject__reference__in=references)
    return list(found.select_related("dossier").order_by("pk"))


def _confirmed(privacy_request: PrivacyRequest, sure: Sequence[Involvement]) -> list[Involvement]:
    """Return the other parts in dossiers of whom a colleague said that they are meant.

    Enough to end marketing, which needs no proof, and to suspend a measure: whoever else would do
    that does the person no harm. It is told to who asks only once it is sure (`Effect.sure_at`).

    Source: GDPR Article 21(3); recital 64 asks to identify for access, not for this.
    """
    confirmed = privacy_request.matches.filter(state=MatchState.CONFIRMED)
    found = Involvement.objects.filter(subject__reference__in=confirmed.values("subject_reference"))
    found = found.exclude(pk__in=[one.pk for one in sure])
    return list(found.select_related("dossier").order_by("pk"))


def shut_what_was_given(privacy_request: PrivacyRequest, *, now: datetime) -> None:
    """Shut for marketing, on receipt, the addresses and numbers in a request to stop it.

    Nobody has to be found or proven for it, and nobody is told whether we have them.
    """
    identity, today = body_of(privacy_request)["identity"], timezone.localdate(now)
    if shut := rights.shut_given(identity, MKT, today=today, actor=audit.PERSON):
        note(privacy_request, "request.addresses_shut", audit.PERSON, addresses=shut)


def must_stop_today(visible: QuerySet[PrivacyRequest]) -> QuerySet[PrivacyRequest]:
    """Return open requests to stop marketing in which nobody said yet who is meant.

    The use ends with that word, so it is for today, whatever the day of the answer. Of whom the
    proven address is on file it ended without a word.
    """
    asked = RequestedRight.objects.filter(request=OuterRef("pk"), right=Right.MARKETING)
    by_address = Q(request__email_verified_at__isnull=False, evidence__contains=[EMAIL_EQUAL])
    by_address &= ~Q(evidence__overlap=DIFFERS)
    proposed = SubjectMatch.objects.filter(request=OuterRef("pk"), state=MatchState.PROPOSED)
    proposed = proposed.exclude(by_address)
    return visible.filter(Exists(asked), Exists(proposed), state__in=UNANSWERED)


def has_address(match: SubjectMatch) -> bool:
    """Tell whether the address of the request is on file there, and nothing speaks against it."""
    return EMAIL_EQUAL in match.evidence and not set(DIFFERS) & set(match.evidence)


def _end_marketing(
    privacy_request: PrivacyRequest,
    right: RequestedRight,
    meant: Sequence[Involvement],
    proven: Collection[int],
    now: datetime,
) -> int:
    done, today = 0, timezone.localdate(now)
    email = email_of(privacy_request)
    if (
        email
        and privacy_request.email_verified_at
        and _begin(privacy_request, right, EffectKind.SUPPRESS, None, now)
    ):
        rights.shut_given({"emails": [email]}, MKT, today=today, actor=audit.PERSON)
        done += 1
    for involvement in meant:
        purpose, sure = involvement.dossier.purpose_id, involvement.pk in proven
        if purpose == MKT:
            if _begin(privacy_request, right, EffectKind.UNSUBSCRIBE, involvement, now, sure=sure):
                subjects.unsubscribe(
                    involvement.pk, now=now, actor=audit.PERSON, case=privacy_request.reference
                )
                done += 1
        elif purpose in RELATIONS and _begin(
            privacy_request, right, EffectKind.SUPPRESS, involvement, now, sure=sure
        ):
            case = privacy_request.reference
            rights.shut_addresses(involvement.pk, MKT, now=now, actor=audit.PERSON, case=case)
            done += 1
    if proven:
        rights.shut_homes(
            body_of(privacy_request)["identity"], MKT, today=today, actor=audit.PERSON
        )
    return done


def stopped_before(*, after: int, limit: int) -> list[int]:
    """Return requests by which somebody known stopped marketing, by key after another."""
    done = Effect.objects.filter(
        request=OuterRef("pk"),
        right__right=Right.MARKETING,
        involvement_reference__isnull=False,
        sure_at__isnull=False,
    )
    found = PrivacyRequest.objects.filter(Exists(done), pk__gt=after).order_by("pk")
    return list(found.values_list("pk", flat=True)[:limit])


@transaction.atomic
def remember_home(pk: int, *, now: datetime) -> int:
    """Keep the name at the address that a request gives, of who stopped marketing by it.

    What was erased before such marks were kept is gone; the request says who asked. Return how
    many marks are new; safe to run twice.
    """
    privacy_request = locked(pk)
    try:
        identity = body_of(privacy_request)["identity"]
    except KeyDestroyed:
        return 0
    return rights.shut_homes(identity, MKT, today=timezone.localdate(now), actor=audit.WORKER)


def _withdraw(
    privacy_request: PrivacyRequest,
    right: RequestedRight,
    sure: Sequence[Involvement],
    now: datetime,
) -> int:
    consents = Consent.objects.filter(involvement__in=sure, withdrawn_on=None).order_by("pk")
    of_involvement: dict[int, list[int]] = {}
    for involvement_id, pk in consents.values_list("involvement_id", "pk"):
        of_involvement.setdefault(involvement_id, []).append(pk)
    special = set(
        Record.objects.filter(is_special=True, consent__in=consents).values_list(
            "involvement_id", flat=True
        )
    )
    done = 0
    for involvement in sure:
        given = of_involvement.get(involvement.pk, [])
        part = Part.SPECIAL if involvement.pk in special else Part.WHOLE
        if not given or not _begin(
            privacy_request, right, EffectKind.WITHDRAW, involvement, now, part=part
        ):
            continue
        for consent in given:
            subjects.withdraw_consent(
                consent, now=now, actor=audit.PERSON, case=privacy_request.reference
            )
        done += 1
    return done


def _begin(
    privacy_request: PrivacyRequest,
    right: RequestedRight,
    kind: EffectKind,
    involvement: Involvement | None,
    now: datetime,
    *,
    part: Part = Part.WHOLE,
    sure: bool = True,
) -> bool:
    """Note an effect as carried out, in the transaction that does; False where it was before.

    `sure` tells that it is known who asks: what is done without is told once that is known.
    """
    effect, new = Effect.objects.get_or_create(
        request=privacy_request,
        right=right,
        kind=kind,
        part=part,
        dossier_reference=involvement.dossier.reference if involvement else None,
        involvement_reference=involvement.reference if involvement else None,
        defaults={
            "state": EffectState.DONE,
            "carried_out_at": now,
            "sure_at": now if sure else None,
        },
    )
    if sure and effect.sure_at is None:
        effect.sure_at = now
        effect.save(update_fields=["sure_at"])
    if new:
        note(
            privacy_request,
            "request.carried_out",
            audit.PERSON,
            right=right.right,
            kind=str(kind),
            involvement=involvement.reference if involvement else None,
        )
    return new
