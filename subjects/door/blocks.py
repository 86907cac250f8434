"""Lines that stand or fall together: a dossier with all that is sent right after it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from subjects.door.reading import Line

LARGEST_BLOCK = 20_000
LARGEST_BLOCK_BYTES = 64 * 1024 * 1024
ALONE = frozenset(["organisation", "suppression"])


@dataclass(slots=True)
class Block:
    """A dossier's lines, or one line that stands by itself."""

    lines: list[Line] = field(default_factory=list)
    dossier: str | None = None
    number: str = ""
    involvements: set[str] = field(default_factory=set)
    bad: Line | None = None
    size: int = 0

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.size += line.size
        if line.refusal:
            self.bad = self.bad or line
        if line.type == "dossier":
            self.dossier = line.id
            self.number = line.data.get("number") or ""
        elif line.type == "involvement":
            self.dossier = self.dossier or _named(line, "dossier")
            self.involvements.add(line.id)

    def owns(self, line: Line) -> bool:
        """Tell whether the line belongs here; one that cannot be read may, so it does."""
        if line.type in ALONE or line.type == "dossier" or not self.dossier:
            return False
        if len(self.lines) > LARGEST_BLOCK or self.size > LARGEST_BLOCK_BYTES:
            return False
        if line.type == "involvement":
            return _named(line, "dossier") in (None, self.dossier)
        if _named(line, "dossier") == self.dossier:
            return True
        return _named(line, "involvement") in (None, *self.involvements)


def _named(line: Line, name: str) -> str | None:
    value = line.data.get(name)
    return value if isinstance(value, str) else None


def blocks(lines: Iterable[Line]) -> Iterator[Block]:
    """Yield the blocks of a file in its order."""
    block = Block()
    for line in lines:
        if block.lines and not block.owns(line):
            yield block
            block = Block()
        block.add(line)
    if block.lines:
        yield block
