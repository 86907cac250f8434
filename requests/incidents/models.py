"""The breach register: what went wrong with personal data, and who was told in time."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from requests.incidents.constants import Kind, NotTelling, Risk
from requests.incidents.deadlines import tell_authority_by


class Incident(models.Model):
    """A personal data breach; holder of a data key, with a file that ends like any other.

    `sealed_account` holds what GDPR Article 33(5) asks for, each a text: {"happened",
    "effects", "measures", "why_late", "why_not_told"}. `request_reference` names the request
    whose answer or message went astray, if one did.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key_id = models.BigIntegerField(unique=True)
    dossier = models.OneToOneField(
        "subjects.Dossier", on_delete=models.PROTECT, related_name="incident"
    )
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    request_reference = models.UUIDField(null=True, blank=True)
    happened_at = models.DateTimeField(null=True, blank=True)
    aware_at = models.DateTimeField()
    people = models.PositiveIntegerField(help_text="About how many people it concerns")
    data_categories = models.JSONField(default=list)
    sealed_account = models.BinaryField()
    risk = models.CharField(max_length=8, choices=Risk.choices, blank=True)
    assessed_by = models.BigIntegerField(null=True, blank=True)
    authority_told_at = models.DateTimeField(null=True, blank=True)
    people_told_at = models.DateTimeField(null=True, blank=True)
    people_not_told = models.CharField(max_length=10, choices=NotTelling.choices, blank=True)
    reminded = models.PositiveSmallIntegerField(default=0)
    opened_by = models.BigIntegerField()
    closed_by = models.BigIntegerField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(risk="") | Q(assessed_by__isnull=False),
                name="incident_risk_assessed_by_a_person",
            ),
            # Whoever says that nobody need be told does not also end the matter.
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True)
                | ~Q(risk="unlikely")
                | ~Q(closed_by=F("assessed_by")),
                name="incident_untold_closed_by_another",
            ),
        ]
        indexes = [
            models.Index(
                fields=["aware_at", "id"], name="incident_open", condition=Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("incidents:show", args=[self.reference])

    @property
    def number(self) -> str:
        return f"DL-{timezone.localdate(self.aware_at).year}-{self.pk:05}"

    @property
    def account_place(self) -> str:
        return f"requests.incident.account:{self.key_id}"

    @property
    def tell_by(self) -> datetime:
        return tell_authority_by(self.aware_at)
