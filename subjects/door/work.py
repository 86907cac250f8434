"""A chunk at work: what its lines ask, and what its blocks add, change and undo."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from subjects.door.codes import Allowed, Codes
from subjects.door.refusals import Refused
from subjects.door.state import DossierState, InvolvementState, KnownConsent, Rows, Standing
from subjects.models import Recipient
from vault.services import OpenKey


@dataclass(slots=True)
class Reserve:
    """Ids and keys for all that may be new; those not used leave harmless gaps."""

    dossiers: Iterator[int]
    involvements: Iterator[int]
    subjects: Iterator[int]
    consents: Iterator[int]
    keys: Iterator[OpenKey]


@dataclass(slots=True)
class Work:
    """The chunk and the block in hand. What a refused block did is undone."""

    standing: Standing
    codes: Codes
    now: datetime
    reserve: Reserve
    # The columns of each type of child that came in, in the order of its rows.
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Rows = field(default_factory=Rows)
    block: Rows = field(default_factory=Rows)
    _former: dict[int, tuple[DossierState, DossierState]] = field(default_factory=dict)
    _before: tuple[
        dict[str, DossierState],
        dict[str, InvolvementState],
        dict[str, KnownConsent],
        dict[bytes, int],
    ] = field(default_factory=lambda: ({}, {}, {}, {}))

    # --- a block comes in wholly or not at all --------------------------------------------

    def begin(self) -> None:
        known = self.standing
        self.block, self._former = Rows(), {}
        self._before = (
            dict(known.dossiers),
            dict(known.involvements),
            dict(known.consents),
            dict(known.people),
        )

    def keep(self) -> None:
        self.rows.join(self.block)

    def undo(self) -> None:
        known = self.standing
        known.dossiers, known.involvements, known.consents, known.people = self._before
        for changed, former in self._former.values():
            for name in former.__slots__:
                setattr(changed, name, getattr(former, name))

    def remember(self, dossier: DossierState) -> None:
        """Keep what a dossier was, for the case that its block is refused."""
        self._former.setdefault(dossier.id, (dossier, replace(dossier)))

    def touch(self, dossier: DossierState) -> None:
        """Note that a dossier is changed."""
        if not dossier.touched:
            dossier.touched = True
            if dossier.held is not None:
                self.block.dossiers.append(dossier)
        if dossier.use_has_ended and dossier.held is not None:
            self.block.use_ended.append(dossier.id)

    # --- what lines ask -------------------------------------------------------------------

    def organisation(self, field: str, source_id: str) -> int:
        try:
            return self.standing.organisations[source_id]
        except KeyError:
            raise Refused(f"{field}: this organisation is not known here.") from None

    def recipient(self, source_id: str, role: str) -> int:
        organisation = self.organisation("recipient", source_id)
        known = self.standing.recipients.get((organisation, role))
        if known is None:
            row, _ = Recipient.objects.get_or_create(organisation_id=organisation, category_id=role)
            known = self.standing.recipients[organisation, role] = row.pk
        return known

    def consent(self, source_id: str) -> KnownConsent:
        try:
            return self.standing.consents[source_id]
        except KeyError:
            raise Refused("consent: is not known here; it stands before its records.") from None

    def case(self, source_id: str) -> UUID:
        try:
            return self.standing.dossiers[source_id].reference
        except KeyError:
            raise Refused("special.case: this dossier is not known here.") from None

    def allowed(self, purpose: str) -> Allowed:
        try:
            return self.codes.purposes[purpose]
        except KeyError:
            raise Refused(f"dossier: the statement has no purpose {purpose} any more.") from None

    def is_legal_step(self, kind: str) -> bool:
        return self.codes.legal_steps[kind]
