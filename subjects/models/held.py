"""What hangs on somebody's part in a dossier: sealed under its key, and gone with it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subjects.constants import EEA, Direction, SpecialGround, TransferMechanism
from subjects.models.fields import DIGEST_BYTES, code_of, place_of, source_digest
from subjects.models.registry import Involvement, Organisation, Recipient


class OfInvolvement(models.Model):
    """What hangs on an involvement, is sealed under its key, and goes with it."""

    involvement = models.ForeignKey(
        Involvement, on_delete=models.PROTECT, related_name="%(class)ss"
    )
    source_digest = source_digest()

    class Meta:
        abstract = True


class Consent(OfInvolvement):
    """That a person agreed, to what, and since when no longer; the proof is sealed."""

    purpose = code_of("policy.Purpose")
    given_on = models.DateField()
    withdrawn_on = models.DateField(null=True, blank=True)
    sealed_proof = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("given_on")),
                name="consent_withdrawn_after_given",
            )
        ]

    @property
    def proof_place(self) -> str:
        return place_of("consent", "proof", self.source_digest)


class Record(OfInvolvement):
    """One piece of personal data, and by what right and from whom we have it."""

    data_category = code_of("policy.DataCategory")
    source = code_of("policy.SourceCategory")
    source_organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    lawful_basis = models.CharField(max_length=8, help_text=_("Such as 6.1.b"))
    provided_by_subject = models.BooleanField(default=False)
    collected_on = models.DateField()
    sealed_content = models.BinaryField()
    sealed_corrections = models.BinaryField(
        null=True, blank=True, help_text=_("Fields that a right corrected: the door leaves them")
    )
    consent = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.PROTECT, related_name="records"
    )
    is_special = models.BooleanField(default=False)
    special_ground = models.CharField(
        max_length=8, choices=SpecialGround.choices, blank=True, default=""
    )
    special_case = models.UUIDField(
        null=True, blank=True, help_text=_("Reference of the dossier it is necessary for")
    )
    special_approver = models.CharField(
        max_length=80, blank=True, help_text=_("Staff code of who approved it")
    )
    rule = models.CharField(max_length=20, blank=True)
    delete_from = models.DateField(
        null=True, blank=True, help_text=_("Where it must go before its dossier")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_special=False)
                | (~Q(special_ground="") & Q(special_case__isnull=False) & ~Q(special_approver="")),
                name="record_special_has_ground_case_approver",
            ),
        ]
        permissions = [
            ("view_special_record", "May see health and criminal data"),
            ("view_aml_record", "May see money-laundering checks"),
        ]
        indexes = [
            models.Index(
                fields=["delete_from", "id"],
                name="record_due",
                condition=Q(delete_from__isnull=False),
            )
        ]

    @property
    def content_place(self) -> str:
        return place_of("record", "content", self.source_digest)

    @property
    def corrections_place(self) -> str:
        return place_of("record", "corrections", self.source_digest)


class Disclosure(OfInvolvement):
    """Who received what, when and why: named and dated from the first day.

    Source: GDPR Articles 15(1)(c) and 19; Court of Justice, C-154/21.
    """

    # The index by recipient and day below serves it.
    recipient = models.ForeignKey(
        Recipient, on_delete=models.PROTECT, related_name="disclosures", db_index=False
    )
    purpose = code_of("policy.Purpose")
    data_categories = ArrayField(models.CharField(max_length=40))
    disclosed_on = models.DateField()
    country = models.CharField(max_length=2, default="NL")
    transfer_mechanism = models.CharField(
        max_length=8, choices=TransferMechanism.choices, blank=True, default=""
    )
    sealed_reason = models.BinaryField()
    despite_restriction = models.BooleanField(
        default=False, db_default=False, help_text=_("Came in as done while its use was restricted")
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="disclosure_despite", condition=Q(despite_restriction=True)
            ),
            models.Index(fields=["recipient", "disclosed_on", "id"], name="disclosure_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(country__in=EEA) | ~Q(transfer_mechanism=""),
                name="disclosure_outside_eea_has_mechanism",
            )
        ]

    @property
    def reason_place(self) -> str:
        return place_of("disclosure", "reason", self.source_digest)


class ContactEvent(OfInvolvement):
    """A letter, call or message, with its note sealed."""

    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=20)
    happened_at = models.DateTimeField()
    sealed_note = models.BinaryField()
    despite_restriction = models.BooleanField(
        default=False, db_default=False, help_text=_("Came in as done while its use was restricted")
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], name="contact_despite", condition=Q(despite_restriction=True)
            )
        ]

    @property
    def note_place(self) -> str:
        return place_of("contactevent", "note", self.source_digest)


class AutomatedDecision(OfInvolvement):
    """A decision a rule took: with what, by which version, and to what effect.

    Source: GDPR Articles 15(1)(h) and 22; Court of Justice, C-203/22.
    """

    kind = models.CharField(max_length=40, help_text=_("Code from the statement"))
    rule_version = models.CharField(max_length=40)
    decided_at = models.DateTimeField()
    is_legal_step = models.BooleanField(default=False)
    confirmed_by = models.CharField(max_length=80, blank=True, help_text=_("Staff code"))
    sealed_account = models.BinaryField(help_text=_("Inputs, result and effect"))
    suspended_at = models.DateTimeField(
        null=True, blank=True, help_text=_("Not carried out while a person looks again")
    )
    reviews_digest = models.BinaryField(
        max_length=DIGEST_BYTES, null=True, blank=True, help_text=_("Of the one it takes over from")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_legal_step=False) | ~Q(confirmed_by=""),
                name="decision_legal_step_confirmed_by_human",
            )
        ]

    @property
    def account_place(self) -> str:
        return place_of("automateddecision", "account", self.source_digest)


class FirstContactNotice(OfInvolvement):
    """That this person was told of the processing, when, and of the right to object apart.

    Source: GDPR Articles 14 and 21(4).
    """

    sent_on = models.DateField()
    channel = models.CharField(max_length=20)
    statement_version = models.CharField(max_length=40)
    objection_shown_apart = models.BooleanField()
