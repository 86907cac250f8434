"""Who a person is as a dossier knows them: pieces of data like any other, each with its source."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from policy.statement import Statement
from requests.report.words import RTS
from subjects.constants import OF_SOURCE
from subjects.held import HeldInvolvement

IDENTITY = "identity"
CONTACT = "contact"
OF_IDENTITY = (IDENTITY, CONTACT)
# What of an identity says how a person is reached; all else says who they are.
REACHED_BY = frozenset(["addresses", "emails", "phones", "ibans"])
NUMBER = "dossier_number"
CLIENT = "client"
Piece = dict[str, Any]


def pieces_of(view: HeldInvolvement, statement: Statement) -> list[Piece]:
    """Return the parts of an identity, together where category, source and day are the same.

    A part is from who gave it last; where that was not noted, from who gave the dossier. Where
    nobody noted that either, `sources` are all that the statement names for the purpose, which
    is all that we know.

    Source: GDPR Article 15(1)(b) and (g).
    """
    found: dict[tuple[Any, ...], Piece] = {}
    for name, value in (view.identity or {}).items():
        if name in OF_SOURCE or value in (None, "", [], {}):
            continue
        category = CONTACT if name in REACHED_BY else IDENTITY
        sources, organisation, day = _from(name, value, view, statement)
        piece = found.setdefault(
            (category, sources, organisation, day),
            {
                "category": category,
                "sources": sources,
                "organisation": organisation,
                "collected_on": day,
                "content": {},
            },
        )
        piece["content"][name] = value
    return list(found.values())


def without_source(identity: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return an identity without what says where its parts come from."""
    if identity is None:
        return None
    return {name: value for name, value in identity.items() if name not in OF_SOURCE}


def _from(
    name: str, value: Any, view: HeldInvolvement, statement: Statement
) -> tuple[tuple[str, ...], str, date | None]:
    """Return by whom, with which name, and when a part was given."""
    identity: Mapping[str, Any] = view.identity or {}
    if of_part := (identity.get("sources") or {}).get(name):
        return (of_part["source"],), "", _day(of_part["collected_on"])
    for record in _records_of_it(view):
        if (record.content or {}).get(name) == value:
            return (record.source,), record.source_organisation, record.collected_on
    source, since = identity.get("source"), _first_day(view)
    if view.dossier.purpose == RTS:
        return ("person",), "", since
    if name == NUMBER:
        return ("own",), "", since
    if source or view.dossier.client:
        organisation = view.dossier.client if source in (None, CLIENT) else ""
        return (source or CLIENT,), organisation, _day(identity.get("collected_on")) or since
    purpose = statement.purposes.get(view.dossier.purpose)
    return tuple(purpose.sources) if purpose else (), "", since


def _records_of_it(view: HeldInvolvement) -> Iterator[Any]:
    """Yield the records about name and address, the newest first."""
    about = [one for one in view.records if one.data_category in OF_IDENTITY]
    yield from sorted(about, key=lambda one: (one.collected_on, one.pk), reverse=True)


def _first_day(view: HeldInvolvement) -> date | None:
    """Return since when we know a person in this dossier."""
    days = [record.collected_on for record in view.records]
    if since := view.dossier.known_since:
        days.append(since)
    return min(days, default=None)


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None
