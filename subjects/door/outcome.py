"""What the door answers for a line."""

from dataclasses import dataclass
from uuid import UUID

from subjects.door.reading import Line

TAKEN, UPDATED, UNCHANGED, DESTROYED, REFUSED = (
    "taken",
    "updated",
    "unchanged",
    "destroyed",
    "refused",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line, and why where it or a part of it did not come in.

    `reference` is ours, for the source to keep: of the dossier or involvement of the line.
    """

    line: Line
    outcome: str
    reason: str = ""
    reference: UUID | None = None
