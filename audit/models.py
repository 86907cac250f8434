import uuid

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

# Whose entries are so many that an index of them would find nothing.
BY_ITSELF = ["worker", "system"]


def append_only() -> list[pgtrigger.Trigger]:
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class Entry(models.Model):
    """One thing that happened: a leaf of the ledger's tree. Never changed, never deleted.

    `body` carries keys, counts, dates and codes. `leaf` is the hash of its exact text, computed
    by the database, so that a set-based statement may write entries too:
    `INSERT INTO audit_entry (body) SELECT jsonb_build_object(...)`. The migration adds two
    columns for the sealer: `xid`, by which it orders entries without making writers wait for
    each other, and `generation`, which changes when transaction numbers begin anew, as after
    a logical restore.
    """

    body = models.JSONField()
    leaf = models.GeneratedField(
        expression=models.Func("body", function="audit_leaf"),
        output_field=models.BinaryField(max_length=32),
        db_persist=True,
    )

    class Meta:
        triggers = append_only()
        indexes = [
            models.Index(models.F("body__object"), "id", name="entry_object"),
            models.Index(models.F("body__event"), "id", name="entry_event"),
            models.Index(
                models.F("body__actor"),
                "id",
                name="entry_actor",
                condition=~Q(body__actor__in=BY_ITSELF),
            ),
            # Entries come in about the order of time: a few bytes for each run of pages will do.
            BrinIndex(KT("body__at"), name="entry_at", pages_per_range=16, autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class Leaf(models.Model):
    """Which entry is which leaf of the tree. An entry without one waits for the sealer."""

    leaf_index = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)

    class Meta:
        triggers = append_only()


class Tile(models.Model):
    """A run of up to 256 hashes of one height: see `audit.tiles`."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="tile_once")]


class Checkpoint(models.Model):
    """What the ledger was when it had `size` leaves, as a signed note."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    sealed_at = models.DateTimeField(db_index=True)

    class Meta:
        triggers = append_only()


class SealerState(models.Model):
    """How far the sealer came; one row.

    Entries are sealed in the order of transaction number and id. Those numbers begin anew in
    another cluster of servers, as after a logical restore: hence `system` and `generation`.
    """

    size = models.BigIntegerField(default=0)
    generation = models.IntegerField(default=1)
    system = models.BigIntegerField()
    last_xid = models.BigIntegerField(default=0)
    last_entry = models.BigIntegerField(default=0)


class Verification(models.Model):
    """That somebody had the ledger verified: how far it came, and what was found.

    `after` is the number of leaves of the checkpoint that is trusted, and 0 where nothing is.
    `runner` names the worker that has it now: another takes over where that one fell silent.
    """

    class Outcome(models.TextChoices):
        RUNNING = "", _("Under way")
        WHOLE = "whole", _("Whole")
        BROKEN = "broken", _("Not what was signed")

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    after = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text=_("Leaves to look at, as far as known"))
    done = models.BigIntegerField(default=0, help_text=_("Leaves looked at so far"))
    runner = models.UUIDField(null=True, blank=True)
    heard_at = models.DateTimeField(help_text=_("When the worker last said that it goes on"))
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True, default="")
    entries = models.BigIntegerField(default=0)
    checkpoints = models.BigIntegerField(default=0)
    mirrored = models.BigIntegerField(default=0)
    wrong = models.TextField(blank=True, help_text=_("What differs first: numbers, never content"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", ended_at__isnull=True)
                | (~Q(outcome="") & Q(ended_at__isnull=False)),
                name="verification_ended_has_outcome",
            ),
            models.UniqueConstraint(
                fields=["outcome"], condition=Q(outcome=""), name="verification_one_at_a_time"
            ),
        ]

    @property
    def per_cent(self) -> int:
        """How far it is, of what it had to look at."""
        all_of_it = self.size - self.after
        return min(100, 100 * (self.done - self.after) // all_of_it) if all_of_it > 0 else 0
