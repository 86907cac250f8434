"""The names in the address of the queue: others link to them, so they stay."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

PAGE = 50
# More than this is not counted: nobody reads so far, and counting costs.
MOST_COUNTED = 1_000


class Show(models.TextChoices):
    """Which requests, by how they stand today."""

    OPEN = "open", _("To be answered")
    LATE = "late", _("Too late")
    TODAY = "today", _("Today")
    WEEK = "week", _("Within a week")
    WAITING = "waiting", _("Waiting for the person")
    QUESTIONS = "questions", _("Questions and complaints")
    APPROVED = "approved", _("Answer being made")
    ENDED = "ended", _("Answered or ended")
    ALL = "all", _("All")


class InTime(models.TextChoices):
    """Whether a request was answered by its last day, also where that was extended."""

    YES = "in-time", _("Answered in time")
    NO = "late", _("Answered too late")


class Order(models.TextChoices):
    """By what the queue is sorted; never by name, for names are sealed."""

    NUMBER = "number", _("Number")
    STATE = "state", _("How it stands")
    RECEIVED = "received", _("Received on")
    DUE = "due", _("Answer by")
    ASSIGNED = "assigned", _("In hand of")


COLUMN: dict[str, str] = {
    Order.NUMBER: "number",
    Order.STATE: "state_order",
    Order.RECEIVED: "received_at",
    Order.DUE: "due_on",
    Order.ASSIGNED: "assigned_to",
}
NULLABLE = (Order.DUE, Order.ASSIGNED)
ME, NOBODY = "me", "nobody"
# Who asks for one of these looks back: then the ended ones count too.
LOOKS_BACK = (
    *("received_from", "received_to", "answered_from", "answered_to", "extended", "refused"),
    *("answered", "outcome", "days_from", "days_to"),
)
MARKS: dict[str, Any] = {
    "warned": _("Warned of by mail"),
    "extended": _("The period was extended"),
    "refused": _("Not everything was given"),
    "second": _("Waits for a second person"),
    "send_on": _("Still to be sent on to a seller"),
}
