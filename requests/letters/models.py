"""What we wrote, left out, made anew and handed over for a request. Goes with its own file."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requests.model_base import REQUEST


class Letter(models.Model):
    """A letter as it went, sealed under the request's key: the data of `letters.build`.

    Page and PDF are made of it whenever somebody asks, so what was said stays what was said.
    """

    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="answers")
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    sealed_content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["request", "id"], name="letter_of_request")]

    @property
    def content_place(self) -> str:
        return f"requests.letter.content:{self.reference}"


class Redaction(models.Model):
    """Words in one piece of a file that an answer leaves out, and why.

    Sealed under the request's key: {"words", "reason"}. Piece and involvement are named by their
    keys only, so this stays when they go.
    """

    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="redactions")
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    involvement_reference = models.UUIDField()
    kind = models.CharField(max_length=12)
    item = models.BigIntegerField()
    sealed_content = models.BinaryField()
    made_by = models.BigIntegerField()
    made_at = models.DateTimeField()

    @property
    def content_place(self) -> str:
        return f"requests.redaction.content:{self.reference}"


class Renewal(models.Model):
    """That somebody asked for a new copy of an answer, and when it was made or refused.

    `mandate_ended_on` is the last day of the mandate without which it was refused.
    """

    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="renewals")
    actor = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    mandate_ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                name="renewal_one_at_a_time",
                condition=Q(made_at__isnull=True, refused_at__isnull=True),
            )
        ]


class HandOver(models.Model):
    """Data given to a third party on the person's wish (GDPR Article 20(2)).

    By `upload` to a secure link of theirs, or by `link`: one of ours that works once, kept as a
    keyed digest. `sealed_target` holds {"address", "name"} under the request's key, and for a
    link the {"passphrase"} of what it gives.
    """

    class Way(models.TextChoices):
        UPLOAD = "upload", _("We send it to a link of theirs")
        LINK = "link", _("They fetch it with a link of ours")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Handed over")
        FAILED = "failed", _("Failed")

    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="handovers")
    pack = models.ForeignKey("requests.Pack", on_delete=models.PROTECT, related_name="handovers")
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    way = models.CharField(max_length=6, choices=Way.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    sealed_target = models.BinaryField()
    digest = models.BinaryField(max_length=16, null=True, blank=True, unique=True)
    error = models.CharField(max_length=40, blank=True, help_text="Class of the last error")
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="handover_waiting", condition=Q(state="waiting"))
        ]

    @property
    def target_place(self) -> str:
        return f"requests.handover.target:{self.reference}"
