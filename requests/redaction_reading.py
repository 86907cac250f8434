"""What is left out of an answer, opened."""

from requests.letter_models import Redaction as RedactionRow
from requests.models import PrivacyRequest
from requests.redacting import Redaction
from vault import services as vault


def redactions_of(privacy_request: PrivacyRequest) -> list[Redaction]:
    """Return what is left out of this answer, opened."""
    rows = list(RedactionRow.objects.filter(request=privacy_request).order_by("pk"))
    if not rows:
        return []
    key = vault.open_key(privacy_request.key_id)
    return [
        Redaction(
            row.involvement_reference,
            row.kind,
            row.item,
            **key.unseal(row.sealed_content, place=row.content_place),
        )
        for row in rows
    ]
