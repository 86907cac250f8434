"""What other apps keep of a dossier: each registers what erases it, in the same transaction.

    erasers.register(
        Eraser("requests", tables={"requests_message"}, erase=erase, left_behind=left_behind)
    )

in `AppConfig.ready`. A table of a person's data that nothing covers fails `manage.py check`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Gone:
    """What a slice has just deleted, by key. A dossier's involvements are among `involvements`."""

    dossiers: Sequence[int] = ()
    involvements: Sequence[int] = ()
    records: Sequence[int] = ()


@dataclass(frozen=True)
class Eraser:
    """Set-based: a statement or a few, whatever the number of dossiers.

    `erase` deletes what hangs on what is gone and returns the data keys whose holders it
    deleted; `left_behind` counts what is still there. Both run inside the slice's transaction,
    after its own deletions; foreign keys are checked at the commit.
    """

    name: str
    tables: frozenset[str]
    erase: Callable[[Gone], Sequence[int]]
    left_behind: Callable[[Gone], int]


@dataclass
class Registry:
    erasers: dict[str, Eraser] = field(default_factory=dict)
    exempt: dict[str, str] = field(default_factory=dict)

    def covered(self) -> set[str]:
        tables = {table for eraser in self.erasers.values() for table in eraser.tables}
        return tables | self.exempt.keys()


registry = Registry()


def register(eraser: Eraser) -> None:
    """Let an eraser take part in each destruction; the same name again takes its place."""
    registry.erasers[eraser.name] = eraser


def exempt(reasons: Mapping[str, str]) -> None:
    """Say of tables why no eraser needs to cover them."""
    registry.exempt |= reasons
