"""Mail that only its reader can open: S/MIME (RFC 8551) or OpenPGP (RFC 3156 and 9580).

`read_key` tells what a person or organisation gave us, and whether it is fit for use; `encrypted`
puts a mail into an envelope for that key. Plain functions: no database, no settings.
"""

from dataclasses import dataclass
from datetime import datetime
from email.encoders import encode_7or8bit
from email.generator import BytesGenerator
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from io import BytesIO

import pysequoia
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder
from django.db import models
from django.utils.translation import gettext_lazy as _

LEAST_BITS = 2048
LONGEST_KEY = 100_000
# What stands outside the envelope, where everybody on the way can read it.
OUTSIDE = ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version")


class KeyKind(models.TextChoices):
    SMIME = "smime", _("S/MIME certificate")
    OPENPGP = "openpgp", _("OpenPGP key")


class KeyUnfit(ValueError):
    """The text is no key that mail can be encrypted for; its words say why."""


@dataclass(frozen=True)
class MailKey:
    """A public key that mail can be encrypted for, with what people compare it by."""

    kind: KeyKind
    text: str
    fingerprint: str = ""

    @classmethod
    def of(cls, text: str) -> "MailKey":
        """Return a key that was read before, and may have expired since."""
        is_pem = "BEGIN CERTIFICATE" in text
        return cls(KeyKind.SMIME if is_pem else KeyKind.OPENPGP, text)


def read_key(text: str, *, now: datetime) -> MailKey:
    """Return the key that `text` holds (PEM certificate, or armoured OpenPGP key).

    Raises KeyUnfit where it is none, has expired, was revoked, is too weak, or is a secret key,
    which nobody should hand out.
    """
    text = text.strip()
    if len(text) > LONGEST_KEY:
        raise KeyUnfit(_("This is too long for a key."))
    if "PRIVATE KEY" in text:
        raise KeyUnfit(_("This is a secret key. Never give it to anybody: we need the public one."))
    if "BEGIN CERTIFICATE" in text:
        return _read_certificate(text, now)
    if "BEGIN PGP PUBLIC KEY" in text:
        return _read_openpgp(text, now)
    raise KeyUnfit(_("This is neither an S/MIME certificate (PEM) nor an OpenPGP key."))


def _read_certificate(text: str, now: datetime) -> MailKey:
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
        public = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnfit(_("This certificate cannot be read.")) from error
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise KeyUnfit(_("This certificate is not valid today."))
    if not isinstance(public, RSAPublicKey):
        raise KeyUnfit(_("We can use certificates with an RSA key only."))
    if public.key_size < LEAST_BITS:
        raise KeyUnfit(_("The key of this certificate is too short to be safe."))
    if not _may_encipher(certificate):
        raise KeyUnfit(_("This certificate is not meant for encryption."))
    return MailKey(KeyKind.SMIME, text, certificate.fingerprint(SHA256()).hex().upper())


def _may_encipher(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.key_encipherment


def _read_openpgp(text: str, now: datetime) -> MailKey:
    try:
        certificate = pysequoia.Cert.from_bytes(text.encode())
        fingerprint, expires = certificate.fingerprint, certificate.expiration
        revoked = certificate.is_revoked
    except Exception as error:  # the library raises its own kinds for what it cannot read
        raise KeyUnfit(_("This OpenPGP key cannot be read.")) from error
    if revoked or (expires is not None and expires <= now):
        raise KeyUnfit(_("This OpenPGP key has expired or was revoked."))
    try:
        pysequoia.encrypt(b"", recipients=[certificate])
    except Exception as error:
        raise KeyUnfit(_("This OpenPGP key is not meant for encryption.")) from error
    return MailKey(KeyKind.OPENPGP, text, fingerprint.upper())


# --- putting a mail into its envelope -------------------------------------------------------


def encrypted(mail: Message, key: MailKey) -> Message:
    """Return `mail` in an envelope that only the holder of the key can open.

    Sender, receiver, subject and date stay readable outside: the subject must say nothing. Raises
    KeyUnfit for a key that cannot be used any more.
    """
    try:
        envelope = _smime(mail, key) if key.kind == KeyKind.SMIME else _openpgp(mail, key)
    except Exception:  # as when reading: each library has its own, and they may quote the key
        raise KeyUnfit(_("This key can no longer be used.")) from None
    for name in OUTSIDE:
        if name in mail and name not in envelope:
            envelope[name] = mail[name]
    return envelope


def _inside(mail: Message) -> bytes:
    """Return what is encrypted: content with the headers that describe it, lines ending in CRLF."""
    written = BytesIO()
    BytesGenerator(written, mangle_from_=False).flatten(mail, linesep="\r\n")
    inner = written.getvalue()
    head, separator, body = inner.partition(b"\r\n\r\n")
    kept, keep = [], False
    for line in head.split(b"\r\n"):
        if not line.startswith((b" ", b"\t")):
            keep = line.lower().startswith(b"content-")
        if keep:
            kept.append(line)
    return b"\r\n".join([b"MIME-Version: 1.0", *kept]) + separator + body


def _smime(mail: Message, key: MailKey) -> Message:
    certificate = x509.load_pem_x509_certificate(key.text.encode())
    sealed = (
        PKCS7EnvelopeBuilder()
        .set_data(_inside(mail))
        .set_content_encryption_algorithm(AES256)
        .add_recipient(certificate)
        .encrypt(Encoding.DER, [])
    )
    envelope = MIMEApplication(sealed, "pkcs7-mime", smime_type="enveloped-data", name="smime.p7m")
    envelope.add_header("Content-Disposition", "attachment", filename="smime.p7m")
    return envelope


def _openpgp(mail: Message, key: MailKey) -> Message:
    certificate = pysequoia.Cert.from_bytes(key.text.encode())
    sealed = pysequoia.encrypt(_inside(mail), recipients=[certificate])
    envelope = MIMEMultipart("encrypted", protocol="application/pgp-encrypted")
    version = MIMEApplication(b"Version: 1\r\n", "pgp-encrypted", encode_7or8bit)
    content = MIMENonMultipart("application", "octet-stream", name="encrypted.asc")
    content.set_payload(sealed.decode("ascii"))
    content.add_header("Content-Disposition", "inline", filename="encrypted.asc")
    envelope.attach(version)
    envelope.attach(content)
    return envelope
