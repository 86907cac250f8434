"""What a person asks, by when it must be answered, and what we answered.

A request holds a data key of its own: all that says something of the person is sealed under it,
also once the registry has nothing of them any more. Its file ends like any other: it has a
dossier of purpose RTS, and goes with it. So nothing here points at rows of the registry but that
dossier; people, involvements and dossiers are named by their random references.
"""

import uuid
from datetime import date

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from requests import (
    attachment_models,  # noqa: F401 - Django looks here
    figure_models,  # noqa: F401
    forwarding_models,
    identity_models,  # noqa: F401
    letter_models,  # noqa: F401
    organisation_models,  # noqa: F401
)
from requests.constants import (
    FOUR_EYES,
    NOT_ALL,
    OPEN,
    STATE_ORDER,
    TRANSITIONS,
    UNANSWERED,
    Cause,
    Channel,
    Direction,
    EffectKind,
    EffectState,
    IdentityMethod,
    IdentityResult,
    Kind,
    MailKind,
    MailState,
    MatchState,
    Mention,
    Outcome,
    PackKind,
    Part,
    ReviewResult,
    Right,
    State,
)
from requests.identity_constants import AsksFor
from requests.querysets import RequestQuerySet
from subjects.constants import RestrictionGround

DIGEST_BYTES = 16
# What is sent on to clients stands in a file of its own.
Forwarding = forwarding_models.Forwarding


def a_reference() -> models.UUIDField:
    return models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class PrivacyRequest(models.Model):
    """One letter, one clock, one or more rights; holder of a data key.

    `sealed_body` holds {"situation", "identity" (as the door seals it), "words"}. `version`
    grows with each change, so that nobody overwrites what they have not seen. `page_digest`
    recognises the access code of the person's page, which stands nowhere.
    """

    reference = a_reference()
    number = models.CharField(max_length=20, unique=True)
    key_id = models.BigIntegerField(unique=True)
    dossier = models.OneToOneField(
        "subjects.Dossier", on_delete=models.PROTECT, related_name="privacy_request"
    )
    kind = models.CharField(
        max_length=9,
        choices=Kind.choices,
        default=Kind.REQUEST,
        help_text="Only a request has rights and a clock",
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    version = models.PositiveIntegerField(default=1)
    language = models.CharField(max_length=2, default="nl")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    asks_for = models.CharField(max_length=8, choices=AsksFor.choices, default=AsksFor.SELF)
    received_at = models.DateTimeField()
    mentions = ArrayField(
        models.CharField(max_length=10, choices=Mention.choices),
        default=list,
        blank=True,
        help_text="What the letter says besides the rights",
    )
    sealed_body = models.BinaryField()
    letter_digest = models.BinaryField(
        max_length=DIGEST_BYTES, default=bytes, help_text="Recognises the same letter again"
    )
    caller_digest = models.BinaryField(
        max_length=DIGEST_BYTES,
        null=True,
        blank=True,
        unique=True,
        help_text="The id a connected system gave it",
    )
    merged_into = models.UUIDField(
        null=True, blank=True, help_text="Reference of the earlier request it joined"
    )
    not_same_as = ArrayField(
        models.UUIDField(),
        default=list,
        blank=True,
        help_text="References of earlier requests that a colleague looked at: it is another",
    )
    sealed_mail_key = models.BinaryField(
        null=True, blank=True, help_text="The public key that mail to the person is encrypted for"
    )
    page_digest = models.BinaryField(max_length=DIGEST_BYTES)
    searched_at = models.DateTimeField(
        null=True, blank=True, help_text="When we looked for who may be meant"
    )
    email_verified_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="None while the clock stands still")
    extension_due_on = models.DateField(null=True, blank=True)
    refusal_due_on = models.DateField(null=True, blank=True)
    entered_by = models.BigIntegerField(
        null=True, blank=True, help_text="The colleague who took it in"
    )
    approved_by = models.BigIntegerField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    assigned_to = models.BigIntegerField(
        null=True, blank=True, help_text="The colleague who has it in hand"
    )
    state_order = models.GeneratedField(
        expression=Case(
            *(When(state=state, then=Value(place)) for state, place in STATE_ORDER.items())
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["closed", "withdrawn"], ended_on__isnull=False)
                | ~Q(state__in=["closed", "withdrawn"]) & Q(ended_on__isnull=True),
                name="request_ended_has_day",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.REQUEST) | Q(due_on=None), name="request_only_has_clock"
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="request_due", condition=Q(state__in=OPEN)),
            models.Index(
                fields=["received_at", "id"],
                include=["kind", "channel"],
                name="request_received",
            ),
            models.Index(
                fields=["letter_digest"], name="request_letter", condition=~Q(letter_digest=b"")
            ),
            models.Index(
                fields=["id"], name="request_unsearched", condition=Q(searched_at__isnull=True)
            ),
            # One for each order of the queue; the open ones are few, and stand at the end.
            models.Index(fields=["due_on", "id"], name="request_by_due"),
            models.Index(fields=["state_order", "id"], name="request_by_state"),
            models.Index(fields=["assigned_to", "id"], name="request_by_assigned"),
            models.Index(
                fields=["received_at", "id"],
                name="request_open_received",
                condition=Q(state__in=OPEN),
            ),
            models.Index(
                fields=["number"], name="request_open_number", condition=Q(state__in=OPEN)
            ),
            models.Index(
                fields=["assigned_to", "due_on", "id"],
                name="request_open_assigned",
                condition=Q(state__in=OPEN),
            ),
            models.Index(
                fields=["answered_at"],
                name="request_answered",
                condition=Q(answered_at__isnull=False),
            ),
        ]
        permissions = [
            ("handle_privacyrequest", "May match, ask, extend and decide"),
            ("approve_privacyrequest", "May approve an answer"),
            ("approve_refusal", "May approve a refusal of another"),
            ("review_decision", "May decide anew what a computer decided"),
            ("search_privacyrequest", "May look for a request by its person"),
            ("export_privacyrequest", "May export what the queue shows"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="state_follows",
                field="state",
                transitions=[(a, b) for a, following in TRANSITIONS.items() for b in following],
            ),
            pgtrigger.Protect(
                name="request_closes_answered",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__state__in=UNANSWERED,
                    new__state=State.CLOSED,
                    new__kind=Kind.REQUEST,
                    new__merged_into__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The person's own page."""
        return reverse("portal:request", args=[self.reference])

    @property
    def body_place(self) -> str:
        return f"requests.privacyrequest.body:{self.key_id}"

    @property
    def mail_key_place(self) -> str:
        return f"requests.privacyrequest.mail_key:{self.key_id}"

    @property
    def received_on(self) -> date:
        """The calendar day of receipt where the answer is given."""
        return timezone.localdate(self.received_at)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class OfRequest(models.Model):
    """What belongs to a request and goes with it."""

    request = models.ForeignKey(PrivacyRequest, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True


class RequestedRight(OfRequest):
    """One right that the letter invokes."""

    request = models.ForeignKey(PrivacyRequest, on_delete=models.PROTECT, related_name="rights")
    right = models.CharField(max_length=15, choices=Right.choices)
    article = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "right"], name="right_once_per_request")
        ]
        indexes = [models.Index(fields=["right", "request"], name="right_of_requests")]


class SubjectMatch(OfRequest):
    """Somebody in the registry who may be the person that asks, and what speaks for it.

    `evidence` are codes such as "last_name:near": never a value. `involvements` are the
    references of those by which they were found.
    """

    request = models.ForeignKey(PrivacyRequest, on_delete=models.PROTECT, related_name="matches")
    subject_reference = models.UUIDField()
    involvements = ArrayField(models.UUIDField(), default=list)
    score = models.FloatField(default=0)
    evidence = ArrayField(models.CharField(max_length=40), default=list)
    state = models.CharField(max_length=9, choices=MatchState.choices, default=MatchState.PROPOSED)
    hold_id = models.BigIntegerField(null=True, blank=True, help_text="Released with the answer")
    decided_by = models.BigIntegerField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "subject_reference"], name="match_once_per_request"
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_by__isnull=False),
                name="match_decided_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["subject_reference"], name="match_of_person")]


class IdentityCheck(OfRequest):
    """By what it is known, or was doubted, who asks. The fact only, never a document.

    A proof opens the people of the `involvements` whose identifier it proves, by their
    references, and nobody else. Without officer it was made by the person: a code, a sign-in.
    What an officer noted of it is sealed under the request's key: {"text"}.
    """

    method = models.CharField(max_length=15, choices=IdentityMethod.choices, blank=True)
    result = models.CharField(max_length=10, choices=IdentityResult.choices)
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    reference = models.UUIDField(default=uuid.uuid4, editable=False)
    involvements = ArrayField(models.UUIDField(), default=list)
    evidence = ArrayField(models.CharField(max_length=40), default=list)
    sealed_note = models.BinaryField(null=True, blank=True)
    officer = models.BigIntegerField(null=True, blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(result="doubt") | ~Q(reasons=[]), name="identity_doubt_has_reason"
            ),
            models.CheckConstraint(
                condition=~Q(result="proven") | ~Q(method=""), name="identity_proven_by_a_method"
            ),
        ]

    @property
    def note_place(self) -> str:
        return f"requests.identitycheck.note:{self.reference}"


class ClockEvent(OfRequest):
    """One computation of the due date: its cause, the facts, the outcome. Never changed.

    The facts of all events of a request are what the next computation starts from
    (`services.clock_of`); they are dates and codes.
    """

    cause = models.CharField(max_length=10, choices=Cause.choices)
    facts = models.JSONField(default=dict)
    status = models.CharField(max_length=10)
    due_on = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["request"], name="clock_extended", condition=Q(cause=Cause.EXTENDED)
            )
        ]
        triggers = [pgtrigger.Protect(name="kept_as_it_was", operation=pgtrigger.Update)]


class Decision(OfRequest):
    """The outcome of one right for one dossier, or a part of it; without dossier: for all.

    `purpose` and `dossier_reference` outlive the dossier. The reason is sealed: {"text"} for the
    person, and {"grounds"} for the file: what was weighed, or what shows an abuse.
    """

    right = models.ForeignKey(RequestedRight, on_delete=models.PROTECT, related_name="decisions")
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

    right = models.ForeignKey(RequestedRight, on_delete=models.PROTECT, related_name="effects")
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
            )
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

    @property
    def account_place(self) -> str:
        return f"requests.review.account:{self.reference}"


class Message(OfRequest):
    """One message on the person's page, sealed under the request's key: {"text"}."""

    reference = a_reference()
    direction = models.CharField(max_length=3, choices=Direction.choices)
    sealed_body = models.BinaryField()
    author = models.BigIntegerField(null=True, blank=True)
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["request", "id"], name="message_of_request")]

    @property
    def body_place(self) -> str:
        return f"requests.message.body:{self.reference}"


class EmailCode(OfRequest):
    """A code that was mailed to prove an address, as a keyed digest; used at most once."""

    digest = models.BinaryField(max_length=DIGEST_BYTES)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)


class PageLink(OfRequest):
    """A link that was mailed, as a keyed digest; opens the person's page at most once."""

    digest = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class OutgoingMail(models.Model):
    """A mail to be sent, or sent; holder of a data key while it has content.

    `sealed_content` holds {"to", "subject", "body"}. Neither subject nor body says anything of
    the person, but the body may carry a link or a code.
    """

    reference = a_reference()
    request = models.ForeignKey(
        PrivacyRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="mails"
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


class Pack(OfRequest):
    """The data of an answer, to see or to take along, sealed under a key of its own.

    Digest and manifest (counts and codes, nothing of the person) stay when the content goes, and
    so do `sealed_pieces`, under the request's key: which pieces it gave.
    """

    reference = a_reference()
    kind = models.CharField(max_length=11, choices=PackKind.choices, default=PackKind.ACCESS)
    key_id = models.BigIntegerField(unique=True, null=True, blank=True)
    sealed_pdf = models.BinaryField(null=True, blank=True)
    sealed_json = models.BinaryField(null=True, blank=True)
    sealed_csv = models.BinaryField(null=True, blank=True, help_text="Of data to take along")
    manifest = models.JSONField(default=dict)
    sealed_pieces = models.BinaryField(
        null=True, blank=True, help_text="Keyed digests of what it gave: no new copy gives more"
    )
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of its files together")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"], name="pack_to_empty", condition=Q(key_id__isnull=False)
            )
        ]

    @property
    def pdf_place(self) -> str:
        return f"requests.pack.pdf:{self.reference}"

    @property
    def json_place(self) -> str:
        return f"requests.pack.json:{self.reference}"

    @property
    def csv_place(self) -> str:
        return f"requests.pack.csv:{self.reference}"

    @property
    def pieces_place(self) -> str:
        return f"requests.pack.pieces:{self.reference}"


class PackDownload(models.Model):
    """That a pack was taken, in which form, when, and by whom (as the ledger names them)."""

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="downloads")
    form = models.CharField(max_length=4)
    actor = models.CharField(max_length=40)
    downloaded_at = models.DateTimeField()


class PortalDraft(models.Model):
    """What somebody has typed so far, sealed under its own key; goes seven days after `kept_at`.

    `request` is set when it was sent: sending again then finds the same request. From there on
    the draft only holds the access code, for the page that shows it. Keyed digests: a code and a
    mailed link open an unsent draft on another device, and `sent_digest` knows the page again from
    which it was sent.
    """

    reference = a_reference()
    key_id = models.BigIntegerField(unique=True)
    sealed_content = models.BinaryField()
    language = models.CharField(max_length=2, default="nl")
    request = models.ForeignKey(
        PrivacyRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    started_at = models.DateTimeField()
    kept_at = models.DateTimeField(help_text="When something was last typed and kept")
    sent_at = models.DateTimeField(null=True, blank=True)
    code_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True, unique=True)
    link_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True, unique=True)
    sent_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["kept_at"], name="draft_kept")]

    @property
    def content_place(self) -> str:
        return f"requests.portaldraft.content:{self.key_id}"


# Django finds an app's models here; the breach register and the queue have folders of their own.
from requests.incidents.models import Incident  # noqa: E402, F401
from requests.queue.models import QueueExport, QueueExportPiece, QueueView  # noqa: E402, F401
