"""Mail that waits to be sent, or was."""

from django.db import models
from django.db.models import Q

from requests.constants import MailKind, MailState
from requests.model_base import REQUEST, a_reference


class OutgoingMail(models.Model):
    """A mail to be sent, or sent; holder of a data key while it has content.

    `sealed_content` holds {"to", "subject", "body"}. Neither subject nor body says anything of
    the person, but the body may carry a link or a code.
    """

    reference = a_reference()
    request = models.ForeignKey(
        REQUEST, null=True, blank=True, on_delete=models.PROTECT, related_name="mails"
    )
    kind = models.CharField(max_length=10, choices=MailKind.choices)
    language = models.CharField(max_length=2)
    key_id = models.BigIntegerField(unique=True, null=True, blank=True)
    sealed_content = models.BinaryField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=80, blank=True, help_text="Class of the last error")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="mail_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["created_at"], name="mail_to_empty", condition=Q(key_id__isnull=False)
            ),
        ]

    @property
    def content_place(self) -> str:
        return f"requests.outgoingmail.content:{self.reference}"
