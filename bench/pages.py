"""How long each page of the desk takes, and how many queries: `python -m bench.pages [ROLE]`.

Walks through every kind of page that a role reaches by links, on filled databases, and asks each
several times as the browser would, through all of the site but the network.
"""

import json
import math
import os
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    from django.test import Client

TIMES, OF_A_KIND, MOST = 20, 3, 400
NOT_PAGES = (".json", ".csv", ".pdf", ".xlsx", ".ics", ".py", ".jsonl")


@dataclass
class Page:
    """One kind of page: milliseconds of the slowest looked at, most queries, size."""

    kind: str
    status: int
    queries: int
    keystore: int
    p50: float
    p95: float
    kilobytes: float


def walk(role: str, *, start: str = "/desk/") -> list[Page]:
    """Return what was measured of each kind of page, the slowest first."""
    from bs4 import BeautifulSoup

    from browser.walking import kind_of

    client = _signed_in(role)
    queue, seen, pages = [start], dict[str, int](), dict[str, Page]()
    asked: set[str] = set()
    while queue and len(asked) < MOST:
        address = queue.pop(0)
        kind = kind_of(address)
        if address in asked or seen.get(kind, 0) >= OF_A_KIND:
            continue
        asked.add(address)
        seen[kind] = seen.get(kind, 0) + 1
        page, text = _measured(client, address, kind)
        pages[kind] = max(pages.get(kind, page), page, key=lambda one: (one.queries, one.p95))
        for link in BeautifulSoup(text, "html.parser").find_all("a", href=True):
            to = urlsplit(urljoin(address, str(link["href"])))
            if not to.netloc and to.path.startswith("/desk/") and not to.path.endswith(NOT_PAGES):
                queue.append(to.path + (f"?{to.query}" if to.query else ""))
    return sorted(pages.values(), key=lambda one: -one.p95)


def _signed_in(role: str) -> "Client":
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    user = User.objects.filter(groups__name=role).order_by("pk")[0]
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    # Whoever looks at people says why, once.
    client.post("/desk/people/", {"purpose": "request"})
    return client


def _measured(client: "Client", address: str, kind: str) -> tuple[Page, str]:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    with (
        CaptureQueriesContext(connections["default"]) as main,
        CaptureQueriesContext(connections["keystore"]) as keys,
    ):
        answer = client.get(address)
    # Counted now: the next request empties the log.
    queries, keystore = len(main), len(keys)
    text = b"" if answer.streaming else answer.content
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    page = Page(
        kind=kind,
        status=answer.status_code,
        queries=queries,
        keystore=keystore,
        p50=times[len(times) // 2],
        p95=times[math.ceil(len(times) * 0.95) - 1],
        kilobytes=len(text) / 1000,
    )
    return page, text.decode(errors="replace")


def main() -> None:
    pages = walk(sys.argv[1] if len(sys.argv) > 1 else "senior officer")
    if "--json" in sys.argv:
        print(json.dumps([asdict(one) for one in pages], indent=1))
        return
    print(f"{'':52} status queries keys   p50    p95 ms    kB")
    for one in pages:
        print(
            f"{one.kind:52} {one.status:6} {one.queries:7} {one.keystore:4} {one.p50:6.0f}"
            f" {one.p95:6.0f} {one.kilobytes:8.0f}"
        )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.demo")
    django.setup()
    main()
