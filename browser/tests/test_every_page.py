"""Every page that somebody can reach: no fault of axe, of the console, of width, of the server."""

import pytest

from browser.visiting import sign_in
from browser.walking import Judged, Walk, walk
from desk.roles import ROLES

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keystore"]),
    # Some hundred pages, each looked at by axe in two widths.
    pytest.mark.timeout(3600),
    pytest.mark.long,
]
# What a role may not open is refused by design, and not linked to; nothing else may fail.
FINE = {200}


def tell(walks: dict[str, Walk]) -> list[str]:
    told = [f"{who}: {fault}" for who, one in walks.items() for fault in one.faults]
    told += [
        f"{who}: {kind} answers {status}"
        for who, one in walks.items()
        for kind, status in one.seen.items()
        if status not in FINE
    ]
    return told


def test_no_page_that_a_role_or_a_stranger_reaches_is_faulty(window, live_server, agency):
    walks, looked_at, judged = {}, set(), Judged()
    for role in ["stranger", *ROLES]:
        context = window()
        if role == "stranger":
            start = f"{live_server.url}/"
        else:
            sign_in(context, live_server.url, role)
            start = f"{live_server.url}/desk/"
        walks[role] = walk(context, start, judged)
        looked_at |= set(walks[role].seen)
        context.close()
    assert tell(walks) == []
    assert len(looked_at) >= 25
