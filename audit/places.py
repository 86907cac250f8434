"""Where a reader may look at what an entry is about: apps above this one say which page."""

from collections.abc import Callable
from typing import Any

# From the reader and what stands after the colon of the object to an address, empty for none.
Place = Callable[[Any, str], str]

_places: dict[str, Place] = {}


def place_by(kind: str, place: Place) -> None:
    """Say where things of a kind have their page; an app does so once, when it starts."""
    _places[kind] = place


def place_of(reader: Any, named: str) -> str:
    """Return the address of what "kind:name" names, where this reader may see it; else nothing."""
    kind, _colon, name = named.partition(":")
    place = _places.get(kind)
    return place(reader, name) if place else ""
