"""What is left out of an answer, opened."""

from requests.belongings import belongings_of
from requests.models import PrivacyRequest
from requests.redaction.redacting import Redaction


def redactions_of(privacy_request: PrivacyRequest) -> list[Redaction]:
    """Return what is left out of this answer, opened."""
    belongings = belongings_of(privacy_request)
    return [
        Redaction(
            row.involvement_reference,
            row.kind,
            row.item,
            **belongings.key.unseal(row.sealed_content, place=row.content_place),
        )
        for row in belongings.redactions
    ]
