"""Decision, approval, answer and end."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from audit import services as audit
from requests.belongings import belongings_of
from requests.constants import (
    EXCESSIVE,
    FOUR_EYES,
    GIVEN,
    TRANSITIONS,
    Direction,
    IdentityResult,
    Kind,
    MatchState,
    Outcome,
    Right,
    State,
)
from requests.exceptions import (
    Incomplete,
    SecondPersonNeeded,
    WrongState,
)
from requests.models import (
    Decision,
    PrivacyRequest,
    Rectification,
    RequestedRight,
)
from requests.report.withheld import without_withheld
from requests.services.attachments import kept_copies
from requests.services.changing import locked, move, note, require, save, write_end
from requests.services.counting import count_answer
from requests.services.messages import keep_note, mail_news, write
from requests.services.own_file import require_other, require_other_than
from requests.services.people.matching import confirmed_involvements, let_go
from requests.services.people.proof import proven_rungs, require_mandate, require_proven, unproven
from requests.services.rights.carrying_out import carry_out
from requests.services.rights.suspending import end_all, refused_in
from requests.services.sellers import stop_unsent
from subjects.models import Dossier, Involvement
from subjects.services import person_view
from vault import services as vault

RTS = "RTS"
# Of a person's identity: to change it needs two people where only a word proves who asks.
PROVES_LATER = frozenset({"addresses", "emails", "phones", "birth_date"})
# What says enough by itself.
WITHOUT_REASON = (Outcome.GRANTED, Outcome.NOTHING_FOUND, Outcome.NOT_APPLICABLE)


@transaction.atomic
def decide(
    pk: int,
    right: Right,
    *,
    dossier: Dossier | None,
    outcome: Outcome,
    reason: str,
    officer: int,
    now: datetime,
    article: str = "",
    part: str = "",
    ground: str = "",
    grounds: str = "",
    data: Sequence[str] = (),
    needs_second: bool = False,
    version: int | None = None,
) -> Decision:
    """Decide one right for one dossier (or, without dossier, for all); a later one replaces it.

    `part` is a part of the dossier that the matrix tells apart, `ground` that of a restriction.
    `reason` is for the person; `grounds` are for the file: what was weighed, or what shows an
    abuse. Raises WrongState when the request is not being handled, OwnFile, and Incomplete
    without a reason where not everything is granted.

    Source: GDPR Articles 12(4) and 12(5); Court of Justice, C-416/23 and C-526/24.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    require_other(privacy_request, officer)
    if outcome not in WITHOUT_REASON and not reason.strip():
        raise Incomplete("what is not granted needs a reason")
    asked = privacy_request.rights.get(right=right)
    reference = dossier.reference if dossier else None
    article = article or asked.article
    if article == EXCESSIVE and not grounds.strip():
        raise Incomplete("an abuse needs what shows the intention: their number alone does not")
    decision = _standing(asked, reference, part)
    decision.purpose = dossier.purpose_id if dossier else ""
    decision.outcome, decision.article, decision.ground = outcome, article, ground
    decision.data_categories = list(data)
    decision.needs_second = needs_second or by_two(right, outcome)
    decision.decided_by, decision.decided_at = officer, now
    key = vault.open_key(privacy_request.key_id)
    decision.sealed_reason = key.seal(
        {"text": reason, "grounds": grounds}, place=decision.reason_place
    )
    decision.save()
    save(privacy_request)
    note(
        privacy_request,
        "request.decided",
        f"user:{officer}",
        right=str(right),
        outcome=str(outcome),
        dossier=reference,
        part=part,
        article=article_fact(decision.article),
    )
    return decision


def _standing(asked: RequestedRight, reference: UUID | None, part: str) -> Decision:
    about = {"right": asked, "dossier_reference": reference, "part": part}
    return Decision.objects.filter(**about).first() or Decision(request=asked.request, **about)


def by_two(right: str, outcome: str) -> bool:
    """What is refused, and what cannot be undone, is for two people (design, decision 4)."""
    return outcome in FOUR_EYES or (right == Right.ERASURE and outcome in GIVEN)


def article_fact(article: str) -> str:
    """Write an article as a code that the ledger takes: it has no spaces."""
    return article.replace(" ", "_")


def reason_of(decision: Decision) -> str:
    """Return the words of a decision's reason, for the person."""
    key = vault.open_key(decision.request.key_id)
    return key.unseal(decision.sealed_reason, place=decision.reason_place)["text"]


@transaction.atomic
def approve(pk: int, *, officer: int, now: datetime, version: int | None = None) -> PrivacyRequest:
    """Approve the decisions and carry them out; the answer may be made.

    Raises Incomplete while a match is undecided, a right has no decision for a dossier, or a
    review waits; NotProven where who asks is not proven for what would open, NoMandate where who
    asks for another may not; SecondPersonNeeded where one person would do all that needs two;
    OwnFile; and CannotBeDone where the registry does not allow it.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    require_other(privacy_request, officer)
    _require_complete(privacy_request)
    require_mandate(privacy_request, timezone.localdate(now))
    _require_two(privacy_request, officer)
    # What is refused waits no more; what is granted was reviewed, or this would not go on.
    end_all(privacy_request, actor=f"user:{officer}", now=now)
    privacy_request.decisions.update(approved_by=officer, approved_at=now)
    privacy_request.approved_by = officer
    carry_out(privacy_request, officer=officer, now=now)
    move(privacy_request, State.APPROVED)
    note(
        privacy_request,
        "request.approved",
        f"user:{officer}",
        **_late_refusal(privacy_request, now),
    )
    return privacy_request


def _require_two(privacy_request: PrivacyRequest, officer: int) -> None:
    """One person alone neither refuses, nor erases, nor takes a request from entry to answer.

    Nor says who asks and lets data go to them: whoever sends a request by this site leaves no
    colleague's name, and may be the one who then says that they know who it is.
    """
    if privacy_request.decisions.filter(needs_second=True, decided_by=officer).exists():
        raise SecondPersonNeeded("who decided this may not approve it")
    corrections = belongings_of(privacy_request).corrections
    leads = leads_to_data(_given(privacy_request), corrections)
    if leads and proved_alone(privacy_request, officer):
        raise SecondPersonNeeded("who alone noted who asks may not approve it too")
    if entered_and_proved(privacy_request, officer):
        raise SecondPersonNeeded("who entered it and noted who asks may not approve it too")


def proved_alone(privacy_request: PrivacyRequest, officer: int) -> bool:
    """Tell whether what would be opened rests on the word of this colleague alone."""
    return bool(unproven(privacy_request, proven_rungs(privacy_request, without=officer)))


def entered_and_proved(privacy_request: PrivacyRequest, officer: int) -> bool:
    """Tell whether this colleague entered it, and noted who asks or made the letter with the code.

    Who makes a letter can read its code, and who enters a request has the key to its page.
    """
    if privacy_request.entered_by != officer:
        return False
    belongings = belongings_of(privacy_request)
    checks = (one for one in belongings.checks if one.result == IdentityResult.PROVEN)
    codes = (one for one in belongings.posted_codes if one.used_at is not None)
    return officer in {*(one.officer for one in checks), *(one.officer for one in codes)}


def leads_to_data(given: Collection[str], corrections: Iterable[Rectification]) -> bool:
    """Tell whether data of somebody leave the house with what is given, or find the way later.

    By where a file reaches a person, and when they were born, they prove who they are the next
    time: who may change that alone, reads the rest as that person.
    """
    if {Right.ACCESS, Right.PORTABILITY} & set(given):
        return True
    return Right.RECTIFICATION in given and any(
        one.record_digest is None and one.field in PROVES_LATER for one in corrections
    )


def _given(privacy_request: PrivacyRequest) -> list[str]:
    decided = privacy_request.decisions.filter(outcome__in=GIVEN)
    return list(decided.values_list("right__right", flat=True))


def _late_refusal(privacy_request: PrivacyRequest, now: datetime) -> dict[str, Any]:
    """Return, for the ledger, that a refusal comes after its day; it is told all the same.

    Source: GDPR Article 12(4).
    """
    limit = privacy_request.refusal_due_on
    refuses = privacy_request.decisions.filter(outcome__in=FOUR_EYES).exists()
    late = refuses and limit is not None and timezone.localdate(now) > limit
    return {"refusal_was_due_on": limit} if late else {}


def _require_complete(privacy_request: PrivacyRequest) -> None:
    if privacy_request.kind != Kind.REQUEST:
        raise WrongState("a question is answered by a message")
    if not privacy_request.rights.exists():
        raise Incomplete("no right was chosen")
    matches = privacy_request.matches.all()
    if matches.filter(state=MatchState.PROPOSED).exists():
        raise Incomplete("a proposed match was neither confirmed nor rejected")
    require_proven(privacy_request)
    _require_reviewed(privacy_request)
    _require_decisions(privacy_request)
    if kept_copies(privacy_request):
        raise Incomplete("a copy of an identity document is still here: destroy it first")


def _require_reviewed(privacy_request: PrivacyRequest) -> None:
    """Raise Incomplete while a decision of a computer waits for a person in what is answered."""
    waiting = privacy_request.reviews.filter(reviewed_at=None)
    if not waiting.exists():
        return
    answered = Involvement.objects.filter(pk__in=confirmed_involvements(privacy_request))
    waiting = waiting.filter(involvement_reference__in=answered.values("reference"))
    refused = refused_in(privacy_request.decisions.select_related("right"))
    if any(one.dossier_reference not in refused for one in waiting):
        raise Incomplete("a decision of a computer waits for a person to look again")


def _require_decisions(privacy_request: PrivacyRequest) -> None:
    decided = set(privacy_request.decisions.values_list("right__right", "dossier_reference"))
    told: set[UUID] | None = None
    for right in privacy_request.rights.values_list("right", flat=True):
        covered = {dossier for one, dossier in decided if one == right}
        if not covered:
            raise Incomplete("a right has no decision")
        if None in covered or not set(_dossiers_of(privacy_request)) - covered:
            continue
        told = _told(privacy_request) if told is None else told
        if told - covered:
            raise Incomplete("a right has no decision for one of the dossiers")


def _told(privacy_request: PrivacyRequest) -> set[UUID]:
    """Return the dossiers of which may be told at all: others have no decision (Wwft 23)."""
    held = person_view(involvement_ids=confirmed_involvements(privacy_request))
    return {view.dossier.reference for view in without_withheld(held)}


def _dossiers_of(privacy_request: PrivacyRequest) -> list[UUID]:
    dossiers = Dossier.objects.filter(involvements__in=confirmed_involvements(privacy_request))
    return list(dossiers.distinct().values_list("reference", flat=True))


@transaction.atomic
def answer(pk: int, *, actor: str, now: datetime) -> int | None:
    """Note that the answer is on the person's page, and let go what was held for it.

    Return the mail to send, if any. Raises WrongState when it was not approved.
    """
    privacy_request = locked(pk)
    require(privacy_request, State.APPROVED)
    privacy_request.answered_at = now
    move(privacy_request, State.ANSWERED)
    let_go(list(privacy_request.matches.all()), timezone.localdate(now), actor)
    codes = count_answer(privacy_request, now)
    note(privacy_request, "request.answered", actor, due_on=privacy_request.due_on, **codes)
    return mail_news(privacy_request, now)


@transaction.atomic
def close(pk: int, *, actor: str, now: datetime, version: int | None = None) -> PrivacyRequest:
    """Close an answered request; its own file goes 60 months later (RTS-60). Raises OwnFile."""
    privacy_request = locked(pk, version)
    require_other_than(privacy_request, actor)
    require(privacy_request, State.ANSWERED)
    end(privacy_request, State.CLOSED, timezone.localdate(now))
    note(privacy_request, "request.closed", actor)
    return privacy_request


def may_withdraw(privacy_request: PrivacyRequest) -> bool:
    """Tell whether the person may still take the request back."""
    return State.WITHDRAWN in TRANSITIONS[privacy_request.state]


@transaction.atomic
def withdraw(
    pk: int, *, actor: str, now: datetime, version: int | None = None, text: str = ""
) -> int | None:
    """End a request that the person takes back; nothing of it is carried out.

    `text`, how the person told it, is kept sealed among the messages. Where a colleague says that
    the person did, the person hears of it: return that mail, if any. Raises OwnFile.
    """
    privacy_request = locked(pk, version)
    require_other_than(privacy_request, actor)
    require(privacy_request, State.RECEIVED, State.WAITING, State.HANDLING)
    today = timezone.localdate(now)
    let_go(list(privacy_request.matches.all()), today, actor)
    end_all(privacy_request, actor=actor, now=now)
    stop_unsent(privacy_request, actor=actor, now=now)
    end(privacy_request, State.WITHDRAWN, today)
    if text.strip():
        keep_note(privacy_request, text, now)
    note(privacy_request, "request.withdrawn", actor)
    if actor == audit.PERSON:
        return None
    with translation.override(privacy_request.language):
        words = _("We noted that you took your request back. Did you not? Then make it again.")
    write(privacy_request, Direction.TO_PERSON, words, None, now)
    return mail_news(privacy_request, now)


def end(privacy_request: PrivacyRequest, state: State, today: date) -> None:
    privacy_request.ended_on = today
    move(privacy_request, state)
    dossier = Dossier.objects.select_for_update().get(pk=privacy_request.dossier_id)
    dossier.request_closed_on = today
    write_end(dossier)
