"""What binds us beside the data: pauses, addresses never to write to, what is gone, dates anew."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subjects.constants import RestrictionGround
from subjects.models.fields import DIGEST_BYTES, code_of
from subjects.models.registry import Dossier, Involvement


class RestrictionMark(models.Model):
    """Blocks use, export and deletion of what it covers, until lifted (GDPR Article 18)."""

    involvement = models.ForeignKey(
        Involvement, on_delete=models.PROTECT, related_name="restrictions"
    )
    # Also on the mark, so that destruction asks one small table.
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="restrictions")
    ground = models.CharField(max_length=8, choices=RestrictionGround.choices)
    since = models.DateField()
    lifted_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_on__isnull=True) | Q(lifted_on__gte=F("since")),
                name="restriction_lifted_after_placed",
            )
        ]
        indexes = [
            models.Index(
                fields=["dossier"], name="restriction_active", condition=Q(lifted_on__isnull=True)
            )
        ]


class Suppression(models.Model):
    """A keyed digest of an address or person never to be used for this purpose again."""

    digest = models.BinaryField(max_length=DIGEST_BYTES)
    is_address = models.BooleanField(
        default=True, db_default=True, help_text=_("An e-mail address or telephone number")
    )
    purpose = code_of("policy.Purpose")
    since = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "purpose"], name="suppression_once")
        ]


class Unit(models.TextChoices):
    """What can be destroyed by itself."""

    DOSSIER = "dossier", _("Dossier")
    INVOLVEMENT = "involvement", _("One person in a dossier")
    RECORD = "record", _("One piece of data")


class ErasureProof(models.Model):
    """What was here and is gone. Outlives the data; the door refuses what it names.

    `entry_id` is the ledger entry that says what went, by which rule, and when.
    """

    source_digest = models.BinaryField(max_length=DIGEST_BYTES, primary_key=True)
    unit = models.CharField(max_length=11, choices=Unit.choices)
    reference = models.UUIDField(null=True, blank=True, db_index=True)
    list_id = models.BigIntegerField(db_index=True)
    entry_id = models.BigIntegerField(db_index=True)

    class Meta:
        indexes = [
            # Pieces of data have no certificate, and there are many more of them.
            models.Index(
                fields=["entry_id"],
                name="proof_with_certificate",
                condition=Q(reference__isnull=False),
            )
        ]


class Recomputation(models.Model):
    """Dates computed anew by a statement with other periods: how far it came, and what moved.

    `key` digests the version and the rules that changed, so each publication has one row.
    """

    key = models.CharField(max_length=64, primary_key=True)
    version = models.CharField(max_length=40)
    rules = ArrayField(models.CharField(max_length=20))
    purposes = ArrayField(models.CharField(max_length=40))
    after = models.BigIntegerField(default=0, help_text=_("Key of the last dossier looked at"))
    last = models.BigIntegerField(help_text=_("Key of the last dossier when it began"))
    looked_at = models.PositiveBigIntegerField(default=0)
    moved = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    @property
    def per_cent(self) -> int:
        """How far it is; new dossiers come in by the new periods already."""
        return min(100, 100 * self.after // self.last) if self.last else 100
