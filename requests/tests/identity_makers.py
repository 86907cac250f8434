"""Rows about who asks and for whom, for tests of any app."""

from datetime import timedelta
from typing import Any

from requests.identity.constants import AuthorityProof, MandateKind, WarningKind
from requests.identity.models import Mandate, PostedCode, Reminder, Representation, Representative
from requests.models import PrivacyRequest
from requests.tests.makers import LATER, OFFICER
from subjects.models import Involvement, Subject
from vault import services as vault
from vault.constants import KeyKind


def make_mandate(subject: Subject, **fields: Any) -> Mandate:
    """Make a guardian who may ask everything for this person since January."""
    key = vault.create_key(KeyKind.REQUEST)
    representative = Representative(key_id=key.id)
    representative.sealed_identity = key.seal(
        {"name": "Mr. Vos", "email": "vos@example.nl"}, place=representative.identity_place
    )
    representative.save()
    whole: dict[str, Any] = {
        "kind": MandateKind.GUARDIAN,
        "proof": AuthorityProof.COURT_ORDER,
        "since": LATER.date().replace(month=1, day=1),
        "seen_by": OFFICER,
        "seen_at": LATER,
    } | fields
    mandate = Mandate(representative=representative, subject_reference=subject.reference, **whole)
    mandate.sealed_note = key.seal({"text": "Beschikking gezien"}, place=mandate.note_place)
    mandate.save()
    return mandate


def make_identity_rows(privacy_request: PrivacyRequest, involvement: Involvement) -> None:
    """Make one row in each table about who asks."""
    Representation.objects.create(
        request=privacy_request,
        mandate=make_mandate(involvement.subject),
        officer=OFFICER,
        noted_at=LATER,
    )
    PostedCode.objects.create(
        request=privacy_request,
        involvement=involvement.reference,
        digest=b"0" * 16,
        officer=OFFICER,
        made_at=LATER,
        expires_at=LATER + timedelta(days=21),
    )
    Reminder.objects.create(
        request=privacy_request,
        kind=WarningKind.HALF,
        due_on=LATER.date(),
        noted_at=LATER,
    )
