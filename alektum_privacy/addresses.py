"""From which address a request comes, believing nobody's header but our own proxies'."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address that the outermost of our PROXY_COUNT proxies was called from.

    Each proxy adds at the right of X-Forwarded-For who called it; what stands further left came
    from the caller and may be anything.
    """
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.PROXY_COUNT
    if proxies and len(seen) >= proxies and seen[-proxies]:
        return seen[-proxies]
    return request.META.get("REMOTE_ADDR", "")


def counted_address(request: HttpRequest) -> str:
    """Return the address by which wrong passwords are counted: of IPv6 the first of its /64."""
    return neighbourhood(client_address(request)).partition("/")[0]


def neighbourhood(address: str) -> str:
    """Return what to count by: an address, but of IPv6 the network of one connection (/64)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
    return str(parsed)
