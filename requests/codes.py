"""Codes and links that open a page or prove an address: made here, kept as keyed digests only."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from requests.constants import CODE_DIGITS
from vault import services as vault

# Without letters that look like digits: codes are read aloud and copied by hand.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
GROUPS, GROUP = 4, 4


@dataclass(frozen=True)
class Secret:
    """What only the person gets to see, and what we keep of it."""

    text: str
    digest: bytes

    def __repr__(self) -> str:
        return "Secret()"


def new_page_code() -> Secret:
    """Return an access code of 80 bits, such as K7QF-93MD-AB2C-9XYZ."""
    text = _eighty_bits()
    return Secret(text, page_digest(text))


def new_draft_code() -> Secret:
    """Return a code of 80 bits that opens a form that was saved."""
    text = _eighty_bits()
    return Secret(text, draft_digest(text))


def draft_digest(typed: str) -> bytes:
    """Return the digest of the code of a saved form, however it was typed."""
    return vault.digest("requests.draft", _plain(typed))


def _eighty_bits() -> str:
    groups = ["".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS)]
    return "-".join(groups)


def page_digest(typed: str) -> bytes:
    """Return the digest of an access code, however it was typed."""
    return vault.digest("requests.page", _plain(typed))


def new_posted_code(reference: UUID) -> Secret:
    """Return a code of 40 bits for one request's letter, such as K7QF-93MD."""
    groups = ["".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(2)]
    text = "-".join(groups)
    return Secret(text, posted_digest(reference, text))


def posted_digest(reference: UUID, typed: str) -> bytes:
    return vault.digest("requests.posted", str(reference), _plain(typed))


def _plain(typed: str) -> str:
    """Return a code without how it was typed: case, spaces, letters that look like digits."""
    return "".join(c for c in typed.upper() if c.isalnum()).translate(MISREAD)


def new_email_code(reference: UUID) -> Secret:
    """Return six digits that prove one request's address."""
    text = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    return Secret(text, email_digest(reference, text))


def email_digest(reference: UUID, typed: str) -> bytes:
    digits = "".join(c for c in typed if c.isdecimal())
    return vault.digest("requests.email", str(reference), digits)


def new_link() -> Secret:
    """Return the token of a link, 192 bits."""
    text = secrets.token_urlsafe(24)
    return Secret(text, link_digest(text))


def link_digest(token: str) -> bytes:
    return vault.digest("requests.link", token)
