"""What was decided of each right, what that did, and what waits for a person to do."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from requests.constants import (
    FOUR_EYES,
    NOT_ALL,
    EffectKind,
    EffectState,
    Outcome,
    Part,
    ReviewResult,
)
from requests.model_base import DIGEST_BYTES, OfRequest, a_reference
from subjects.constants import RestrictionGround


class Decision(OfRequest):
    """The outcome of one right for one dossier, or a part of it; without dossier: for all.

    `purpose` and `dossier_reference` outlive the dossier. The reason is sealed: {"text"} for the
    person, and {"grounds"} for the file: what was weighed, or what shows an abuse.
    """

    right = models.ForeignKey(
        "requests.RequestedRight", on_delete=models.PROTECT, related_name="decisions"
    )
    reference = a_reference()
    dossier_reference = models.UUIDField(null=True, blank=True)
    part = models.CharField(max_length=10, choices=Part.choices, blank=True, default=Part.WHOLE)
    purpose = models.CharField(max_length=10, blank=True)
    outcome = models.CharField(max_length=15, choices=Outcome.choices)
    article = models.CharField(max_length=60, blank=True)
    ground = models.CharField(
        max_length=8, choices=RestrictionGround.choices, blank=True, help_text="Of a restriction"
    )
    data_categories = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="What of a file is erased, where that is a part",
    )
    sealed_reason = models.BinaryField()
    needs_second = models.BooleanField(default=False)
    decided_by = models.BigIntegerField()
    decided_at = models.DateTimeField()
    approved_by = models.BigIntegerField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["right", "dossier_reference", "part"],
                name="decision_once_per_right_and_part",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=FOUR_EYES) | Q(needs_second=True),
                name="decision_refusal_needs_second",
            ),
            models.CheckConstraint(
                condition=Q(needs_second=False)
                | Q(approved_by__isnull=True)
                | ~Q(approved_by=F("decided_by")),
                name="decision_by_two_people",
            ),
        ]
        indexes = [
            models.Index(
                fields=["request"],
                name="decision_gives_not_all",
                condition=Q(outcome__in=NOT_ALL),
            ),
            models.Index(
                fields=["request"],
                name="decision_waits_for_second",
                condition=Q(needs_second=True, approved_by=None),
            ),
        ]

    @property
    def reason_place(self) -> str:
        return f"requests.decision.reason:{self.reference}"


class Effect(OfRequest):
    """What a decision did, or has yet to do, with one person's part in a dossier.

    Without decision where it took effect at once, before anybody decided (GDPR Articles 7(3)
    and 21(3)). An erasure waits for destruction, from `planned_on`. `mark_id` is the restriction
    placed; `informed_at` when the person was told that it ends, `ended_at` when it ended
    (Article 18(3)).
    """

    right = models.ForeignKey(
        "requests.RequestedRight", on_delete=models.PROTECT, related_name="effects"
    )
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="effects"
    )
    kind = models.CharField(max_length=12, choices=EffectKind.choices)
    part = models.CharField(max_length=10, choices=Part.choices, blank=True, default=Part.WHOLE)
    dossier_reference = models.UUIDField(null=True, blank=True)
    involvement_reference = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=EffectState.choices, default=EffectState.WAITING)
    planned_on = models.DateField(
        null=True, blank=True, help_text="From when what is listed for erasure may go"
    )
    carried_out_at = models.DateTimeField(null=True, blank=True)
    sure_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is known who asks: then it may be told"
    )
    mark_id = models.BigIntegerField(null=True, blank=True)
    informed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["right", "kind", "part", "dossier_reference", "involvement_reference"],
                name="effect_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state="done", carried_out_at__isnull=False)
                | Q(state="waiting", carried_out_at__isnull=True),
                name="effect_done_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["planned_on", "id"], name="effect_waiting", condition=Q(state="waiting")
            ),
            models.Index(
                fields=["mark_id"], name="effect_of_mark", condition=Q(mark_id__isnull=False)
            ),
        ]


class Rectification(OfRequest):
    """A value to be corrected, or that was: sealed {"old", "new", "evidence"}.

    Without `record_digest` it is a field of the identity. It stays with the request's file.
    """

    reference = a_reference()
    dossier_reference = models.UUIDField()
    involvement_reference = models.UUIDField()
    record_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True)
    field = models.CharField(max_length=40)
    sealed_values = models.BinaryField()
    entered_by = models.BigIntegerField()
    entered_at = models.DateTimeField()
    carried_out_at = models.DateTimeField(null=True, blank=True)

    @property
    def values_place(self) -> str:
        return f"requests.rectification.values:{self.reference}"


class Review(OfRequest):
    """A decision of a computer that a person decides anew: sealed {"view", "reasons"}.

    `decision_digest` names the automated decision, whose measure is suspended meanwhile.
    """

    reference = a_reference()
    dossier_reference = models.UUIDField()
    involvement_reference = models.UUIDField()
    decision_digest = models.BinaryField(max_length=DIGEST_BYTES)
    suspended_at = models.DateTimeField()
    result = models.CharField(max_length=8, choices=ReviewResult.choices, blank=True)
    reviewed_by = models.BigIntegerField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    sealed_account = models.BinaryField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "decision_digest"], name="review_once_per_decision"
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True)
                | (Q(reviewed_by__isnull=False) & ~Q(result="")),
                name="review_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["decision_digest"], name="review_of_decision")]

    @property
    def account_place(self) -> str:
        return f"requests.review.account:{self.reference}"
