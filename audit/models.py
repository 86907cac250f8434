import pgtrigger
from django.db import models


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
