"""What source systems and recipients were told of a dossier goes with it."""

from collections.abc import Sequence
from types import ModuleType

from retention.erasers import Eraser, Gone, register
from subjects import instructions, notices


def register_erasers() -> None:
    _register("instructions", "subjects_instruction", instructions)
    _register("notices", "subjects_recipientnotice", notices)


def _register(name: str, table: str, module: ModuleType) -> None:
    def erase(gone: Gone) -> Sequence[int]:
        keys: Sequence[int] = module.erase(dossiers=gone.dossiers, involvements=gone.involvements)
        return keys

    def left_behind(gone: Gone) -> int:
        return int(module.left_behind(dossiers=gone.dossiers, involvements=gone.involvements))

    register(Eraser(name, frozenset({table}), erase=erase, left_behind=left_behind))
