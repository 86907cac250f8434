"""What stops destruction (holds, the stop switch), and what is listed to be destroyed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subjects.models import Dossier, Unit


class HoldKind(models.TextChoices):
    CLAIM = "claim", _("Legal claim")
    ACCESS = "access", _("Access request")


class LegalHold(models.Model):
    """Why dossiers may not be destroyed for now, until it is released."""

    kind = models.CharField(max_length=6, choices=HoldKind.choices)
    case = models.UUIDField(help_text=_("Reference of the claim or the request"))
    approver_id = models.BigIntegerField(null=True, blank=True)
    placed_on = models.DateField()
    review_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=HoldKind.CLAIM)
                | Q(approver_id__isnull=False, review_on__isnull=False),
                name="hold_claim_has_approver_and_review",
            )
        ]


class HeldDossier(models.Model):
    """A dossier under a hold: the small table that destruction asks."""

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="dossiers")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    released_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "dossier"], name="held_once_per_hold")
        ]


class DestructionList(models.Model):
    """What is to go together, when it may, and whether the people needed have agreed."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Waits for approval")
        APPROVED = "approved", _("Approved")
        ABORTED = "aborted", _("Aborted")
        DONE = "done", _("Destroyed")

    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PLANNED)
    runs_from = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)


class DestructionItem(models.Model):
    """One unit of a list, in the list's own order. Outlives what it names: hence no key."""

    list = models.ForeignKey(DestructionList, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveBigIntegerField()
    unit = models.CharField(max_length=11, choices=Unit.choices)
    unit_id = models.BigIntegerField()
    taken_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "position"], name="item_position_once")
        ]


class StopSwitch(models.Model):
    """While a row is here, no list destroys anything."""

    stopped_at = models.DateTimeField(auto_now_add=True)
    stopped_by = models.BigIntegerField()
