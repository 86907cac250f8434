"""Kinds of lists, who must agree to each, and how long people have to think."""

from django.db import models
from django.utils.translation import gettext_lazy as _

AHEAD_DAYS = 14
ABORT_DAYS = 7
# A hold that nobody approves protects so long; one in force is looked at again within these months.
PROPOSAL_DAYS = 14
REVIEW_MONTHS = 6


class ListKind(models.TextChoices):
    """Why a list was made; decides who must agree and from when it may run."""

    SCHEDULED = "scheduled", _("Scheduled")
    LATE = "late", _("Scheduled at short notice")
    OVERDUE = "overdue", _("Overdue when it arrived")
    RELEASED = "released", _("Period over, hold or restriction ended")
    GRANTED = "granted", _("Erasure granted")
    SAME_DAY = "same_day", _("Unsubscribed, objected or consent withdrawn")


# What follows from its date alone. The others were decided by a person, or are a right that
# takes effect at once.
BY_DATE = (ListKind.SCHEDULED, ListKind.LATE, ListKind.OVERDUE)
AT_ONCE = (ListKind.RELEASED, ListKind.GRANTED, ListKind.SAME_DAY)


class AbortReason(models.TextChoices):
    """Codes: the ledger carries no free text."""

    WRONG_ANCHOR = "wrong_anchor", _("A date is wrong")
    WRONG_RULE = "wrong_rule", _("The rule or its period is wrong")
    HOLD_NEEDED = "hold_needed", _("A legal hold must be placed first")
    WRONG_DATA = "wrong_data", _("Data came in that should not have")


class StopReason(models.TextChoices):
    """Codes: the ledger carries no free text."""

    WRONG_DATA = "wrong_data", _("Data may be wrong, or came in that should not have")
    WRONG_RULE = "wrong_rule", _("A rule or its period may be wrong")
    CLAIM = "claim", _("A claim or an investigation: holds must be placed first")
    RESTORE = "restore", _("The database is being restored or moved")
    OTHER = "other", _("Something else; a colleague can tell")


class HoldReason(models.TextChoices):
    """Why data are needed for a claim: a code for the ledger, beside the words."""

    COURT = "court", _("A case is or will be before the court")
    AGAINST_US = "against_us", _("A claim is made against us or our client")
    ENFORCE = "enforce", _("A judgment is being enforced")
    AUTHORITY = "authority", _("An authority investigates or has asked to keep it")
