"""Choices of a personal data breach."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

HOURS_TO_TELL = timedelta(hours=72)


class Kind(models.TextChoices):
    WRONG_PERSON = "wrong_person", _("Something was sent or shown to the wrong person")
    SEEN = "seen", _("Somebody saw or took what was not theirs")
    LOST = "lost", _("Data were lost or destroyed by mistake")
    CHANGED = "changed", _("Data were changed by mistake or on purpose")
    UNAVAILABLE = "unavailable", _("Data could not be reached")
    OTHER = "other", _("Something else")


class Risk(models.TextChoices):
    """For the people whose data they are; decides who must be told (GDPR Articles 33 and 34)."""

    UNLIKELY = "unlikely", _("A risk is unlikely")
    RISK = "risk", _("There is a risk")
    HIGH = "high", _("The risk is high")


class NotTelling(models.TextChoices):
    """The only grounds not to tell people of a high risk (GDPR Article 34(3))."""

    UNREADABLE = "unreadable", _("The data were unreadable to whoever got them (34(3)(a))")
    AVERTED = "averted", _("The high risk was averted afterwards (34(3)(b))")
    PUBLIC = "public", _("It would take too much effort: it is made public instead (34(3)(c))")
