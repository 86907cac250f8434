"""Find every text in code and templates, and say which lack their Dutch, and what no text has.

`python -m embedded.translations` fails where one is missing, empty or has other placeholders, or
where a translation has no text any more; with `--write` (`make messages`) it adds what is missing,
empty, to the file of its app, and takes out what is not used. Nothing here needs the gettext tools.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import polib
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

from embedded.messages import ROOT, sources

# Where in a call its texts stand; a context is marked as babel does.
Places = tuple[int | tuple[int, str], ...]
KEYWORDS: dict[str, Places] = {
    "_": (1,),
    "gettext": (1,),
    "gettext_lazy": (1,),
    "gettext_noop": (1,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# `from django.utils.translation import gettext_lazy as _lazy`, also among others.
ALIAS = re.compile(r"\b(n?p?n?gettext(?:_lazy|_noop)?) as (\w+)")
# Folders of templates that do not bear the name of the app whose pages they are.
APP_OF_TEMPLATES = {"portal": "requests", "incidents": "requests"}
SHARED = ""
# The end of an entry whose next one begins on the line after it.
BESIDE = re.compile(r'^((?:msgstr(?:\[\d\])? )?".*"\n)(?=#|msgid "|msgctxt )', re.MULTILINE)
# Texts of the framework that we put otherwise.
OF_FRAMEWORK = frozenset(["After you’ve created a user, you’ll be able to edit more user options."])
HEADER = """msgid ""
msgstr ""
"Project-Id-Version: Alektum Privacy\\n"
"Language: nl\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


@dataclass(frozen=True, order=True)
class Text:
    """A text that people read, as gettext knows it."""

    msgid: str
    plural: str = ""
    context: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong with the translation of a text, and where the text stands."""

    text: Text
    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}: {self.text.msgid!r}"


def apps(root: Path = ROOT) -> list[str]:
    """Return the folders of the project that are apps with texts of their own."""
    return sorted(path.parent.name for path in root.glob("*/apps.py"))


def texts(root: Path = ROOT) -> dict[str, dict[Text, str]]:
    """Return every text by app, the empty name for what all share, with its first place."""
    known = set(apps(root))
    found: dict[str, dict[Text, str]] = {}
    for path in _files(root):
        first = path.relative_to(root).parts[0]
        if first == "templates":
            first = path.relative_to(root).parts[1]
            first = APP_OF_TEMPLATES.get(first, first)
        owner = found.setdefault(first if first in known else SHARED, {})
        where = str(path.relative_to(root))
        for line, text in _texts_of(path):
            owner.setdefault(text, f"{where}:{line}")
    return found


def _files(root: Path) -> Iterator[Path]:
    for path in sorted([*root.glob("*/**/*.py"), *root.glob("templates/**/*")]):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and not {"tests", "migrations"} & set(parts):
            yield path


def _texts_of(path: Path) -> Iterator[tuple[int, Text]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # What is left are calls of gettext between blanks, which may stand at any depth.
        lines = templatize(source, origin=str(path)).splitlines()
        source = "\n".join(line.lstrip() for line in lines)
    keywords = KEYWORDS | _aliases(source)
    code = BytesIO(source.encode())
    calls: Iterable[Any] = extract_python(code, keywords, [], {})
    for line, function, messages, _comments in calls:
        if text := _text(keywords[function], messages):
            yield line, text


def _aliases(source: str) -> dict[str, Places]:
    """Return the names by which this file calls gettext, whatever it chose."""
    return {alias: KEYWORDS[name] for name, alias in ALIAS.findall(source) if name in KEYWORDS}


def _text(places: Places, messages: str | Iterable[str | None] | None) -> Text | None:
    """Return what a call translates; None where it translates a variable."""
    given = [messages] if isinstance(messages, str) else list(messages or ())
    wanted: dict[str, str] = {}
    for place, name in zip(places, _names(places), strict=True):
        number = place if isinstance(place, int) else place[0]
        value = given[number - 1] if number <= len(given) else None
        if not value:
            return None
        wanted[name] = value
    return Text(**wanted)


def _names(places: Places) -> list[str]:
    """Return what stands at those places: a context is marked, a second text is a plural."""
    names = iter(("msgid", "plural"))
    return [next(names) if isinstance(place, int) else "context" for place in places]


def translations(root: Path = ROOT) -> dict[str, dict[Text, polib.POEntry]]:
    """Return what is translated by app, the empty name for what all share."""
    found: dict[str, dict[Text, polib.POEntry]] = {}
    for path in sources(root):
        first = path.relative_to(root).parts[0]
        owner = found.setdefault(SHARED if first == "locale" else first, {})
        for entry in polib.pofile(str(path)):
            owner[_text_of(entry)] = entry
    return found


def faults(root: Path = ROOT) -> dict[str, list[Fault]]:
    """Return by app which texts have no good translation there, nor in the shared file."""
    done = translations(root)
    shared = done.get(SHARED, {})
    found: dict[str, list[Fault]] = {}
    said: dict[Text, tuple[str, str]] = {}
    for app, needed in sorted(texts(root).items()):
        for text, where in sorted(needed.items()):
            entry = done.get(app, {}).get(text) or shared.get(text)
            problem = _problem(text, entry)
            if entry is not None and not problem:
                # All files become one: of two translations only one is ever seen.
                words = entry.msgstr or str(entry.msgstr_plural)
                first, place = said.setdefault(text, (words, where))
                if words != first:
                    problem = f"is translated otherwise than for {place}"
            if problem:
                found.setdefault(app, []).append(Fault(text, where, problem))
    return found


def _problem(text: Text, entry: polib.POEntry | None) -> str:
    if entry is None:
        return "has no translation"
    if not entry.translated():
        return "has an empty translation"
    given = _placeholders(text.msgid) | _placeholders(text.plural)
    used = [entry.msgstr] if not text.plural else entry.msgstr_plural.values()
    if any(_placeholders(words) - given for words in used):
        return "has a placeholder too many in its translation"
    if not text.plural and given - _placeholders(entry.msgstr):
        return "has a placeholder too few in its translation"
    return ""


def _placeholders(words: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w*\}", words))


def unused(root: Path = ROOT) -> dict[str, list[Text]]:
    """Return by app the translations that no text of it has any more.

    What stands in code as it is, such as why a rule was broken, is put into words later.
    """
    needed, said = texts(root), _literals(root) | OF_FRAMEWORK
    everywhere = set().union(*needed.values())
    found: dict[str, list[Text]] = {}
    for app, entries in translations(root).items():
        used = needed.get(app, {}).keys() if app else everywhere
        # A text of another app has its translation there.
        left = [
            text
            for text in entries
            if text not in used and (text in everywhere or text.msgid not in said)
        ]
        if left:
            found[app] = sorted(left)
    return found


def _literals(root: Path) -> set[str]:
    """Return every text that stands in code."""
    return {
        node.value
        for path in _files(root)
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def drop(left_over: Mapping[str, list[Text]], root: Path = ROOT) -> int:
    """Take out what is not used, and leave everything else as it stands; return how many."""
    for app, gone in left_over.items():
        path = root / app / "locale/nl/LC_MESSAGES/django.po"
        # Where two entries have no blank line between them one is put there, to tell them apart.
        apart = BESIDE.sub(r"\1\n", path.read_text(encoding="utf-8").rstrip())
        kept = [block for block in apart.split("\n\n") if not set(_read(block)) & set(gone)]
        path.write_text("\n\n".join(kept) + "\n", encoding="utf-8")
    return sum(map(len, left_over.values()))


def _read(block: str) -> list[Text]:
    return [_text_of(entry) for entry in polib.pofile(block)]


def _text_of(entry: polib.POEntry) -> Text:
    return Text(entry.msgid, entry.msgid_plural or "", entry.msgctxt or "")


def write(missing: Mapping[str, list[Fault]], root: Path = ROOT) -> int:
    """Add what has no entry yet, empty, at the end of its app's file; return how many."""
    added = 0
    for app, problems in missing.items():
        new = [fault.text for fault in problems if fault.problem == "has no translation"]
        if not new:
            continue
        path = root / app / "locale/nl/LC_MESSAGES/django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8").rstrip() if path.exists() else HEADER.rstrip()
        entries = [_entry(text).__unicode__(wrapwidth=0).rstrip() for text in sorted(new)]
        path.write_text("\n\n".join([before, *entries]) + "\n", encoding="utf-8")
        added += len(new)
    return added


def _entry(text: Text) -> polib.POEntry:
    fields = {"msgid": text.msgid, "msgctxt": text.context or None}
    if text.plural:
        return polib.POEntry(**fields, msgid_plural=text.plural, msgstr_plural={0: "", 1: ""})
    return polib.POEntry(**fields)


def main(arguments: list[str]) -> int:
    found, left_over = faults(), unused()
    if arguments == ["--write"]:
        print(f"{write(found)} texts added, to be translated; {drop(left_over)} not used taken out")
        return 0
    for problems in found.values():
        for fault in problems:
            print(fault)
    for app, left in left_over.items():
        for text in left:
            print(f"{app or 'locale'}: `make messages` drops what is not used: {text.msgid!r}")
    count = sum(map(len, found.values()))
    print(f"{count} texts lack their Dutch" if count else "Every text has its Dutch")
    return 1 if count or left_over else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
