"""Pictures of the main pages, as the read-me shows them: `make screenshots` makes them all anew.

They are of a made-up agency in servers of their own, so nobody's data can be in them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID

from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from browser.visiting import new_context, press, sign_in
from browser.walking import NARROW, WIDE
from requests.constants import IdentityResult, MatchState, State
from requests.models import PrivacyRequest
from subjects.constants import LookPurpose

# Of a long page its beginning says enough, and a reader of the read-me loads them all.
TALLEST = 1600
MOST_BYTES = 200_000
COLOURS = (256, 128, 64, 32)


@dataclass(frozen=True)
class Picture:
    """A page to be shown: the name of its file, and who sees it; empty is nobody signed in."""

    name: str
    role: str
    address: str
    size: tuple[int, int] = WIDE
    # What is pressed before the picture is taken.
    button: str = ""


def pictures() -> list[Picture]:
    """Return which pages are shown, of the people and requests there are."""
    officer, auditor = "privacy officer", "auditor"
    asked = _request()
    # Once decisions are kept, the letter stands beside them.
    request = reverse("requests:show", args=[asked.reference])
    person = reverse("people:person", args=[_person(asked)])
    return [
        Picture("portal", "", "/"),
        Picture("portal-telephone", "", "/", NARROW),
        Picture("overview", officer, reverse("desk:home")),
        Picture("queue", officer, reverse("requests:queue")),
        Picture("request", officer, request, button="De besluiten opslaan"),
        Picture("person", officer, person),
        Picture("forecast", officer, reverse("retention:home")),
        Picture("register", auditor, reverse("desk:register")),
        Picture("ledger", auditor, reverse("audit:ledger")),
    ]


def _request() -> PrivacyRequest:
    """Return a request that an officer can decide now: the one due first."""
    known = PrivacyRequest.objects.filter(
        state=State.HANDLING, identitychecks__result=IdentityResult.PROVEN
    )
    return known.order_by("due_on", "pk")[0]


def _person(asked: PrivacyRequest) -> UUID:
    """Return whom the request is about, so that their page shows it."""
    return asked.matches.filter(state=MatchState.CONFIRMED)[0].subject_reference


def make(browser: Browser, site: str, folder: Path) -> Iterator[Path]:
    """Make every picture in that folder; give each file as it is there."""
    contexts: dict[tuple[str, tuple[int, int]], BrowserContext] = {}
    try:
        for picture in pictures():
            seen_by = (picture.role, picture.size)
            if seen_by not in contexts:
                contexts[seen_by] = new_context(browser, picture.size)
                if picture.role:
                    sign_in(contexts[seen_by], site, picture.role)
            page = contexts[seen_by].new_page()
            _open(page, site + picture.address, picture.button)
            file = folder / f"{picture.name}.png"
            file.write_bytes(compressed(page.screenshot(full_page=True, animations="disabled")))
            page.close()
            yield file
    finally:
        for context in contexts.values():
            context.close()


def _open(page: Page, address: str, button: str) -> None:
    answer = page.goto(address)
    if page.locator("main [name=purpose]").count():
        # Whoever looks at a person's data says why, once.
        page.check(f"main [name=purpose][value={LookPurpose.REQUEST}]")
        answer = press(page, "main button[type=submit]")
    if button:
        answer = press(page, page.get_by_role("button", name=button, exact=True))
    if answer is None or not answer.ok:
        raise ValueError(f"{address} cannot be shown: it answers {answer.status if answer else 0}.")


def compressed(png: bytes) -> bytes:
    """Return its beginning, with as many colours as fit in the bytes that a picture may take."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
    for colours in COLOURS:
        out = BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()
