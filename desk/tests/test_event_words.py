"""Every event that the code can write to the ledger has its words, in Dutch and in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import translation

from audit.event_words import EVENTS, OTHER, words_of
from requests.constants import ForwardingState, MatchState
from subjects.constants import NoticeState
from subjects.models import Unit

APPS = ("alektum_privacy", "audit", "policy", "subjects", "retention", "requests", "desk")
CODE = re.compile(r"^[a-z][a-z-]*\.[a-z][a-z_-]*$")
FILE = re.compile(r"\.(yaml|typ|pdf|csv|json|jsonl|jsonld|md|asc|nl|log)$")
# Calls that write to the ledger: whatever code stands in one is an event.
WRITES = {"append", "Event", "note", "_note", "_noted", "note_in_ledger"}
# Where sealed words stand, and what a log calls a fault: codes of the same form.
NO_EVENTS = {
    *("automateddecision.account", "consent.proof", "contactevent.note", "disclosure.reason"),
    *("record.content", "limits.unavailable", "identity.source"),
}
# What the code puts together of a kind and a state.
MADE = {
    *(f"{unit}.destroyed" for unit in Unit),
    *(f"{unit}.destroyed_again" for unit in Unit),
    *(f"forwarding.{state}" for state in ForwardingState),
    *(f"notice.{state}" for state in NoticeState),
    *(f"request.match_{state}" for state in MatchState if state != MatchState.PROPOSED),
}


def files() -> Iterator[Path]:
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            if not {"tests", "migrations", "demo"} & set(path.parts):
                yield path


def written(tree: ast.AST) -> Iterator[str]:
    """Yield the codes that stand in a call that writes, and those of a kind that is known."""
    # A permission of an app is written the same way as an event.
    kinds = {code.partition(".")[0] for code in EVENTS} - set(APPS)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in WRITES:
                yield from (code for one in node.args[:2] for code in codes_in(one))
        elif isinstance(node, ast.Constant):
            yield from (code for code in codes_in(node) if code.partition(".")[0] in kinds)


def codes_in(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and CODE.match(one.value):
            yield one.value


def all_written() -> set[str]:
    found = {code for path in files() for code in written(ast.parse(path.read_text()))}
    return {code for code in found if not FILE.search(code)} - NO_EVENTS


def test_every_event_that_the_code_can_write_has_its_words():
    there = (all_written() | MADE) - {"request.match_"}
    assert len(there) > 150
    assert there - set(EVENTS) == set()


def test_no_words_are_kept_of_what_is_never_written():
    assert set(EVENTS) - all_written() - MADE == set()


def test_words_are_whole_and_others_than_the_code_in_both_languages():
    said = {}
    for language in ("nl", "en"):
        with translation.override(language):
            said[language] = [words_of(code) for code in EVENTS]
            assert words_of("made.up") == str(OTHER)
    assert all(" " in words and words[0].isupper() for of in said.values() for words in of)
    assert all(dutch != english for dutch, english in zip(said["nl"], said["en"], strict=True))
