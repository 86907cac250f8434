"""What colleagues did with the made-up agency: holds, restrictions, requests, a plan made."""

import random
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from desk.demo.asked import ask_all
from desk.demo.former import publish_former
from requests.figures import public as public_figures
from requests.mail import statement
from retention import forecast, holds, planning
from retention import services as retention
from retention.constants import HoldReason
from retention.models import DestructionList
from retention.running import destroy_list
from subjects import first_contact
from subjects.constants import RestrictionGround
from subjects.models import Dossier, Involvement
from subjects.services import place_restriction


def live(*, seed: int, subjects: int, now: datetime) -> None:
    """Hold, ask, answer and plan, as colleagues of the demo would have done by `now`."""
    today = timezone.localdate(now)
    officer = User.objects.get(username="privacy-officer").pk
    senior = User.objects.get(username="senior-officer").pk
    dice = random.Random(f"{seed}:colleagues")
    _hold_claims(officer, senior, today)
    _restrict(officer, today)
    ask_all(dice, seed=seed, subjects=subjects, now=now)
    _destroy_as_promised(officer, senior, today)
    publish_former(today=today)
    statement.tend(now=now, most=subjects)
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
