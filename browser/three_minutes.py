"""How long a request takes somebody who is not quick, on a telephone: a model that counts a walk.

Counted as read is all that can be seen in the main part of a screen, but for what follows, for
nobody must read it to ask:

- of choices those after the one that is taken, and on the front page what explains the others;
- what stands under the choices of the front page, and under the number once the request is sent;
- what each screen repeats (how far one is, the row of buttons, "Change" beside an answer): it is
  read on the first screen;
- what is folded away, and a list of countries.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from time import process_time

from playwright.sync_api import Locator, Page

from browser.visiting import fields_of

# A slow reader: most adults read about 240 words a minute. And a slow typist.
WORDS_A_SECOND = 200 / 60
CHARACTERS_A_SECOND = 3
# Making something of a new screen, and pressing the button that leads on.
SCREEN_SECONDS = 2
CHOICE_SECONDS = 3
# Tapping a field, and waiting for the keys.
FIELD_SECONDS = 1
# Finding the number on a letter that lies beside one.
LOOKING_UP_SECONDS = 5
# A mobile network, and drawing the page. What the server takes is measured, as time of its
# processor: how busy the machine is that runs the test must decide nothing.
NETWORK_SECONDS = 0.5
LIMIT_SECONDS = 180

WORDS = """([front, first, pressed]) => {
  const main = document.querySelector("main"), after = Node.DOCUMENT_POSITION_FOLLOWING;
  const unseen = "option, .visually-hidden, .trap, .paper-only";
  const follows = (node, end) =>
    end && !end.contains(node) && end.compareDocumentPosition(node) & after;
  const end = front
    ? [...main.querySelectorAll("ul.choices a")].find(one => one.innerText.includes(pressed))
    : main.querySelector(".code");
  const lists = [...main.querySelectorAll("fieldset")].map(list => [
    list, [...list.querySelectorAll("label")].filter(one => one.control?.checked).pop()]);
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT), words = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, of = node.parentElement;
    if (follows(node, end)) break;
    if (!of.checkVisibility() || of.closest(unseen)) continue;
    if (!first && of.closest(".buttons, .progress-words, .answers a")) continue;
    if (front && of.closest("ul.choices span") && !end.contains(node)) continue;
    if (lists.some(([list, chosen]) => list.contains(node) && follows(node, chosen))) continue;
    words.push(...node.textContent.split(/\\s+/).filter(word => /[\\p{L}\\p{N}]/u.test(word)));
  }
  return words.length;
}"""


@dataclass
class Taken:
    """What a request took: counts, and the seconds of the server beside."""

    screens: int = 0
    words: int = 0
    characters: int = 0
    choices: int = 0
    fields: int = 0
    looked_up: int = 0
    server: float = 0

    @property
    def seconds(self) -> float:
        return (
            self.words / WORDS_A_SECOND
            + self.characters / CHARACTERS_A_SECOND
            + self.screens * (SCREEN_SECONDS + NETWORK_SECONDS)
            + self.choices * CHOICE_SECONDS
            + self.fields * FIELD_SECONDS
            + self.looked_up * LOOKING_UP_SECONDS
            + self.server
        )


@dataclass
class Person:
    """Somebody who asks: what they choose and type where it is asked, and what they want."""

    page: Page
    site: str
    chosen: dict[str, str]
    typed: dict[str, str]
    wishes: Collection[str]
    taken: Taken = field(default_factory=Taken)

    def ask(self, pressed: str) -> Taken:
        """Go from the front page, by the choice that says so, until the number is shown."""
        started = process_time()
        self.page.goto(f"{self.site}/")
        self._read(front=True, pressed=pressed)
        self.taken.choices += 1
        self._lead_on(self.page.locator("ul.choices a", has_text=pressed))
        while "/ask/check/" not in self.page.url:
            self._answer()
            self._read()
            self._lead_on(self.page.locator("main button.btn-primary"))
        self._read()
        self._lead_on(self.page.locator("main button.btn-primary"))
        assert self.page.url.endswith("/ask/sent/")
        self._read()
        self.taken.server = process_time() - started
        return self.taken

    def _read(self, *, front: bool = False, pressed: str = "") -> None:
        first = self.taken.screens == 1
        self.taken.words += self.page.evaluate(WORDS, [front, first, pressed])
        self.taken.screens += 1

    def _lead_on(self, link: Locator) -> None:
        with self.page.expect_navigation():
            link.click()

    def _answer(self) -> None:
        asked = fields_of(self.page)
        for name, value in self.chosen.items():
            if name in asked:
                # What is chosen already is what was pressed on the front page.
                if not self.page.locator(f"main [name={name}]:checked").count():
                    self.page.check(f"main [name={name}][value={value}]")
                self.taken.choices += 1
        for name, value in self.typed.items():
            if name in asked and self.page.locator(f"main [name={name}]:visible").count():
                self.page.fill(f"main [name={name}]", value)
                self.taken.fields += bool(value)
                self.taken.characters += len(value)
                self.taken.looked_up += name == "dossier_number"
        if "wishes" in asked:
            self._wish()

    def _wish(self) -> None:
        """Tick what is wanted, where it is not ticked, and nothing else."""
        self.taken.choices += 1
        boxes = self.page.locator("main [name=wishes]")
        wrong = [
            box
            for box in boxes.all()
            if box.is_checked() != (box.get_attribute("value") in self.wishes)
        ]
        if not all(box.is_visible() for box in wrong):
            self.page.click("main fieldset summary")
        for box in wrong:
            box.click()
            self.taken.choices += 1
