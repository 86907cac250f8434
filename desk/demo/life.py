"""What colleagues did with the made-up agency: holds, restrictions, requests, a plan made."""

import random
from datetime import date, datetime, timedelta
from itertools import islice

from django.contrib.auth.models import User
from django.utils import timezone

from desk.demo.people import identity_of
from requests import services as requests
from requests.constants import Channel, DoubtReason, IdentityMethod, MatchState, Situation
from requests.decisions import deciding
from requests.decisions.lines import lines_of
from requests.figures import public as public_figures
from requests.models import PrivacyRequest
from requests.packs import making
from requests.report import answering
from retention import forecast, holds, planning
from retention import services as retention
from retention.constants import HoldReason
from retention.models import DestructionList
from retention.running import destroy_list
from subjects import first_contact
from subjects.constants import RestrictionGround
from subjects.models import Dossier, Involvement
from subjects.services import place_restriction

WORDS = (
    "Ik wil graag weten welke gegevens u van mij heeft en aan wie u ze gaf.",
    "Welke gegevens heeft u over mij, en van wie kreeg u die? Graag een kopie van alles.",
    "Ik kreeg een brief van u en snap niet hoe u aan mijn adres komt.",
    "Please send me a copy of all personal data that you hold about me.",
)
# Days since receipt, and how far each request came.
REQUESTS = (
    *((29, "begun"), (27, "known"), (33, "waiting"), (20, "matched"), (12, "known")),
    *((9, "answered"), (40, "answered"), (25, "answered"), (6, "begun"), (3, "new"), (1, "new")),
    (0, "new"),
)


def live(*, seed: int, subjects: int, now: datetime) -> None:
    """Hold, ask, answer and plan, as colleagues of the demo would have done by `now`."""
    today = timezone.localdate(now)
    officer = User.objects.get(username="privacy-officer").pk
    senior = User.objects.get(username="senior-officer").pk
    dice = random.Random(f"{seed}:colleagues")
    _hold_claims(officer, senior, today)
    _restrict(officer, today)
    for number, (days, state) in zip(
        dice.sample(range(subjects), min(len(REQUESTS), subjects)), REQUESTS, strict=False
    ):
        _ask(number, days, state, seed=seed, officer=officer, senior=senior, now=now)
    _destroy_as_promised(officer, senior, today)
    planning.plan(today)
    first_contact.look_again(today)
    forecast.count(now)
    public_figures.count(now)


def _hold_claims(officer: int, senior: int, today: date) -> None:
    """Hold one dossier in a hundred for a claim, among them some that would go today."""
    closed = Dossier.objects.filter(purpose="COL", delete_from__isnull=False)
    due = closed.filter(delete_from__lte=today).order_by("id").values_list("pk", flat=True)[:3]
    count = max(Dossier.objects.count() // 100 - 3, 1)
    later = closed.filter(delete_from__gt=today).order_by("-id").values_list("pk", flat=True)
    for pks in (list(due), list(later[:count])):
        if pks:
            held = holds.propose(
                holds.Proposal(
                    dossiers=pks,
                    purposes=["COL"],
                    reason=HoldReason.COURT,
                    words="Dagvaarding uitgebracht; de stukken zijn nodig voor de zitting.",
                    review_on=today + timedelta(days=90),
                ),
                actor_id=officer,
                today=today,
            )
            holds.approve(held.pk, actor_id=senior, today=today)
    for pk in later[count : count + 1]:
        holds.propose(
            holds.Proposal(
                dossiers=[pk],
                purposes=["COL"],
                reason=HoldReason.AGAINST_US,
                words="De debiteur heeft een vordering aangekondigd.",
                review_on=today + timedelta(days=60),
            ),
            actor_id=officer,
            today=today,
        )


def _restrict(officer: int, today: date) -> None:
    """Restrict a few open cases, on each of the grounds."""
    open_cases = Involvement.objects.filter(dossier__closed_on=None, dossier__purpose="COL")
    pks = open_cases.order_by("pk").values_list("pk", flat=True)[: 2 * len(RestrictionGround)]
    for pk, ground in zip(pks, 2 * list(RestrictionGround), strict=False):
        place_restriction(pk, ground, today=today, actor=f"user:{officer}")


def _ask(
    number: int, days: int, state: str, *, seed: int, officer: int, senior: int, now: datetime
) -> None:
    received = now - timedelta(days=days, minutes=number % 600)
    words = WORDS[number % len(WORDS)]
    identity = identity_of(number, seed)
    made = requests.submit(
        requests.Submission(
            received_at=received,
            situation=Situation.LETTER,
            identity=identity,
            words=words,
            channel=Channel.PORTAL,
            language="en" if words.startswith("Please") else "nl",
        )
    ).request
    if state == "new":
        return
    requests.propose_matches(made.pk, now=received + timedelta(minutes=1))
    requests.begin(made.pk, officer=officer)
    if state in ("matched", "known", "answered"):
        best = made.matches.order_by("-score").first()
        if best is not None:
            requests.confirm_match(best.pk, officer=officer, now=received + timedelta(days=1))
        for other in islice(made.matches.order_by("-score"), 1, None):
            requests.reject_match(other.pk, officer=officer, now=received + timedelta(days=1))
    if state == "waiting":
        requests.ask_identity(
            made.pk,
            officer=officer,
            now=received + timedelta(days=2),
            reasons=[DoubtReason.SEVERAL_MATCH],
            text="Er wonen twee mensen met uw naam in ons systeem. Wat is uw geboortedatum?",
            without_undue_delay=True,
        )
    if state in ("known", "answered"):
        requests.confirm_identity(
            made.pk,
            IdentityMethod.IN_PERSON,
            matches=list(
                made.matches.filter(state=MatchState.CONFIRMED).values_list("pk", flat=True)
            ),
            text="Kwam langs met de brief.",
            # Who says that they saw somebody is not who lets the data go.
            officer=senior,
            now=received + timedelta(days=1),
        )
    if state == "answered":
        _answer(made.pk, officer, received + timedelta(days=days // 2))


def _answer(pk: int, officer: int, at: datetime) -> None:
    asked = PrivacyRequest.objects.get(pk=pk)
    held = answering.held_for(asked)
    lines = lines_of(asked, held, today=timezone.localdate(at))
    choices = {line.key: line.current for line in lines if line.current}
    others = {line.key: line.current for line in lines if line.current and line.purpose != "AML"}
    if others != choices:
        # A money-laundering check is decided by a colleague who may see it.
        colleague = User.objects.get(username="aml-officer").pk
        deciding.decide(pk, choices, officer=colleague, now=at)
    deciding.decide_and_approve(pk, others, officer=officer, now=at)
    making.build_pack(pk, now=at)


def _destroy_as_promised(officer: int, senior: int, today: date) -> None:
    """Let the rules have run for the first time some weeks ago, approved by two people.

    But for marketing, whose first run waits for them still.
    """
    then = today - timedelta(days=21)
    planning.plan(then)
    waiting = DestructionList.objects.filter(status=DestructionList.Status.PLANNED)
    for planned in waiting.exclude(rule="MKT-36"):
        retention.prepare(planned.pk, actor_id=officer)
        retention.approve(planned.pk, actor_id=senior, today=then)
    yesterday = today - timedelta(days=1)
    runnable = DestructionList.objects.filter(
        status=DestructionList.Status.APPROVED, runs_from__lte=yesterday
    )
    for approved in runnable.order_by("pk"):
        destroy_list(approved.pk, today=yesterday)
