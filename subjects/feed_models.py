"""What others are told to do with a person's data, and whether they did."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subjects.constants import InstructionKind, InstructionState, RefusalReason


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
