"""What others are told to do with a person's data, and whether they did."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subjects.constants import (
    ImpossibleReason,
    InstructionKind,
    InstructionState,
    NoticeChannel,
    NoticeEvent,
    NoticeState,
    RefusalReason,
    ToldHow,
)


class Instruction(models.Model):
    """What a source system is to do with its own data; open until it answers.

    `sealed_payload` carries values ({"changes": [...]}) under a key of its own, which goes when
    the system has obeyed. Dossier and involvement are named by reference, as the door answered
    them; no constraint ties the rows, because destruction would pay for it. `entry_id` is the
    ledger entry of the destruction that an erasure follows from.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=15, choices=InstructionKind.choices)
    source_system = models.SlugField(max_length=40, db_index=False)
    dossier = models.ForeignKey(
        "subjects.Dossier",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="instructions",
    )
    dossier_reference = models.UUIDField(null=True, blank=True)
    involvement = models.ForeignKey(
        "subjects.Involvement",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="instructions",
    )
    involvement_reference = models.UUIDField(null=True, blank=True)
    purpose = models.CharField(max_length=10, blank=True)
    part = models.CharField(
        max_length=20, blank=True, help_text=_("What hangs on the involvement: record, consent")
    )
    part_digest = models.BinaryField(
        max_length=16, null=True, blank=True, help_text=_("The digest that the door answered")
    )
    data_category = models.CharField(max_length=40, blank=True)
    case = models.UUIDField(null=True, blank=True, help_text=_("Reference of the request"))
    key_id = models.BigIntegerField(unique=True, null=True, blank=True)
    sealed_payload = models.BinaryField(null=True, blank=True)
    state = models.CharField(
        max_length=12, choices=InstructionState.choices, default=InstructionState.OPEN
    )
    refusal = models.CharField(max_length=10, choices=RefusalReason.choices, blank=True)
    sealed_explanation = models.BinaryField(null=True, blank=True)
    entry_id = models.BigIntegerField(unique=True, null=True, blank=True)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True)
                | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="instruction_answered_has_moment",
            ),
            models.CheckConstraint(
                condition=(Q(state="refused") & ~Q(refusal=""))
                | (~Q(state="refused") & Q(refusal="")),
                name="instruction_refused_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source_system", "id"],
                name="instruction_open",
                condition=Q(state="open"),
            ),
            models.Index(fields=["id"], name="instruction_refused", condition=Q(state="refused")),
            models.Index(
                fields=["case", "id"], name="instruction_case", condition=Q(case__isnull=False)
            ),
            models.Index(
                fields=["answered_at"],
                name="instruction_to_forget",
                condition=Q(dossier__isnull=True, answered_at__isnull=False),
            ),
        ]
        permissions = [("tend_instruction", "May send a refused instruction again, or settle it")]

    @property
    def payload_place(self) -> str:
        return f"subjects.instruction.payload:{self.reference}"

    @property
    def explanation_place(self) -> str:
        return f"subjects.instruction.explanation:{self.reference}"


class OrganisationLink(models.Model):
    """A link that an organisation got by mail, as a keyed digest; shows what it is told by it."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        "subjects.Organisation", on_delete=models.PROTECT, related_name="links"
    )
    digest = models.BinaryField(max_length=16, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    opened_at = models.DateTimeField(null=True, blank=True)


class RecipientNotice(models.Model):
    """That one recipient is told of one event, and whether it confirmed (GDPR Article 19).

    `sealed_content` says whom it is about, under a key of its own that goes with the
    confirmation, and after 60 days. A notice that follows from a scheduled destruction has
    none: there it names the dossier by reference, and `entry_id` is the ledger entry of it.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recipient = models.ForeignKey(
        "subjects.Recipient", on_delete=models.PROTECT, related_name="notices", db_index=False
    )
    event = models.CharField(max_length=13, choices=NoticeEvent.choices)
    channel = models.CharField(max_length=4, choices=NoticeChannel.choices)
    state = models.CharField(
        max_length=12, choices=NoticeState.choices, default=NoticeState.TO_SEND
    )
    reason = models.CharField(max_length=10, choices=ImpossibleReason.choices, blank=True)
    dossier = models.ForeignKey(
        "subjects.Dossier",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="notices",
    )
    dossier_reference = models.UUIDField(db_index=True)
    involvement = models.ForeignKey(
        "subjects.Involvement",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="notices",
    )
    involvement_reference = models.UUIDField(null=True, blank=True)
    purpose = models.CharField(max_length=10, blank=True)
    case = models.UUIDField(null=True, blank=True, help_text=_("Reference of the request"))
    entry_id = models.BigIntegerField(null=True, blank=True)
    link = models.ForeignKey(
        OrganisationLink, null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    key_id = models.BigIntegerField(unique=True, null=True, blank=True)
    sealed_content = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(
        null=True, blank=True, help_text=_("From when it may be sent; none while it waits")
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry_id", "recipient"], name="notice_once"),
            models.CheckConstraint(
                condition=(Q(state="impossible") & ~Q(reason=""))
                | (~Q(state="impossible") & Q(reason="")),
                name="notice_impossible_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["acknowledged", "impossible"], ended_at__isnull=False)
                | (~Q(state__in=["acknowledged", "impossible"]) & Q(ended_at__isnull=True)),
                name="notice_ended_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["recipient", "id"],
                name="notice_open",
                condition=Q(state__in=["to_send", "sent", "waiting"]),
            ),
            models.Index(
                fields=["ready_at"],
                name="notice_to_end",
                condition=Q(state__in=["to_send", "sent"]),
            ),
            models.Index(
                fields=["case", "id"], name="notice_case", condition=Q(case__isnull=False)
            ),
            models.Index(
                fields=["ended_at"], name="notice_to_forget", condition=Q(ended_at__isnull=False)
            ),
        ]
        permissions = [("tend_recipientnotice", "May send notices to recipients and end them")]

    @property
    def content_place(self) -> str:
        return f"subjects.recipientnotice.content:{self.reference}"


class StatementRun(models.Model):
    """How far everybody was told of a version of the statement; counts only."""

    version = models.CharField(max_length=40, primary_key=True)
    started_at = models.DateTimeField()
    to_subject = models.BigIntegerField(help_text=_("The last person when it began"))
    last_subject = models.BigIntegerField(default=0)
    mailed = models.PositiveBigIntegerField(default=0)
    letters = models.PositiveBigIntegerField(default=0)
    passed = models.PositiveBigIntegerField(
        default=0, help_text=_("Who knew it already, or hears it from the client")
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("tend_statementrun", "May let the telling of a changed statement wait")]


class StatementTold(models.Model):
    """That one person was told of a version, how and when; proof that goes with the person.

    The database itself deletes it with its subject (a cascade in the migration). `told_at` is
    empty while a letter is still to be sent.
    """

    subject = models.ForeignKey(
        "subjects.Subject",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="statements_told",
    )
    version = models.CharField(max_length=40)
    how = models.CharField(max_length=6, choices=ToldHow.choices)
    told_at = models.DateTimeField(null=True, blank=True)
    mail_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "version"], name="statement_told_once")
        ]
        indexes = [
            models.Index(
                fields=["version", "id"],
                name="statement_letters",
                condition=Q(how="letter", told_at__isnull=True),
            ),
            models.Index(fields=["version", "how", "id"], name="statement_told_how"),
            models.Index(
                fields=["mail_id"], name="statement_mail", condition=Q(mail_id__isnull=False)
            ),
        ]


class NotTold(models.Model):
    """A debtor whom nobody told within a month; made anew every night, so that a page is fast."""

    involvement_id = models.BigIntegerField(primary_key=True)
    told_by = models.DateField()
