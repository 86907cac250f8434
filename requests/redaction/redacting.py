"""Leaving out what is about somebody else, piece by piece, with a visible mark and the reason.

Source: GDPR Articles 15(4) and 12(4): the rest of the piece is given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from subjects.held import HeldInvolvement

MARK = {"nl": "[weggelaten: {reason}]", "en": "[left out: {reason}]"}
# The parts of a file in which words may be left out, and where their words stand.
PARTS = {
    "record": ("records", "content"),
    "contact": ("contacts", "note"),
    "disclosure": ("disclosures", "reason"),
    "decision": ("decisions", "account"),
    "consent": ("consents", "proof"),
}


@dataclass(frozen=True, slots=True)
class Redaction:
    """Exact words in one piece of a person's file, and why they are left out."""

    involvement: UUID
    kind: str
    item: int
    words: str
    reason: str


def redacted(
    views: Sequence[HeldInvolvement], redactions: Sequence[Redaction], language: str
) -> list[HeldInvolvement]:
    """Return the views with each of these words replaced by a mark that tells the reason."""
    of: dict[tuple[UUID, str, int], list[Redaction]] = {}
    # Longer words first: what stands inside them is then gone with them.
    for one in sorted(redactions, key=lambda one: -len(one.words)):
        of.setdefault((one.involvement, one.kind, one.item), []).append(one)
    return [_redacted(view, of, language) for view in views] if of else list(views)


def applied(
    views: Sequence[HeldInvolvement], redactions: Sequence[Redaction]
) -> dict[UUID, list[str]]:
    """Return the reasons of what is left out, by involvement, of pieces that these views show."""
    pieces = {
        (view.reference, kind, piece.pk)
        for view in views
        for kind, (part, _name) in PARTS.items()
        for piece in getattr(view, part)
    }
    found: dict[UUID, list[str]] = {}
    for one in redactions:
        if (one.involvement, one.kind, one.item) in pieces:
            found.setdefault(one.involvement, []).append(one.reason)
    return found


def missed(views: Sequence[HeldInvolvement], redactions: Sequence[Redaction]) -> list[Redaction]:
    """Return redactions whose piece is there but no longer holds the words: look again."""
    pieces = {
        (view.reference, kind, piece.pk): getattr(piece, name)
        for view in views
        for kind, (part, name) in PARTS.items()
        for piece in getattr(view, part)
    }
    return [
        one
        for one in redactions
        if (key := (one.involvement, one.kind, one.item)) in pieces
        and not any(one.words in text for text in texts_in(pieces[key]))
    ]


def _redacted(
    view: HeldInvolvement,
    of: Mapping[tuple[UUID, str, int], Sequence[Redaction]],
    language: str,
) -> HeldInvolvement:
    changed: dict[str, Any] = {}
    for kind, (part, name) in PARTS.items():
        pieces = getattr(view, part)
        if any((view.reference, kind, piece.pk) in of for piece in pieces):
            changed[part] = [
                replace(
                    piece,
                    **{
                        name: _without(
                            getattr(piece, name),
                            of.get((view.reference, kind, piece.pk), ()),
                            language,
                        )
                    },
                )
                for piece in pieces
            ]
    return replace(view, **changed)


def _without(content: Any, redactions: Sequence[Redaction], language: str) -> Any:
    def cut(text: str) -> str:
        for one in redactions:
            text = text.replace(one.words, MARK[language].format(reason=one.reason))
        return text

    return _each_text(content, cut) if redactions else content


def _each_text(content: Any, change: Callable[[str], str]) -> Any:
    if isinstance(content, str):
        return change(content)
    if isinstance(content, Mapping):
        return {name: _each_text(value, change) for name, value in content.items()}
    if isinstance(content, list):
        return [_each_text(value, change) for value in content]
    return content


def texts_in(content: Any) -> Iterator[str]:
    """Yield every text that stands in a content, however deep."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from texts_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from texts_in(value)
