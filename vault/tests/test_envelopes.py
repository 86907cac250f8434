"""A mail for a key is opened by whoever holds its secret, with the tools people really use."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import cast

import pysequoia
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der
from cryptography.x509.oid import NameOID
from django.utils import translation

from vault.envelopes import KeyKind, KeyUnfit, encrypted, read_key

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
WORDS = "Geachte mevrouw El Amrani, uw antwoord staat klaar: één brief. 🕊️"


def needs(tool: str):
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed here")


def make_certificate(secret, *, days: int = 30, encipher: bool = True) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lezer")])
    usage = x509.KeyUsage(True, False, encipher, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=60))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(usage, critical=True)
        .sign(secret, SHA256())
    )


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def pgp():
    return pysequoia.Tsk.generate("Lezer <lezer@example.nl>")


@pytest.fixture
def mail() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = "privacy@example.nl", "lezer@example.nl"
    made["Subject"] = "Er is iets nieuws over uw verzoek AP-2026-000001"
    made.set_content(WORDS)
    return made


def parts_of(envelope: Message) -> list[str]:
    """Return what each part of an envelope of OpenPGP carries."""
    assert envelope.get_content_type() == "multipart/encrypted"
    return [cast(str, cast(Message, part).get_payload()) for part in envelope.get_payload()]


def words_in(opened: bytes | None) -> str:
    part = message_from_bytes(opened or b"", policy=default)
    return part.get_content().strip()


def test_the_envelope_of_a_certificate_shows_no_word_and_opens_with_its_secret(rsa_key, mail):
    certificate = make_certificate(rsa_key)
    key = read_key(pem(certificate), now=NOW)
    envelope = encrypted(mail, key)
    assert key.kind == KeyKind.SMIME
    assert b"Amrani" not in envelope.as_bytes()
    assert envelope["Subject"] == mail["Subject"]
    assert envelope.get_content_type() == "application/pkcs7-mime"
    opened = pkcs7_decrypt_der(
        cast(bytes, envelope.get_payload(decode=True)), certificate, rsa_key, []
    )
    assert words_in(opened) == WORDS


@needs("openssl")
def test_openssl_opens_it(rsa_key, mail, tmp_path):
    certificate = make_certificate(rsa_key)
    (tmp_path / "mail.eml").write_bytes(
        encrypted(mail, read_key(pem(certificate), now=NOW)).as_bytes()
    )
    (tmp_path / "cert.pem").write_text(pem(certificate))
    secret = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(secret)
    done = subprocess.run(
        [
            "openssl",
            "cms",
            "-decrypt",
            "-in",
            "mail.eml",
            "-recip",
            "cert.pem",
            "-inkey",
            "key.pem",
        ],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert words_in(done.stdout) == WORDS


def test_the_envelope_of_an_openpgp_key_shows_no_word_and_opens_with_its_secret(pgp, mail):
    key = read_key(str(pgp.extract_certificate()), now=NOW + timedelta(days=1))
    envelope = encrypted(mail, key)
    assert key.kind == KeyKind.OPENPGP
    assert b"Amrani" not in envelope.as_bytes()
    version, content = parts_of(envelope)
    assert version == "Version: 1\r\n"
    opened = pysequoia.decrypt(content.encode(), decryptor=pgp.decryptor())
    assert words_in(opened.bytes) == WORDS


@needs("gpg")
def test_gpg_opens_it(mail, tmp_path):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)

    def gpg(*arguments: str, given: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(home), "--batch", "--quiet", *arguments]
        return subprocess.run(command, input=given, check=True, capture_output=True).stdout

    try:
        gpg("--passphrase", "", "--quick-generate-key", "Lezer <lezer@example.nl>", "rsa2048")
        [line] = [
            line
            for line in gpg("--list-keys", "--with-colons").decode().splitlines()
            if line.startswith("fpr")
        ]
        gpg("--passphrase", "", "--quick-add-key", line.split(":")[9], "rsa2048", "encr")
        public = gpg("--armor", "--export", "lezer@example.nl").decode()
        key = read_key(public, now=datetime.now(UTC))
        _version, content = parts_of(encrypted(mail, key))
        assert words_in(gpg("--decrypt", given=content.encode())) == WORDS
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


# --- what is no fit key ----------------------------------------------------------------------


def test_a_certificate_that_is_not_fit_is_refused_with_its_reason(rsa_key):
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that it is weak is the point
    curve = ec.generate_private_key(ec.SECP256R1())
    for text, words in (
        (pem(make_certificate(rsa_key, days=-1)), "not valid today"),
        (pem(make_certificate(weak)), "too short"),
        (pem(make_certificate(curve)), "RSA"),
        (pem(make_certificate(rsa_key, encipher=False)), "not meant for encryption"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "cannot be read"),
    ):
        with pytest.raises(KeyUnfit, match=words):
            read_key(text, now=NOW)


def test_an_openpgp_key_that_is_not_fit_is_refused_with_its_reason(pgp):
    broken = str(pgp.extract_certificate())[:200]
    with pytest.raises(KeyUnfit, match="cannot be read"):
        read_key(broken, now=NOW)


def test_a_secret_key_is_refused_in_every_shape(rsa_key, pgp):
    pkcs8 = rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text in (pkcs8, pkcs8 + pem(make_certificate(rsa_key)), str(pgp)):
        with pytest.raises(KeyUnfit, match=r"secret|neither"):
            read_key(text, now=NOW)


@pytest.mark.parametrize("text", ["", "hallo", "x" * 200_000])
def test_what_is_no_key_is_refused(text, rsa_key):
    with pytest.raises(KeyUnfit):
        read_key(text, now=NOW)
    spki = rsa_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(KeyUnfit, match="neither"):
        read_key(spki.decode(), now=NOW)
