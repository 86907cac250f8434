"""What is sent on to a client who decides about its own dossiers."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from requests.constants import ForwardingState, IdentityMethod


class Forwarding(models.Model):
    """A request, or the dossiers of it in the invoice phase, sent on to one client.

    It goes on before it is proven who asks: `proven_by` is the method once it is, and `told_at`
    when the person heard who the client is. Since `recalled_at` it is to be erased there: it went
    on for somebody else. `sealed_content` holds the person's own words and who they say they
    are, under a key of its own, which goes when the client has confirmed, and after 60 days.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(
        "requests.PrivacyRequest", on_delete=models.PROTECT, related_name="forwardings"
    )
    client = models.ForeignKey("subjects.Organisation", on_delete=models.PROTECT, related_name="+")
    dossiers = ArrayField(models.UUIDField(), help_text="References of the client's dossiers")
    key_id = models.BigIntegerField(unique=True, null=True, blank=True)
    sealed_content = models.BinaryField(null=True, blank=True)
    state = models.CharField(
        max_length=12, choices=ForwardingState.choices, default=ForwardingState.TO_SEND
    )
    link = models.ForeignKey(
        "subjects.OrganisationLink",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="forwardings",
    )
    forwarded_by = models.BigIntegerField()
    created_at = models.DateTimeField()
    due_on = models.DateField(help_text="Two working days after receipt")
    sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    proven_by = models.CharField(max_length=15, choices=IdentityMethod.choices, blank=True)
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person heard who the client is"
    )
    recalled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "client"], name="forwarded_once_per_client")
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"],
                name="forwarding_open",
                condition=Q(state__in=["to_send", "sent", "recall"]),
            )
        ]

    @property
    def content_place(self) -> str:
        return f"requests.forwarding.content:{self.reference}"
