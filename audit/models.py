import pgtrigger
from django.db import models


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
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
        indexes = [
            models.Index(models.F("body__object"), "id", name="entry_object"),
            models.Index(models.F("body__event"), "id", name="entry_event"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"
