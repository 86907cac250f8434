"""What a chunk knows while it comes in: what stands already, and what each block adds to it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from subjects.anchors import RENEWED_BY_CONTACT
from subjects.door.chunks import Prepared
from subjects.models import Dossier, Involvement, OfInvolvement
from subjects.suppression import Mark
from vault.services import OpenKey

MARKETING = "MKT"
# Ends the use for good.
FINAL = ("unsubscribed_on", "consent_withdrawn_on")
# Where a granted erasure is carried by `no_longer_relevant_on`, which a source may set too.
RELEVANT_UNTIL = frozenset(["CLI", "CRD", "AUT"])


@dataclass(slots=True)
class DossierState:
    """A dossier of the chunk: new, or held already and perhaps changed."""

    id: int
    reference: UUID
    purpose: str
    client_id: int | None
    phase: str
    anchors: dict[str, Any]
    digest: bytes
    number: str = ""
    held: Dossier | None = None
    touched: bool = False

    @property
    def standing(self) -> list[str]:
        """The anchors that no line moves or takes away: a person's right set them."""
        names = list(FINAL)
        if self.purpose in RELEVANT_UNTIL and self.anchors["early_erasure_decided_on"]:
            names.append("no_longer_relevant_on")
        return [name for name in names if self.anchors[name]]

    @property
    def use_has_ended(self) -> bool:
        return self.purpose in RENEWED_BY_CONTACT and any(self.anchors[name] for name in FINAL)


@dataclass(slots=True)
class InvolvementState:
    """An involvement of the chunk, with its key; `held` is its row where it has one."""

    id: int
    reference: UUID
    dossier: DossierState
    key: OpenKey
    held: Involvement | None = None
    # From which day its use is restricted, and until which: restrictions that stand or stood.
    restricted: Sequence[tuple[date, date | None]] = ()

    @property
    def purpose(self) -> str:
        return self.dossier.purpose

    def was_restricted(self, day: date) -> bool:
        """Tell whether use on a day was use in spite of a restriction.

        Not on its first or last day, where nobody can tell which came first.
        """
        return any(
            since < day and (lifted is None or day < lifted) for since, lifted in self.restricted
        )


@dataclass(slots=True)
class KnownConsent:
    id: int
    involvement_id: int
    withdrawn_on: date | None


@dataclass(slots=True)
class Standing:
    """What stands in the registry of all that a chunk names, by the source's ids.

    Blocks that come in are joined to it, so that later ones find them.
    """

    source: str
    prepared: Prepared
    organisations: dict[str, int] = field(default_factory=dict)
    recipients: dict[tuple[int, str], int] = field(default_factory=dict)
    dossiers: dict[str, DossierState] = field(default_factory=dict)
    involvements: dict[str, InvolvementState] = field(default_factory=dict)
    consents: dict[str, KnownConsent] = field(default_factory=dict)
    people: dict[bytes, int] = field(default_factory=dict)
    children: dict[tuple[str, str], OfInvolvement] = field(default_factory=dict)
    suppressed: set[bytes] = field(default_factory=set)
    # With our reference, where the proof has it.
    destroyed: dict[tuple[str, str | None], UUID | None] = field(default_factory=dict)

    def digest(self, kind: str, source_id: str) -> bytes:
        return self.prepared.digests[kind][source_id]


@dataclass(slots=True)
class Rows:
    """What one block adds; joined to the chunk's only when the whole block may come in."""

    subjects: list[tuple[Any, ...]] = field(default_factory=list)
    dossiers: list[DossierState] = field(default_factory=list)
    involvements: list[tuple[Any, ...]] = field(default_factory=list)
    children: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    changed: dict[str, list[OfInvolvement]] = field(default_factory=lambda: defaultdict(list))
    changed_involvements: list[Involvement] = field(default_factory=list)
    use_ended: list[int] = field(default_factory=list)
    withdrawn: list[KnownConsent] = field(default_factory=list)
    tokens: dict[int, Sequence[int]] = field(default_factory=dict)
    trimmed: dict[int, Sequence[int]] = field(default_factory=dict)
    suppressed: list[tuple[Mark, date]] = field(default_factory=list)
    digests: set[bytes] = field(default_factory=set)
    # Uses in spite of a restriction: of which involvement, of what type, and by which recipient.
    despite: list[tuple[InvolvementState, str, int | None]] = field(default_factory=list)
    # Involvements whose use ends while that of their dossier does not, and since when.
    ended_alone: dict[int, Any] = field(default_factory=dict)

    def join(self, other: "Rows") -> None:
        for name in ("subjects", "dossiers", "involvements", "changed_involvements"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("use_ended", "withdrawn", "suppressed", "despite"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("tokens", "trimmed", "ended_alone"):
            getattr(self, name).update(getattr(other, name))
        for name in ("children", "changed"):
            for kind, rows in getattr(other, name).items():
                getattr(self, name)[kind].extend(rows)
