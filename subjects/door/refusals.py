"""What keeps a line, or a whole block, out."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subjects.door.reading import Line


class Refused(Exception):
    """Why a line may not come in; one sentence that repeats nothing of what it holds."""


class BlockRefused(Exception):
    """A line that keeps its whole block out, and why."""

    def __init__(self, line: "Line", reason: str) -> None:
        super().__init__(reason)
        self.line = line
