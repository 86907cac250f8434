"""A letter as plain text: for the file of a request, and for whoever reads no PDF."""

from collections.abc import Iterator

from requests.letters.build import Letter
from requests.letters.words import said


def as_text(letter: Letter) -> str:
    """Return the letter's words, paragraph by paragraph."""
    return "\n\n".join(part for part in _paragraphs(letter) if part)


def _paragraphs(letter: Letter) -> Iterator[str]:
    yield letter["title"]
    yield from letter["opening"]
    if letter["extension"]:
        yield f"{letter['extension']['heading']}: {letter['extension']['reason']}"
        yield letter["extension"]["rule"]
    for right in letter["rights"]:
        yield right["name"]
        for row in right["rows"]:
            yield "\n".join(_row(row, letter["language"]))
    for seller in letter["sellers"]:
        yield " ".join([f"{seller['name']}.", *seller["lines"]])
    disagree = letter["disagree"]
    yield " ".join(letter["closing"])
    yield disagree["heading"]
    bodies = [f"{one['name']} ({one['site']})" for one in disagree["complaint"]["authorities"]]
    yield f"{disagree['complaint']['text']} {', '.join(bodies)}."
    yield f"{disagree['court']['text']} ({disagree['court']['law']})"
    yield f"{letter['contact']['heading']} {letter['contact']['text']}"


def _row(row: Letter, language: str) -> Iterator[str]:
    def line(name: str, words: str) -> str:
        return f"{said(language, 'parts', name)}: {words}"

    yield line("about", "; ".join(row["about"]))
    yield line("decision", f"{row['decision']}. {row['text']}")
    for name, words in (
        ("why", row["reason"]),
        ("done", "; ".join(row["done"])),
        ("told", "; ".join(row["told"])),
        ("next", row["next"]),
    ):
        if words:
            yield line(name, words)
    if row["law"]["reference"]:
        yield line("law", f"{row['law']['text']} ({row['law']['reference']})")
