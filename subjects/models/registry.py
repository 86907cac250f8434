"""Whose data we hold, why, from whom, and who else received them.

A person is a `Subject`; what we know of them stands in `Involvement`s, one for each dossier,
sealed under a data key of its own. So every dossier ends by itself, on its own date.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from subjects.constants import (
    NoticeChannel,
    Phase,
)
from subjects.models.fields import DIGEST_BYTES, code_of, source_digest


class Organisation(models.Model):
    """A client, agency, bureau, authority or supplier: never a person.

    Personal data go to `privacy_email`: once it is known, two people change it and its source does
    not. `source_email` is what the source gave last; another one than before waits in
    `offered_email` until it is put to a colleague (`requests.organisations.changes`).
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source_system = models.SlugField(max_length=40)
    source_id = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, default="NL")
    is_client = models.BooleanField(default=False)
    privacy_email = models.EmailField(blank=True)
    source_email = models.EmailField(blank=True, db_default="")
    offered_email = models.EmailField(blank=True, db_default="")
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
        indexes = [
            models.Index(fields=["id"], name="organisation_offered", condition=~Q(offered_email=""))
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
    sealed_corrections = models.BinaryField(
        null=True, blank=True, help_text=_("Fields that a right corrected: the door leaves them")
    )
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

    @property
    def corrections_place(self) -> str:
        return f"subjects.involvement.corrections:{self.key_id}"
