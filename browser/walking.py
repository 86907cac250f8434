"""Walk through every page that somebody can reach by links, and tell what is wrong with each.

A page is known by its kind: its address with references and numbers taken out. One of each kind
is looked at, wide and narrow, for each who walks. Axe judges a kind once, and again wherever
anything stands that it has not judged at that width: see `shapes.js`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
WIDE, NARROW, NARROWEST = (1280, 900), (360, 740), (320, 640)
# Files, and what ends the visit.
NOT_PAGES = re.compile(
    r"\.(json|jsonld|csv|pdf|py|jsonl|ics|xlsx)$|/sign-out/|/language/|/static/|/admin/|/pack/|/file/"
)
REFERENCE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBER = re.compile(r"(?<=/)\d+(?=/)")
# A window that was made smaller, and letters that were asked for, are there a moment later.
SETTLED = """width => new Promise(settled => {
    const look = () => innerWidth === width ? document.fonts.ready.then(() => settled())
        : requestAnimationFrame(look);
    look();
})"""
RULES = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
    v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(" | "))"""
# Gives all by which axe judges a page.
SHAPES = (Path(__file__).parent / "shapes.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a page, for a reader."""

    address: str
    what: str

    def __str__(self) -> str:
        return f"{self.address}: {self.what}"


@dataclass
class Judged:
    """What axe found no fault with: kinds of pages, and all that stood on them, by width."""

    kinds: set[tuple[int, str]] = field(default_factory=set)
    shapes: set[tuple[int, str]] = field(default_factory=set)

    def faults(self, page: Page, width: int) -> list[str]:
        """Return what axe finds wrong, unless it has judged all that stands on the page."""
        kind = (width, kind_of(page.url))
        shapes = {(width, shape) for shape in page.evaluate(SHAPES)}
        if kind in self.kinds and shapes <= self.shapes:
            return []
        found = violations(page)
        if not found:
            self.kinds.add(kind)
            self.shapes |= shapes
        return found


@dataclass
class Walk:
    """What was seen: the kinds of pages with their status, and what is wrong."""

    seen: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def kind_of(address: str) -> str:
    """Return the kind of page an address leads to."""
    path = NUMBER.sub("N", REFERENCE.sub("REF", urlsplit(address).path))
    return re.sub(r"(?<=/link/)[^/]+", "TOKEN", path)


def walk(context: BrowserContext, start: str, judged: Judged, *, most: int = 200) -> Walk:
    """Look at one page of each kind that links from `start` lead to; remember what was judged."""
    found, page = Walk(), context.new_page()
    heard = listen(page)
    queue = [start]
    while queue and len(found.seen) < most:
        address = queue.pop(0)
        kind = kind_of(address)
        if kind in found.seen:
            continue
        heard.clear()
        answer = page.goto(address, wait_until="load")
        found.seen[kind] = answer.status if answer else 0
        if found.seen[kind] == 403:
            heard.clear()
        found.faults += [Fault(kind, what) for what in _faults(page, heard, judged)]
        queue += [link for link in _links(page, start) if kind_of(link) not in found.seen]
    page.close()
    return found


def looked_at(page: Page, heard: list[str]) -> list[str]:
    """Return what is wrong with a page as it stands, where no link leads; see `listen`."""
    faults = [f"{kind_of(page.url)}: {what}" for what in _faults(page, heard, Judged())]
    heard.clear()
    return faults


def listen(page: Page) -> list[str]:
    """Return a list that grows with what the page complains of."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(_said(message)))
    page.on("pageerror", lambda error: heard.append(f"script: {error}"))
    return heard


def _said(message: ConsoleMessage) -> str:
    return f"console {message.type}: {message.text}" if message.type in ("error", "warning") else ""


def _links(page: Page, start: str) -> Iterator[str]:
    for href in page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))"):
        link = urljoin(page.url, href)
        if link.startswith(_origin(start)) and not NOT_PAGES.search(urlsplit(link).path):
            yield link


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def _faults(page: Page, heard: list[str], judged: Judged) -> Iterator[str]:
    yield from (said for said in heard if said)
    yield from (f"axe at {WIDE[0]} px: {one}" for one in judged.faults(page, WIDE[0]))
    for width, height in (NARROWEST, NARROW):
        resize(page, (width, height))
        if over := overflow(page):
            yield f"{over} px too wide at {width} px"
    yield from (f"axe at {NARROW[0]} px: {one}" for one in judged.faults(page, NARROW[0]))
    resize(page, WIDE)


def resize(page: Page, size: tuple[int, int]) -> None:
    """Make the window that large, and wait until the page knows it."""
    width, height = size
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(SETTLED, width)


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with the page as it stands."""
    # As an init script would it be refused by the page's own policy: evaluated, it is not.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return list(page.evaluate(RULES))


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return max(0, int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth")))
