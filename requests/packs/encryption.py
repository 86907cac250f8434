"""A PDF that opens with a passphrase only: what is downloaded stays closed where it lands."""

import io
import secrets

from requests.codes import ALPHABET

SHORTEST, LONGEST = 10, 60
GROUPS, GROUP = 4, 4


def new_passphrase() -> str:
    """Return a passphrase of 80 bits that can be copied by hand, such as K7QF-93MD-AB2C-9XYZ."""
    groups = ["".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS)]
    return "-".join(groups)


def encrypted(pages: bytes, passphrase: str) -> bytes:
    """Return the PDF encrypted with AES-256, files inside it too; text stays open to readers.

    The owner's passphrase is thrown away: who opens the file may do all with it. PDF/A forbids
    encryption, so the copy no longer says that it is one.
    """
    import pikepdf  # 16 MB, of no use to every other process

    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            for name in ("pdfaid:part", "pdfaid:conformance"):
                if name in meta:
                    del meta[name]
        pdf.save(
            output,
            encryption=pikepdf.Encryption(
                owner=secrets.token_urlsafe(32), user=passphrase, R=6, metadata=True
            ),
        )
    return output.getvalue()
