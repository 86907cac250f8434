"""Requests for tests of any app. Name only what matters to the test."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from policy.models import PolicyVersion
from policy.tests.makers import load_policy
from requests import services
from requests.constants import DoubtReason, IdentityMethod, MatchState
from requests.models import Effect, PrivacyRequest, Rectification, Review, SubjectMatch
from requests.services import Submission, Submitted
from subjects.models import Involvement, Subject
from subjects.tests.makers import an_identity

RECEIVED_AT = datetime(2026, 6, 9, 10, 0, tzinfo=UTC)
LATER = datetime(2026, 6, 11, 10, 0, tzinfo=UTC)
OFFICER, ANOTHER = 101, 102


def a_submission(**fields: Any) -> Submission:
    whole: dict[str, Any] = {
        "received_at": RECEIVED_AT,
        "situation": "letter",
        "identity": an_identity(),
        "words": "Ik wil weten wat u van mij heeft.",
    } | fields
    return Submission(**whole)


def submit(**fields: Any) -> Submitted:
    if not PolicyVersion.objects.exists():
        load_policy()
    return services.submit(a_submission(**fields))


def make_request(**fields: Any) -> PrivacyRequest:
    """Take in an access request of Fatima El Amrani, on 9 June 2026, unless told otherwise."""
    return submit(**fields).request


def make_match(
    privacy_request: PrivacyRequest, subject: Subject | None = None, **fields: Any
) -> SubjectMatch:
    reference = subject.reference if subject else uuid4()
    whole: dict[str, Any] = {"evidence": ["last_name:equal"], "score": 1.0} | fields
    return SubjectMatch.objects.create(
        request=privacy_request, subject_reference=reference, **whole
    )


def make_handled(subject: Subject | None = None, **fields: Any) -> PrivacyRequest:
    """Make a request whose person is known, and, given a subject, matched."""
    privacy_request = make_request(**fields)
    matches = []
    if subject is not None:
        match = make_match(privacy_request, subject)
        services.confirm_match(match.pk, officer=OFFICER, now=LATER)
        assert SubjectMatch.objects.get(pk=match.pk).state == MatchState.CONFIRMED
        matches = [match.pk]
    return prove(privacy_request, *matches)


def prove(
    privacy_request: PrivacyRequest,
    *matches: int,
    officer: int = OFFICER,
    now: datetime = LATER,
) -> PrivacyRequest:
    """Note that the person came along, and is the person of these matches, or of all confirmed."""
    confirmed = privacy_request.matches.filter(state=MatchState.CONFIRMED)
    return services.confirm_identity(
        privacy_request.pk,
        IdentityMethod.IN_PERSON,
        officer=officer,
        now=now,
        matches=matches or list(confirmed.values_list("pk", flat=True)),
        text="Kwam langs op kantoor",
    )


def ask_in_vain(privacy_request: PrivacyRequest, now: datetime = LATER) -> None:
    """Ask who it is, and go on without an answer."""
    services.ask_identity(
        privacy_request.pk,
        [DoubtReason.TOO_LITTLE],
        text="Wat is uw geboortedatum?",
        without_undue_delay=True,
        officer=OFFICER,
        now=now,
    )
    services.go_on_unanswered(privacy_request.pk, officer=OFFICER, now=now)
    privacy_request.refresh_from_db()


def make_rights_rows(privacy_request: PrivacyRequest, involvement: Involvement) -> None:
    """Make one row of what rights do: an effect, a correction and a review."""
    of = {
        "request": privacy_request,
        "dossier_reference": involvement.dossier.reference,
        "involvement_reference": involvement.reference,
    }
    right = privacy_request.rights.earliest("pk")
    Effect.objects.create(kind="restrict", right=right, **of)
    Rectification.objects.create(
        field="last_name", sealed_values=b"-", entered_by=OFFICER, entered_at=LATER, **of
    )
    Review.objects.create(decision_digest=b"0" * 16, suspended_at=LATER, **of)
