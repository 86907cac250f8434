"""Somebody else's computer, which takes files over https: on this machine, for a test."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HERE = "127.0.0.1"


@dataclass
class Receiver:
    """What came so far, as path and content. `answers` are given first, then 201."""

    certificate: Path
    port: int = 0
    answers: list[int] = field(default_factory=list)
    came: list[tuple[str, bytes]] = field(default_factory=list)

    def way(self) -> httpx2.BaseTransport:
        """Return the way there: as to any server, but that its address is that of this machine."""
        return _Here(self.port, verify=ssl.create_default_context(cafile=str(self.certificate)))


class _Here(httpx2.HTTPTransport):
    def __init__(self, port: int, *, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify)
        self._port = port

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(host=HERE, port=self._port)
        return super().handle_request(request)


@contextmanager
def receiver(host: str, folder: Path) -> Iterator[Receiver]:
    """Listen with a certificate for that name, until the block ends."""
    receives = Receiver(_certificate(host, folder))

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            status = receives.answers.pop(0) if receives.answers else 201
            if status == 201:
                receives.came.append((self.path, content))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HERE, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(receives.certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    receives.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receives
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(host: str, folder: Path) -> Path:
    """Make a key and a certificate that it signs itself; return the file with both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    kept = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "receiver.pem"
    file.write_bytes(kept + certificate.public_bytes(Encoding.PEM))
    return file
