"""How often each organisation received data: counts without a person in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from subjects.constants import TransferMechanism


class DisclosureCount(models.Model):
    """How many disclosures of one kind there were in a month, as last counted (`sharing`).

    Counted from what is still here: those of a destroyed dossier are gone with it.
    """

    recipient = models.ForeignKey(
        "subjects.Recipient", on_delete=models.PROTECT, related_name="counts", db_index=False
    )
    purpose = models.ForeignKey(
        "policy.Purpose", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    month = models.DateField(help_text=_("Its first day"))
    country = models.CharField(max_length=2)
    transfer_mechanism = models.CharField(
        max_length=8, choices=TransferMechanism.choices, blank=True
    )
    number = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "month", "purpose", "country", "transfer_mechanism"],
                name="disclosures_counted_once",
            )
        ]
        indexes = [models.Index(fields=["month"], name="disclosures_by_month")]
