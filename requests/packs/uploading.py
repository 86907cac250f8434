"""Sending a file to a secure link of somebody else's, and to no place that is not on the internet.

The address is looked up once, and the connection goes to what was found then: a name that
changes its answer cannot lead us inside our own network.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

import httpx2

TIMEOUT = 30.0
LONGEST = 2_000
# What is given out on the internet; of the rest some lead on to IPv4 addresses, also inside.
INTERNET = ipaddress.ip_network("2000::/3")
TUNNELS = (ipaddress.ip_network("2001::/23"), ipaddress.ip_network("2002::/16"))
Resolve = Callable[[str, int], Sequence[str]]


class NotAllowed(Exception):
    """The link leads where we do not send anything."""


class NotTaken(Exception):
    """The other side did not take the file."""


def check_link(link: str) -> SplitResult:
    """Return the parts of a link that may be used. Raises NotAllowed for any other.

    Only https, on its usual port, to a name, without user or password in it.
    """
    try:
        parts = urlsplit(link.strip())
        port = parts.port
    except ValueError:
        raise NotAllowed("this is no link") from None
    if len(link) > LONGEST or parts.scheme != "https" or not parts.hostname:
        raise NotAllowed("only a link that begins with https://")
    if port not in (None, 443) or parts.username or parts.password:
        raise NotAllowed("a link with a port, user or password")
    if "." not in parts.hostname or _is_address(parts.hostname):
        raise NotAllowed("only a link with a name")
    return parts


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the name server gives them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        # ValueError: no name server knows names such as this.
        raise NotTaken("the name is not known") from None
    return [str(one[4][0]) for one in found]


def public_address(host: str, resolve: Resolve = addresses_of) -> str:
    """Return an address of a name. Raises NotAllowed where any of them is not public."""
    found = resolve(host, 443)
    if not found:
        raise NotTaken("the name has no address")
    for one in found:
        if not _is_public(ipaddress.ip_address(one)):
            raise NotAllowed("the link leads to an address that is not public")
    return found[0]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address not in INTERNET or any(address in tunnel for tunnel in TUNNELS):
            return False
    return address.is_global and not address.is_multicast


def upload(
    link: str,
    content: bytes,
    *,
    media_type: str,
    resolve: Resolve = addresses_of,
    transport: httpx2.BaseTransport | None = None,
) -> None:
    """Send a file by PUT to a secure link, and follow it nowhere else.

    Raises NotAllowed for a link that may not be used, NotTaken for anything but a clear yes.
    """
    parts = check_link(link)
    host = parts.hostname or ""
    address = public_address(host, resolve)
    literal = f"[{address}]" if ":" in address else address
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        with (
            httpx2.Client(
                transport=transport, timeout=TIMEOUT, follow_redirects=False, trust_env=False
            ) as client,
            # Only how it begins is read: what the other side says after that may have no end.
            client.stream(
                "PUT",
                f"https://{literal}{path}",
                content=content,
                headers={"Host": host, "Content-Type": media_type},
                # The certificate must be that of the name, whatever address we connect to.
                extensions={"sni_hostname": host},
            ) as response,
        ):
            taken, status = response.is_success, response.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
        # The error's text may hold the link, which is a secret.
        raise NotTaken("no connection") from None
    if not taken:
        raise NotTaken(f"answered {status}")
