"""What stops destruction (holds, the stop switch), and what is listed to be destroyed."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from retention import simulation_models
from retention.constants import AbortReason, HoldReason, ListKind, StopReason
from subjects.models import Dossier, Organisation, Unit

# What another rule would do stands in a file of its own.
Simulation = simulation_models.Simulation
SimulatedCount = simulation_models.SimulatedCount


class HoldKind(models.TextChoices):
    CLAIM = "claim", _("Legal claim")
    ACCESS = "access", _("Access request")


class LegalHold(models.Model):
    """Why dossiers may not be destroyed for now, until it is released.

    A claim's is proposed by one colleague and approved by another. It protects from the moment
    it is proposed, and ends the same way: by two. That of an access request is placed with the
    request and ends with its answer. The words of the reason are sealed under the hold's own key.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed: protects, and waits for a second colleague")
        IN_FORCE = "in_force", _("In force")
        REFUSED = "refused", _("Refused by the second colleague")
        LAPSED = "lapsed", _("Lapsed: nobody approved it in time")
        RELEASED = "released", _("Released")

    PROTECTING = (State.PROPOSED, State.IN_FORCE)

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=6, choices=HoldKind.choices)
    case = models.UUIDField(help_text=_("Reference of the claim or the request"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.IN_FORCE)
    purposes = ArrayField(
        models.CharField(max_length=40), default=list, help_text=_("In scope; of a claim")
    )
    reason = models.CharField(max_length=10, choices=HoldReason.choices, blank=True, default="")
    key_id = models.BigIntegerField(null=True, blank=True, unique=True)
    sealed_words = models.BinaryField(null=True, blank=True)
    proposed_by = models.BigIntegerField(null=True, blank=True)
    approver_id = models.BigIntegerField(null=True, blank=True)
    placed_on = models.DateField()
    lapses_on = models.DateField(
        null=True, blank=True, help_text=_("Day on which an unapproved proposal has lapsed")
    )
    review_on = models.DateField(null=True, blank=True)
    review_marked_on = models.DateField(
        null=True, blank=True, help_text=_("Since when it waits to be looked at again")
    )
    release_proposed_by = models.BigIntegerField(null=True, blank=True)
    released_by = models.BigIntegerField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=HoldKind.CLAIM)
                | Q(proposed_by__isnull=False, review_on__isnull=False),
                name="hold_claim_has_proposer_and_review",
            ),
            models.CheckConstraint(
                condition=~Q(kind=HoldKind.CLAIM)
                | ~Q(state="in_force")
                | Q(approver_id__isnull=False),
                name="hold_claim_in_force_has_approver",
            ),
            models.CheckConstraint(
                condition=~Q(kind=HoldKind.CLAIM) | ~Q(state="proposed") | ~Q(lapses_on=None),
                name="hold_proposal_lapses",
            ),
            models.CheckConstraint(
                condition=Q(approver_id__isnull=True) | ~Q(approver_id=F("proposed_by")),
                name="hold_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True)
                | Q(release_proposed_by__isnull=False) & ~Q(released_by=F("release_proposed_by")),
                name="hold_released_by_two",
            ),
        ]
        indexes = [
            models.Index(
                fields=["review_on"],
                name="hold_review",
                condition=Q(state="in_force", kind="claim"),
            ),
        ]

    @property
    def words_place(self) -> str:
        return f"retention.legalhold.words:{self.key_id}"


class HoldReview(models.Model):
    """That a colleague looked at a hold again, and until when it was prolonged."""

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="reviews")
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    decided_by = models.BigIntegerField()
    decided_on = models.DateField()
    review_on = models.DateField()
    sealed_words = models.BinaryField(null=True, blank=True)

    @property
    def words_place(self) -> str:
        return f"retention.holdreview.words:{self.reference}"


class HeldDossier(models.Model):
    """A dossier under a hold: the small table that destruction asks."""

    hold = models.ForeignKey(LegalHold, on_delete=models.PROTECT, related_name="dossiers")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    released_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "dossier"], name="held_once_per_hold")
        ]


class ClientInstruction(models.Model):
    """What a client had us do with its dossiers of the invoice phase: delete, or return first.

    One colleague records it, another confirms it. Covers the dossiers that were there when it was
    recorded (`up_to`), or only those of `only`.

    Source: GDPR Article 28(3)(g).
    """

    class Kind(models.TextChoices):
        DELETE = "delete", _("Delete the data")
        RETURN = "return", _("Return the data, then delete them")

    class State(models.TextChoices):
        RECORDED = "recorded", _("Waits for a second colleague")
        CONFIRMED = "confirmed", _("Confirmed: being carried out")
        DONE = "done", _("Carried out: listed to be destroyed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    client = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RECORDED)
    instructed_on = models.DateField()
    only = ArrayField(models.BigIntegerField(), null=True, blank=True)
    up_to = models.BigIntegerField()
    recorded_by = models.BigIntegerField()
    recorded_on = models.DateField()
    handed_over_on = models.DateField(null=True, blank=True)
    confirmed_by = models.BigIntegerField(null=True, blank=True)
    confirmed_on = models.DateField(null=True, blank=True)
    listed = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("recorded_by")),
                name="instruction_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["recorded", "withdrawn"]) | Q(confirmed_by__isnull=False),
                name="instruction_carried_out_is_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(kind="return")
                | Q(state__in=["recorded", "withdrawn"])
                | Q(handed_over_on__isnull=False),
                name="instruction_returned_before_deleted",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "id"],
                name="client_instruction_open",
                condition=Q(state__in=["recorded", "confirmed"]),
            )
        ]


class DestructionList(models.Model):
    """What is to go together, when it may, and whether the people needed have agreed."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Waits for approval")
        APPROVED = "approved", _("Approved")
        ABORTED = "aborted", _("Aborted")
        DONE = "done", _("Destroyed")

    LIVE = (Status.PLANNED, Status.APPROVED)

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=9, choices=ListKind.choices, default=ListKind.SCHEDULED)
    unit = models.CharField(max_length=11, choices=Unit.choices, default=Unit.DOSSIER)
    rule = models.CharField(max_length=20, blank=True)
    rule_digest = models.CharField(
        max_length=64, blank=True, help_text=_("Of the rule's content when the list was made")
    )
    first_day = models.DateField(
        help_text=_("First deletion day; the day of planning where that is past")
    )
    runs_from = models.DateField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PLANNED)
    size = models.PositiveBigIntegerField(default=0)
    case = models.UUIDField(
        null=True, blank=True, help_text=_("Reference of the request or hold it follows from")
    )
    planned_on = models.DateField()
    prepared_by = models.BigIntegerField(null=True, blank=True)
    approved_by = models.BigIntegerField(null=True, blank=True)
    approved_on = models.DateField(null=True, blank=True)
    aborted_by = models.BigIntegerField(null=True, blank=True)
    abort_reason = models.CharField(
        max_length=12, choices=AbortReason.choices, blank=True, default=""
    )
    done_at = models.DateTimeField(null=True, blank=True)
    destroyed = models.PositiveBigIntegerField(default=0)
    kept = models.PositiveBigIntegerField(default=0)
    told_entry = models.PositiveBigIntegerField(
        default=0,
        db_default=0,
        help_text=_("Up to which ledger entry systems and recipients were told"),
    )
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(prepared_by__isnull=False) & ~Q(approved_by=F("prepared_by")),
                name="list_approved_by_another",
            )
        ]
        indexes = [
            models.Index(
                fields=["runs_from", "id"],
                name="list_live",
                condition=Q(status__in=["planned", "approved"]),
            ),
            models.Index(
                fields=["id"],
                name="list_to_tell",
                condition=Q(status__in=["done", "aborted"], told_at__isnull=True),
            ),
        ]
        permissions = [
            ("prepare_destructionlist", "May prepare a list for approval"),
            ("approve_destructionlist", "May approve a list that another prepared"),
            ("approve_checks", "May approve a list of money-laundering checks"),
            ("abort_destructionlist", "May abort a list or take something off it"),
            ("stop_destruction", "May stop all destruction and let it go on"),
        ]


class DestructionItem(models.Model):
    """One unit of a list, in the list's own order. Outlives what it names: hence no key."""

    list = models.ForeignKey(DestructionList, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveBigIntegerField()
    unit = models.CharField(max_length=11, choices=Unit.choices)
    unit_id = models.BigIntegerField()
    taken_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "position"], name="item_position_once")
        ]
        indexes = [models.Index(fields=["unit_id", "unit"], name="item_of_unit")]


class Window(models.Model):
    """The positions of a list that one worker takes at a time.

    `done_at` is written in the transaction that destroys, so it is true wherever a worker
    dies; whoever comes next takes what is not done. Goes when the list ends.
    """

    list = models.ForeignKey(DestructionList, on_delete=models.PROTECT, related_name="windows")
    after = models.PositiveBigIntegerField()
    to = models.PositiveBigIntegerField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list", "after"], name="window_once")]


class RuleRun(models.Model):
    """The content of a rule that two people have seen run; later lists need no approval."""

    digest = models.CharField(max_length=64, primary_key=True)
    rule = models.CharField(max_length=20)
    first_run_on = models.DateField()
    list = models.ForeignKey(DestructionList, on_delete=models.PROTECT, related_name="+")


class RuleReview(models.Model):
    """While a row is here, each list of this rule waits for two people."""

    rule = models.CharField(max_length=20, primary_key=True)
    since = models.DateField()
    set_by = models.BigIntegerField()


class StopSwitch(models.Model):
    """While a row is here, no list destroys anything."""

    stopped_at = models.DateTimeField(auto_now_add=True)
    stopped_by = models.BigIntegerField()
    reason = models.CharField(
        max_length=10, choices=StopReason.choices, blank=True, default="", db_default=""
    )


class Expectation(models.Model):
    """How many units go in a month by a rule, as it was counted last: see `forecast`.

    Counting reads the whole index of dates, which no page should wait for.
    """

    month = models.DateField()
    rule = models.CharField(max_length=20)
    unit = models.CharField(max_length=11, choices=Unit.choices)
    number = models.PositiveBigIntegerField()
    held = models.PositiveBigIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "rule", "unit"], name="expected_once")
        ]
