"""What a person asks, by when it must be answered, and what we answered.

A request holds a data key of its own: all that says something of the person is sealed under it,
also once the registry has nothing of them any more. Its file ends like any other: it has a
dossier of purpose RTS, and goes with it. So nothing here points at rows of the registry but that
dossier; people, involvements and dossiers are named by their random references.
"""

from datetime import date

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from requests.constants import (
    OPEN,
    STATE_ORDER,
    TRANSITIONS,
    UNANSWERED,
    Cause,
    Channel,
    Direction,
    Kind,
    Mention,
    Right,
    State,
)
from requests.decisions.models import Decision, Effect, Rectification, Review
from requests.figures.models import AnswerFigure, PublicFigure
from requests.files.models import Attachment, DraftFile
from requests.identity.constants import AsksFor
from requests.identity.models import (
    CalendarFeed,
    IdentityCheck,
    Mandate,
    PostedCode,
    Reminder,
    Representation,
    Representative,
    SubjectMatch,
)
from requests.incidents.models import Incident
from requests.letters.models import HandOver, Letter, Redaction, Renewal
from requests.mail.models import OutgoingMail
from requests.model_base import DIGEST_BYTES, OfRequest, a_reference
from requests.organisations.forwarding_models import Forwarding
from requests.organisations.models import AddressChange
from requests.packs.models import Pack, PackDownload
from requests.portal.models import EmailCode, PageLink, PortalDraft
from requests.querysets import RequestQuerySet
from requests.queue.models import QueueExport, QueueExportPiece, QueueView

# Django looks here for an app's models; each stands beside what uses it most.
__all__ = [
    "AddressChange",
    "AnswerFigure",
    "Attachment",
    "CalendarFeed",
    "ClockEvent",
    "Decision",
    "DraftFile",
    "Effect",
    "EmailCode",
    "Forwarding",
    "HandOver",
    "IdentityCheck",
    "Incident",
    "Letter",
    "Mandate",
    "Message",
    "OutgoingMail",
    "Pack",
    "PackDownload",
    "PageLink",
    "PortalDraft",
    "PostedCode",
    "PrivacyRequest",
    "PublicFigure",
    "QueueExport",
    "QueueExportPiece",
    "QueueView",
    "Rectification",
    "Redaction",
    "Reminder",
    "Renewal",
    "Representation",
    "Representative",
    "RequestedRight",
    "Review",
    "SubjectMatch",
]


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
    forward_by = models.DateField(
        null=True, blank=True, help_text="By when it goes on to a seller; none where it need not"
    )
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
                fields=["forward_by", "id"],
                name="request_to_forward",
                condition=Q(forward_by__isnull=False),
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


class Message(OfRequest):
    """One message on the person's page, sealed under the request's key: {"text"}."""

    reference = a_reference()
    direction = models.CharField(max_length=3, choices=Direction.choices)
    sealed_body = models.BinaryField()
    author = models.BigIntegerField(null=True, blank=True)
    sent_at = models.DateTimeField()
    # A letter that joined the request may be of somebody else than who has its page.
    shown = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["request", "id"], name="message_of_request")]

    @property
    def body_place(self) -> str:
        return f"requests.message.body:{self.reference}"
