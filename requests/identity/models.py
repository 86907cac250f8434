"""Rows about who asks and for whom, and about officers' warnings and calendars.

All goes with the request it belongs to; a representative and their mandates go with the last
request that rests on them (`erasers`).
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from requests.constants import IdentityMethod, IdentityResult, MatchState
from requests.identity.constants import AuthorityProof, MandateKind, WarningKind
from requests.model_base import DIGEST_BYTES, REQUEST, OfRequest


class SubjectMatch(OfRequest):
    """Somebody in the registry who may be the person that asks, and what speaks for it.

    `evidence` are codes such as "last_name:near": never a value. `involvements` are the
    references of those by which they were found.
    """

    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="matches")
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
    What an officer noted of it is sealed under the request's key: {"text"}. `paper` is the file of
    the request that was looked at; it is destroyed before an answer is approved.
    """

    method = models.CharField(max_length=15, choices=IdentityMethod.choices, blank=True)
    result = models.CharField(max_length=10, choices=IdentityResult.choices)
    reasons = ArrayField(models.CharField(max_length=20), default=list)
    reference = models.UUIDField(default=uuid.uuid4, editable=False)
    involvements = ArrayField(models.UUIDField(), default=list)
    evidence = ArrayField(models.CharField(max_length=40), default=list)
    sealed_note = models.BinaryField(null=True, blank=True)
    paper = models.UUIDField(null=True, blank=True)
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


class PostedCode(models.Model):
    """A code that goes by post to the address on file of one involvement, as a keyed digest.

    `sealed_letter` holds {"code", "access", "name", "address"} under the request's key until it is
    posted; `read_by` are the colleagues who printed it, and so may know the code. A new code takes
    the place of those before it. `access_digest` recognises the access code in the same letter,
    while it opens anything (`services/people/by_letter.py`).
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="postedcodes")
    involvement = models.UUIDField(help_text="Reference; the address is the one on file there")
    subject_reference = models.UUIDField(null=True, blank=True, help_text="Whose address it is")
    digest = models.BinaryField(max_length=DIGEST_BYTES)
    access_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True)
    sealed_letter = models.BinaryField(null=True, blank=True)
    officer = models.BigIntegerField()
    read_by = ArrayField(models.BigIntegerField(), default=list, blank=True)
    made_at = models.DateTimeField()
    printed_at = models.DateTimeField(null=True, blank=True)
    posted_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                name="posted_code_live_once",
                condition=Q(used_at__isnull=True, replaced_at__isnull=True),
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="posted_code_to_post",
                condition=Q(sealed_letter__isnull=False),
            )
        ]

    @property
    def letter_place(self) -> str:
        return f"requests.postedcode.letter:{self.reference}"


class Representative(models.Model):
    """Who asks for others; holder of a data key.

    `sealed_identity` holds {"name", "office", "email", "phone", "address"}. `email_digest`,
    keyed, finds them again when they ask for somebody else.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key_id = models.BigIntegerField(unique=True)
    sealed_identity = models.BinaryField()
    email_digest = models.BinaryField(max_length=DIGEST_BYTES, null=True, blank=True, unique=True)

    @property
    def identity_place(self) -> str:
        return f"requests.representative.identity:{self.key_id}"


class Mandate(models.Model):
    """That a representative may ask for one person: what, since when, until when, seen by whom.

    No `rights` or `purposes` means all of them. The note on what was seen is sealed under the
    representative's key: {"text"}.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    representative = models.ForeignKey(
        Representative, on_delete=models.PROTECT, related_name="mandates"
    )
    subject_reference = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=15, choices=MandateKind.choices)
    rights = ArrayField(models.CharField(max_length=15), default=list, blank=True)
    purposes = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    proof = models.CharField(max_length=12, choices=AuthorityProof.choices)
    sealed_note = models.BinaryField()
    seen_by = models.BigIntegerField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="mandate_ends_after_it_began",
            )
        ]

    @property
    def note_place(self) -> str:
        return f"requests.mandate.note:{self.reference}"


class Representation(models.Model):
    """That a request rests on a mandate; one request on one mandate."""

    request = models.OneToOneField(REQUEST, on_delete=models.PROTECT, related_name="representation")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="representations")
    officer = models.BigIntegerField()
    noted_at = models.DateTimeField()


class Reminder(models.Model):
    """That officers were warned once of one due date of a request."""

    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="reminders")
    kind = models.CharField(max_length=10, choices=WarningKind.choices)
    due_on = models.DateField()
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["request", "kind", "due_on"], name="reminder_once_per_due_date"
            )
        ]


class CalendarFeed(models.Model):
    """The secret address of a colleague's calendar of due dates, as a keyed digest."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    digest = models.BinaryField(max_length=DIGEST_BYTES, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
