"""How often one address may do something; counted in the cache by keyed digest, never by name.

Limits slow floods and guessing. They are wide enough for an office or a telephone network
behind one address, and when the cache is away they let everybody through: the codes and secrets
themselves do not depend on them.
"""

import logging
import time

from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

from alektum_privacy.addresses import client_address, neighbourhood
from vault import services as vault

MINUTE, HOUR = 60, 3600
LIMITS: dict[str, tuple[int, int]] = {
    "start": (120, HOUR),
    "send": (60, HOUR),
    # Receipts to one address: who helps others uses their own, who floods somebody stops here.
    "first_mail": (10, 24 * HOUR),
    "code": (30, HOUR),
    # Whatever the request: who makes many in somebody's name guesses no more.
    "code_address": (30, 24 * HOUR),
    "open": (20, 15 * MINUTE),
    # Of who came by a mailed link and must know what the request gives.
    "fact": (10, 24 * HOUR),
    "resume": (20, 15 * MINUTE),
    "later": (20, HOUR),
    # Links to a saved form that go to one address, whoever asks them.
    "later_mail": (5, 24 * HOUR),
    # Codes and links to one address, of all its requests: who makes many of them in somebody's
    # name does not fill their mailbox.
    "more_mail": (10, 24 * HOUR),
    "link": (20, HOUR),
    "link_number": (5, HOUR),
    "page": (600, 10 * MINUTE),
    "message": (60, HOUR),
    "posted": (20, HOUR),
    "sign_in": (20, HOUR),
    "calendar": (240, HOUR),
    "pack": (60, HOUR),
    "long": (10, 10 * MINUTE),
    "files": (60, HOUR),
    "figures": (120, 10 * MINUTE),
}
logger = logging.getLogger(__name__)
# Tests begin with a window of their own, that it does not end in the middle of them.
clock = time.time


def allowed(request: HttpRequest, what: str) -> bool:
    """Count this and tell whether the address may still do it; `what` is a key of LIMITS."""
    return _count(what, "requests.address", neighbourhood(client_address(request)))


def allowed_for(what: str, number: str) -> bool:
    """Count this for one request's number, or e-mail address, from wherever it comes."""
    return _count(what, "requests.number", number.strip().upper())


def _count(what: str, kind: str, counted: str) -> bool:
    times, seconds = LIMITS[what]
    window = int(clock()) // seconds
    digest = vault.digest(kind, counted, str(window)).hex()
    key = f"limit:{what}:{digest}"
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key) <= times
    except (RedisError, ValueError):
        # ValueError: the counter ended between the two calls.
        logger.warning("limits.unavailable", extra={"limit": what})
        return True
