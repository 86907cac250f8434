"""Addresses that must never be written to again, kept only as keyed digests."""

from subjects.names import Person, phone_digits
from vault import services as vault


def suppression_digest(kind: str, value: str) -> bytes:
    """Return the digest by which an e-mail address or telephone number is recognised."""
    same = value.strip().lower() if kind == "email" else phone_digits(value)
    return vault.digest("suppression", kind, same)


def suppression_digests(person: Person) -> list[bytes]:
    """Return the digests of all addresses of a person."""
    return [
        *(suppression_digest("email", email) for email in person.emails),
        *(suppression_digest("phone", phone) for phone in person.phones),
    ]
