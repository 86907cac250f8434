"""What another rule would do to the dates, counted before it is published. No data of people."""

import uuid
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# A result tells of the data of its day; who wants to know later tries again.
KEPT_DAYS = 30


class Outcome(models.TextChoices):
    """What becomes of a dossier under the rules that are tried."""

    AT_ONCE = "at_once", _("Would go at once")
    EARLIER = "earlier", _("Would go earlier")
    LATER = "later", _("Would go later")
    DATED = "dated", _("Would get a day, and has none")
    UNDATED = "undated", _("Would have no day any more")
    SAME = "same", _("Would stay as it is")


class Simulation(models.Model):
    """Rules that somebody tries on the data there are: how far the counting is.

    `changes` is what is tried, such as {"COL-60": {"months": 48}}, on the rules of `version`;
    `draft` the version it was taken from, if any. `today` is the day it is reckoned on.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.CharField(max_length=40)
    draft = models.CharField(max_length=40, blank=True, default="")
    changes = models.JSONField()
    purposes = ArrayField(models.CharField(max_length=40))
    today = models.DateField()
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField(auto_now_add=True)
    after = models.BigIntegerField(default=0, help_text=_("Key of the last dossier looked at"))
    last = models.BigIntegerField(help_text=_("Key of the last dossier when it began"))
    looked_at = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="simulation_open",
                condition=Q(finished_at__isnull=True, cancelled_at__isnull=True),
            )
        ]

    @property
    def is_open(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None

    @property
    def per_cent(self) -> int:
        if self.finished_at or not self.last:
            return 100
        return min(99, 100 * self.after // self.last)

    @property
    def minutes_left(self) -> int | None:
        """How long it still takes at the pace so far; None before anything was counted."""
        if not self.is_open or self.started_at is None or not self.after:
            return None
        taken = (timezone.now() - self.started_at) / timedelta(minutes=1)
        return 1 + round(taken * (self.last - self.after) / self.after)

    @property
    def kept_until(self) -> object:
        return timezone.localdate(self.asked_at) + timedelta(days=KEPT_DAYS)


class SimulatedCount(models.Model):
    """How many dossiers meet one fate: of a rule and client, or of a rule in a month.

    With a `month`, `what` is "now" or "then": by the stored dates, or by those that are tried.
    `held` of the dossiers stay for now; `records` is counted for those that move.
    """

    NOW, THEN = "now", "then"

    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="counts")
    rule = models.CharField(max_length=20)
    client_id = models.BigIntegerField(null=True, blank=True)
    what = models.CharField(max_length=8)
    month = models.DateField(null=True, blank=True)
    dossiers = models.PositiveBigIntegerField(default=0)
    held = models.PositiveBigIntegerField(default=0)
    records = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["simulation", "rule", "client_id", "what", "month"],
                name="simulated_once",
                nulls_distinct=False,
            )
        ]
