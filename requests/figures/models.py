"""What is counted of requests: dates and codes, nothing of anybody."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from requests.constants import Channel, Refused, Right


class AnswerFigure(models.Model):
    """What counts of one answer: written with it, never changed, and goes with its request.

    One narrow row, so that a page may count all answers of two years. The days are calendar days
    from receipt, those included in which we waited for the person.
    """

    request = models.OneToOneField(
        "requests.PrivacyRequest",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="figure",
    )
    received_on = models.DateField()
    answered_on = models.DateField()
    days = models.PositiveIntegerField()
    channel = models.CharField(max_length=10, choices=Channel.choices)
    rights = ArrayField(models.CharField(max_length=15, choices=Right.choices))
    is_late = models.BooleanField()
    is_extended = models.BooleanField()
    refused = models.CharField(max_length=6, choices=Refused.choices)

    class Meta:
        indexes = [
            # All that is asked of it, so that the table itself need not be read.
            models.Index(
                fields=["answered_on"],
                include=["days", "channel", "rights", "is_late", "is_extended", "refused"],
                name="answer_figure",
            )
        ]


class PublicFigure(models.Model):
    """What the ledger says of one quarter, or of a year (quarter 0), as anybody may know it.

    Counted anew every night by `figures.public`. Without right it is about all requests. Small
    counts stand here as they are; the page shows them only as "fewer than five".
    """

    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField(help_text="0 for the whole year")
    right = models.CharField(max_length=15, choices=Right.choices, blank=True)
    received = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0, help_text="Received then, and not answered")
    answered = models.PositiveIntegerField(default=0)
    median_days = models.PositiveIntegerField(null=True, blank=True)
    late = models.PositiveIntegerField(default=0)
    extended = models.PositiveIntegerField(default=0)
    partly = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    first_answer_on = models.DateField(null=True, blank=True)
    counted_at = models.DateTimeField()
    entries = models.PositiveBigIntegerField(help_text="How many the sealed ledger had then")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "quarter", "right"], name="figure_once"),
            models.CheckConstraint(condition=Q(quarter__lte=4), name="figure_of_a_quarter"),
        ]
