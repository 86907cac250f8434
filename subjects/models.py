"""Whose data we hold, why, from whom, and who else received them.

A person is a `Subject`; what we know of them stands in `Involvement`s, one for each dossier,
sealed under a data key of its own. So every dossier ends by itself, on its own date.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subjects import feed_models, sharing_models
from subjects.constants import (
    EEA,
    Direction,
    NoticeChannel,
    Phase,
    RestrictionGround,
    SpecialGround,
    TransferMechanism,
)

DIGEST_BYTES = 16
# What others are told stands in a file of its own.
Instruction = feed_models.Instruction
OrganisationLink = feed_models.OrganisationLink
RecipientNotice = feed_models.RecipientNotice
StatementRun = feed_models.StatementRun
StatementTold = feed_models.StatementTold
NotTold = feed_models.NotTold
DisclosureCount = sharing_models.DisclosureCount


def source_digest() -> models.BinaryField:
    """A keyed digest of the id that the source gave: finds the row again, tells nothing."""
    return models.BinaryField(max_length=DIGEST_BYTES, unique=True)


def place_of(model: str, field: str, digest: bytes | memoryview) -> str:
    """Return to which row and field a seal is bound: `subjects.record.content:<digest>`."""
    return f"subjects.{model}.{field}:{digest.hex()}"


def code_of(model: str) -> models.ForeignKey:
    """A code of the statement: few values on many rows, so an index would cost and find nothing."""
    return models.ForeignKey(model, on_delete=models.PROTECT, related_name="+", db_index=False)


class Organisation(models.Model):
    """A client, agency, bureau, authority or supplier: never a person."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source_system = models.SlugField(max_length=40)
    source_id = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, default="NL")
    is_client = models.BooleanField(default=False)
    privacy_email = models.EmailField(blank=True)
    notice_channel = models.CharField(
        max_length=4,
        choices=NoticeChannel.choices,
        default=NoticeChannel.LINK,
        db_default=NoticeChannel.LINK,
    )
    mail_key = models.TextField(
        blank=True, db_default="", help_text=_("Public key that mail is encrypted for")
    )
    mail_key_fingerprint = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "source_id"], name="organisation_once_per_source"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Recipient(models.Model):
    """An organisation in the part of one of the statement's categories of recipients."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="recipient_roles"
    )
    category = models.ForeignKey(
        "policy.RecipientCategory", on_delete=models.PROTECT, related_name="recipients"
    )
    agreement = models.CharField(max_length=200, blank=True, help_text=_("Processor agreement"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "category"], name="recipient_once")
        ]

    def __str__(self) -> str:
        return str(self.organisation)


class Subject(models.Model):
    """One natural person: a random reference and nothing else. Goes with its last involvement."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class Dossier(models.Model):
    """One file kept for one primary purpose, with the anchors that decide when it goes.

    `delete_from`, `rule` and `missing_anchor` follow from the anchors; `services.move_anchors`
    and the door write them in the transaction that moves an anchor, with `policy.periods`.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source_system = models.SlugField(max_length=40)
    source_digest = source_digest()
    purpose = code_of("policy.Purpose")
    client = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="dossiers"
    )
    phase = models.CharField(max_length=10, choices=Phase.choices, blank=True, default=Phase.NONE)
    created_at = models.DateTimeField(auto_now_add=True)

    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    reopened_on = models.DateField(null=True, blank=True)
    relation_ended_on = models.DateField(null=True, blank=True)
    mutual_claims_settled_on = models.DateField(null=True, blank=True)
    no_longer_relevant_on = models.DateField(null=True, blank=True)
    has_business_relationship = models.BooleanField(null=True, blank=True)
    relationship_ended_on = models.DateField(null=True, blank=True)
    transaction_on = models.DateField(null=True, blank=True)
    unusual_report_on = models.DateField(null=True, blank=True)
    statutory_period_until = models.DateField(null=True, blank=True)
    last_contact_on = models.DateField(null=True, blank=True)
    unsubscribed_on = models.DateField(null=True, blank=True)
    financial_year_ended_on = models.DateField(null=True, blank=True)
    request_closed_on = models.DateField(null=True, blank=True)
    consent_withdrawn_on = models.DateField(null=True, blank=True)
    early_erasure_decided_on = models.DateField(
        null=True, blank=True, help_text=_("From when a granted erasure may be carried out")
    )
    client_instructed_on = models.DateField(
        null=True, blank=True, help_text=_("The client had it deleted or returned; invoice phase")
    )
    found_unlawful_on = models.DateField(
        null=True, blank=True, help_text=_("Found to be kept by mistake; goes at once")
    )

    rule = models.CharField(max_length=20, blank=True)
    delete_from = models.DateField(null=True, blank=True)
    missing_anchor = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True)
                | Q(closed_on__isnull=True)
                | Q(closed_on__gte=F("opened_on")),
                name="dossier_closed_after_opened",
            ),
            models.CheckConstraint(
                condition=Q(delete_from__isnull=True) | Q(missing_anchor=""),
                name="dossier_no_date_while_anchor_missing",
            ),
            models.CheckConstraint(
                condition=~Q(phase=Phase.INVOICE) | Q(client__isnull=False),
                name="dossier_invoice_phase_names_client",
            ),
        ]
        indexes = [
            models.Index(
                fields=["rule", "delete_from", "id"],
                name="dossier_due",
                condition=Q(delete_from__isnull=False),
            ),
            models.Index(
                fields=["client", "id"],
                name="dossier_uninstructed",
                condition=Q(purpose="INV", client_instructed_on__isnull=True),
            ),
            models.Index(
                fields=["missing_anchor", "id"],
                name="dossier_missing_anchor",
                condition=~Q(missing_anchor=""),
            ),
        ]


class Involvement(models.Model):
    """A subject in a dossier, with the identity known there; holder of a data key.

    `person_digest` is the source's own id of the person, digested: the door finds with it
    the subject that other dossiers of this source already have.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="involvements")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="involvements")
    category = code_of("policy.SubjectCategory")
    source_digest = source_digest()
    person_digest = models.BinaryField(max_length=DIGEST_BYTES, db_index=True)
    key_id = models.BigIntegerField(unique=True)
    sealed_identity = models.BinaryField()
    verified_on = models.DateField(null=True, blank=True, help_text=_("Address last verified"))
    use_ended_at = models.DateTimeField(
        null=True, blank=True, help_text=_("From here on not used for the purpose")
    )
    disputed_on = models.DateField(
        null=True, blank=True, help_text=_("Since when the person says it is not owed")
    )
    rule = models.CharField(max_length=20, blank=True)
    delete_from = models.DateField(
        null=True, blank=True, help_text=_("Where it must go before its dossier")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "subject", "category"], name="involvement_once_per_category"
            )
        ]
        indexes = [
            models.Index(
                fields=["delete_from", "id"],
                name="involvement_due",
                condition=Q(delete_from__isnull=False),
            )
        ]

    @property
    def identity_place(self) -> str:
        return f"subjects.involvement.identity:{self.key_id}"


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


class Disclosure(OfInvolvement):
    """Who received what, when and why: named and dated from the first day.

    Source: GDPR Articles 15(1)(c) and 19; Court of Justice, C-154/21.
    """

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="disclosures")
    purpose = code_of("policy.Purpose")
    data_categories = ArrayField(models.CharField(max_length=40))
    disclosed_on = models.DateField()
    country = models.CharField(max_length=2, default="NL")
    transfer_mechanism = models.CharField(
        max_length=8, choices=TransferMechanism.choices, blank=True, default=""
    )
    sealed_reason = models.BinaryField()

    class Meta:
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
    """A keyed digest of an address that must never be written to for this purpose again."""

    digest = models.BinaryField(max_length=DIGEST_BYTES)
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


class SourceSystem(models.Model):
    """A system that may send data in, known by a token of which only the digest stands here."""

    code = models.SlugField(max_length=40, primary_key=True)
    token_digest = models.BinaryField(max_length=32)
    contact_email = models.EmailField(
        blank=True, help_text=_("Who hears that instructions stay open")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class IngestRun(models.Model):
    """One file or call at the door: how far it came and what became of its lines."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source_system = models.SlugField(max_length=40)
    content_digest = models.BinaryField(
        max_length=32, null=True, blank=True, help_text=_("SHA-256 of the file, once read")
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lines_done = models.PositiveBigIntegerField(default=0)
    taken = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    destroyed = models.PositiveBigIntegerField(default=0)
    every_line = models.BooleanField(
        default=False, help_text=_("Whether lines that came in are answered too")
    )
    key_id = models.BigIntegerField(
        null=True, blank=True, unique=True, help_text=_("Seals its parts, while it has any")
    )


class IngestPart(models.Model):
    """A piece of a file that waits to be taken in, or of its answers; goes within a week."""

    class Kind(models.TextChoices):
        BODY = "body", _("What was sent")
        ANSWERS = "answers", _("What was answered")

    run = models.ForeignKey(IngestRun, on_delete=models.PROTECT, related_name="parts")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    position = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "position"], name="part_once")
        ]

    @property
    def place(self) -> str:
        return f"subjects.ingestpart.{self.kind}:{self.run_id}:{self.position}"
