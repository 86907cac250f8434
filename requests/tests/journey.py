"""Walks through the portal as a person does, without JavaScript."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from requests.models import PrivacyRequest
from requests.portal.views import SLUGS

# An access code; figures of a reference that happen to look like one are none.
CODE = r"(?<![\w-])(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}(?![\w-])"
FORM = "application/x-www-form-urlencoded"
ANSWERS: dict[str, dict[str, str]] = {
    "situation": {"situation": "letter"},
    "whom": {"asks_for": "self"},
    "name": {"first_name": "Fatima", "last_name": "El Amrani"},
    "born": {"birth_date": "9-3-1984"},
    "address": {
        "street": "Dorpsstraat",
        "number": "12",
        "postcode": "1234 AB",
        "city": "Utrecht",
        "country": "NL",
    },
    "reach": {"email": "fatima@example.nl", "phone": ""},
    "number": {"dossier_number": "D-100"},
    "words": {"words": "Ik wil weten wat u van mij heeft."},
    "wishes": {"wishes": "see"},
}


def post(client: Client, path: str, data: dict[str, Any] | None = None) -> Any:
    """Post as a browser does: Django's client would send files' way, with other limits."""
    return client.post(path, urlencode(data or {}, doseq=True), content_type=FORM)


def fill_in(client: Client, **changed: dict[str, Any] | None) -> Any:
    """Answer every question but those that are None; return the page where the last one leads."""
    cache.clear()
    answer = None
    given = {slug: typed for slug, typed in (ANSWERS | changed).items() if typed is not None}
    for slug in sorted(given, key=SLUGS.index):
        typed = given[slug]
        answer = post(client, f"/ask/{slug}/", typed)
        assert answer.status_code == 302, (slug, text_of(answer))
    assert answer is not None
    return client.get(answer.headers["Location"])


def check_page(client: Client) -> str:
    """Return the secret of the last page as it is shown now; empty where it is not shown."""
    found = re.findall(r'name="once" value="([^"]+)"', client.get("/ask/check/").content.decode())
    return found[0] if found else ""


def send(client: Client) -> Any:
    """Look at what was filled in and send it, as somebody who took a while."""
    with time_machine.travel(timezone.now() + timedelta(seconds=90)):
        return post(client, "/ask/check/", {"once": check_page(client)})


def ask(client: Client, **changed: dict[str, Any]) -> PrivacyRequest:
    """Fill everything in and send it; return the request."""
    fill_in(client, **changed)
    answer = send(client)
    assert answer.headers["Location"] == "/ask/sent/"
    return PrivacyRequest.objects.latest("id")


def mailed_code(words: str) -> str:
    """Return the code that a mail gives; its link may hold six figures too."""
    [code] = re.findall(r"(?:Uw code is|Your code is) (\d{6})\b", words)
    return str(code)


def text_of(response: Any) -> str:
    """Return a page's words without markup."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", words)
