"""Choices about who asks, for whom, by what it is known, and when officers are warned."""

from datetime import timedelta
from enum import IntEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

POSTED_CODE_DAYS = 21
POSTED_ATTEMPTS = 5
# How long an ended request stays in a calendar as cancelled, so that every calendar hears of it.
CANCELLED_SHOWN_FOR = timedelta(days=60)


class Rung(IntEnum):
    """How sure a proof makes us of who asks; a higher one opens all that a lower one opens."""

    NONE = 0
    CONTACT = 1
    FILE = 2
    REACHED = 3
    SEEN = 4


class AsksFor(models.TextChoices):
    """For whom somebody asks, in plain words."""

    SELF = "self", _("For myself")
    OTHER = "other", _("For somebody else, whom I may represent")
    DECEASED = "deceased", _("About somebody who has died")


class MandateKind(models.TextChoices):
    """By what somebody may ask for another."""

    LAWYER = "lawyer", _("Lawyer")
    GUARDIAN = "guardian", _("Guardian (curator)")
    ADMINISTRATOR = "administrator", _("Protective administrator (bewindvoerder)")
    PARENT = "parent", _("Parent of a child under 16")
    BUDGET_COACH = "budget_coach", _("Budget coach or debt counsellor")
    OTHER = "other", _("Somebody else with a written power of attorney")


class AuthorityProof(models.TextChoices):
    """What was seen of the authority: the kind of document, never the document."""

    STATEMENT = "statement", _("Statement of a lawyer who is on the roll")
    COURT_ORDER = "court_order", _("Order of the court")
    REGISTER = "register", _("Public register of guardianship or administration")
    POWER = "power", _("Signed power of attorney")
    BIRTH = "birth", _("Register of births or of parental authority")


# What shows which mandate. A lawyer is believed on their word.
PROOFS: dict[str, tuple[AuthorityProof, ...]] = {
    MandateKind.LAWYER: (AuthorityProof.STATEMENT, AuthorityProof.POWER),
    MandateKind.GUARDIAN: (AuthorityProof.COURT_ORDER, AuthorityProof.REGISTER),
    MandateKind.ADMINISTRATOR: (AuthorityProof.COURT_ORDER, AuthorityProof.REGISTER),
    MandateKind.PARENT: (AuthorityProof.BIRTH, AuthorityProof.COURT_ORDER),
    MandateKind.BUDGET_COACH: (AuthorityProof.POWER,),
    MandateKind.OTHER: (AuthorityProof.POWER,),
}


class WarningKind(models.TextChoices):
    """When officers are warned of a due date (legal requirements, section 2.7)."""

    HALF = "half", _("Half of the time has gone")
    THREE_QUARTERS = "quarters", _("Three quarters of the time have gone")
    THREE_DAYS = "three_days", _("At most three working days are left")
    LAST_DAY = "last_day", _("This is the last day")
