"""A chunk of blocks into the registry, in the caller's transaction.

What the chunk refers to is read in a handful of queries; what is new goes in by COPY. A line
whose unit was destroyed does not come in again: its proof keeps the digest of its source's id.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from audit import services as audit
from policy import services as policy
from policy.periods import Anchors
from subjects import names, recomputing
from subjects.anchors import ANCHORS, RENEWED_BY_CONTACT, end_of
from subjects.constants import Phase
from subjects.door.blocks import Block
from subjects.door.children import (
    CHILDREN,
    Child,
    KnownConsent,
    Owner,
    Refused,
    Values,
    record_end,
)
from subjects.door.codes import Codes
from subjects.door.copying import copy_rows, take_ids
from subjects.door.reading import Line
from subjects.models import (
    Consent,
    Dossier,
    ErasureProof,
    Involvement,
    OfInvolvement,
    Organisation,
    Recipient,
    Record,
    Suppression,
)
from subjects.suppression import suppression_digest, suppression_digests
from vault import services as vault
from vault.constants import KeyKind
from vault.services import OpenKey

TAKEN, UPDATED, UNCHANGED, DESTROYED, REFUSED = (
    "taken",
    "updated",
    "unchanged",
    "destroyed",
    "refused",
)
MARKETING = "MKT"
# Ends the use for good.
FINAL = ("unsubscribed_on", "consent_withdrawn_on")
DOSSIER_COLUMNS = (
    *("id", "reference", "source_system", "source_digest", "purpose_id", "client_id", "phase"),
    *("created_at", *ANCHORS, "rule", "delete_from", "missing_anchor"),
)
INVOLVEMENT_COLUMNS = (
    *("id", "reference", "subject_id", "dossier_id", "category_id", "source_digest"),
    *("person_digest", "key_id", "sealed_identity", "verified_on", "use_ended_at", "rule"),
    "delete_from",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line, and why where it did not come in.

    `reference` is ours, for the source to keep: of the dossier or involvement of the line.
    """

    line: Line
    outcome: str
    reason: str = ""
    reference: UUID | None = None


class BlockRefused(Exception):
    """A line that keeps its whole block out, and why."""

    def __init__(self, line: Line, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(slots=True)
class _Dossier:
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
    def use_has_ended(self) -> bool:
        return self.purpose in RENEWED_BY_CONTACT and any(self.anchors[name] for name in FINAL)


@dataclass(slots=True)
class _Involvement:
    id: int
    reference: UUID
    dossier: _Dossier
    key: OpenKey
    held: Involvement | None = None

    @property
    def owner(self) -> Owner:
        return Owner(self.id, self.dossier.purpose)


@dataclass(slots=True)
class _Rows:
    """What one block adds; joined to the chunk's only when the whole block may come in."""

    subjects: list[tuple[Any, ...]] = field(default_factory=list)
    dossiers: list[_Dossier] = field(default_factory=list)
    involvements: list[tuple[Any, ...]] = field(default_factory=list)
    children: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    changed: dict[str, list[OfInvolvement]] = field(default_factory=lambda: defaultdict(list))
    changed_involvements: list[Involvement] = field(default_factory=list)
    use_ended: list[int] = field(default_factory=list)
    withdrawn: list[KnownConsent] = field(default_factory=list)
    tokens: dict[int, Sequence[int]] = field(default_factory=dict)
    trimmed: dict[int, Sequence[int]] = field(default_factory=dict)
    suppressed: list[tuple[bytes, Any]] = field(default_factory=list)
    people: dict[bytes, int] = field(default_factory=dict)
    digests: set[bytes] = field(default_factory=set)
    # Involvements whose use ends while that of their dossier does not, and since when.
    ended_alone: dict[int, Any] = field(default_factory=dict)

    def join(self, other: "_Rows") -> None:
        for name in ("subjects", "dossiers", "involvements", "changed_involvements"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("use_ended", "withdrawn", "suppressed"):
            getattr(self, name).extend(getattr(other, name))
        for name in ("tokens", "trimmed", "people", "ended_alone"):
            getattr(self, name).update(getattr(other, name))
        for name in ("children", "changed"):
            for kind, rows in getattr(other, name).items():
                getattr(self, name)[kind].extend(rows)


class Chunk:
    """Blocks that go in together. `write` returns what became of each line."""

    def __init__(self, blocks: Sequence[Block], *, source: str, codes: Codes, now: datetime):
        self.blocks = blocks
        self.source = source
        self.codes = codes
        self.now = now
        self.rows = _Rows()
        self.columns: dict[str, tuple[str, ...]] = {}
        self._digests: dict[tuple[str, str], bytes] = {}
        self.dossiers: dict[str, _Dossier] = {}
        self.involvements: dict[str, _Involvement] = {}
        self.consents: dict[str, KnownConsent] = {}

    # --- what stands already ------------------------------------------------------------

    def digest(self, kind: str, source_id: str) -> bytes:
        known = self._digests.get((kind, source_id))
        if known is None:
            known = self._digests[kind, source_id] = vault.digest(self.source, kind, source_id)
        return known

    def write(self) -> list[Outcome]:
        """Write the chunk; return the outcome of each line, in order."""
        with connection.cursor() as cursor:
            # One writer a source: two runs side by side would each make the same person.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"door:{self.source}"]
            )
            # Dates computed anew reach what we add, or we already compute by the new rules.
            recomputing.wait_for_no_new_rules(cursor)
            self.codes = replace(self.codes, rules=policy.rules())
            wanted = self._wanted()
            self._read_destroyed(wanted)
            self._read_registry(wanted)
            self._reserve(cursor)
            outcomes = [outcome for block in self.blocks for outcome in self._take(block)]
            self._write(cursor)
            vault.require_fresh(self._new_keys)
        return outcomes

    def trim(self) -> None:
        """Let go of the tokens of former identities; to be called after the commit."""
        if self.rows.trimmed:
            vault.store_tokens(self.rows.trimmed, version=names.VERSION)

    def _wanted(self) -> dict[str, set[str]]:
        """Return the source ids that the chunk names, by type."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for block in self.blocks:
            for line in block.lines:
                if line.refusal:
                    continue
                data = line.data
                wanted[line.type].add(line.id)
                for name, kind in _REFERENCES:
                    if value := data.get(name):
                        wanted[kind].add(value)
                if special := data.get("special"):
                    wanted["dossier"].add(special["case"])
        return wanted

    def _read_destroyed(self, wanted: dict[str, set[str]]) -> None:
        digests = {
            self.digest(kind, source_id): (kind, source_id)
            for kind in ("dossier", "involvement", "record")
            for source_id in wanted[kind]
        }
        rows = ErasureProof.objects.filter(source_digest__in=list(digests)) if digests else []
        # With our reference, where the proof has it.
        self.destroyed: dict[tuple[str, str | None], UUID | None] = {
            digests[bytes(row.source_digest)]: row.reference for row in rows
        }
        if not self.destroyed:
            return
        for line in (line for block in self.blocks for line in block.lines):
            # What went with its dossier has no proof of its own.
            if line.type == "involvement" and self._went_with_its_dossier(line):
                self.destroyed.setdefault(("involvement", line.id), None)

    def _went_with_its_dossier(self, line: Line) -> bool:
        return ("dossier", line.data.get("dossier")) in self.destroyed

    def _read_registry(self, wanted: dict[str, set[str]]) -> None:
        self.organisations = dict(
            Organisation.objects.filter(
                source_system=self.source, source_id__in=wanted["organisation"]
            ).values_list("source_id", "id")
        )
        self.recipients: dict[tuple[int, str], int] = {
            (row.organisation_id, row.category_id): row.pk
            for row in Recipient.objects.filter(organisation__in=self.organisations.values())
        }
        self._read_involvements(wanted)
        self._read_held_children(wanted)
        self._read_people()
        digests = {
            digest for block in self.blocks for digest in self._addresses_for_marketing(block)
        }
        self.suppressed = {
            bytes(digest)
            for digest in Suppression.objects.filter(
                digest__in=digests, purpose=MARKETING
            ).values_list("digest", flat=True)
        }

    def _read_involvements(self, wanted: dict[str, set[str]]) -> None:
        by_digest = {self.digest("involvement", name): name for name in wanted["involvement"]}
        held = {
            by_digest[bytes(row.source_digest)]: row
            for row in Involvement.objects.filter(source_digest__in=list(by_digest))
            .order_by("id")
            .select_for_update(no_key=True)
        }
        of_dossier = {self.digest("dossier", name): name for name in wanted["dossier"]}
        dossiers = Dossier.objects.order_by("id").select_for_update(no_key=True)
        rows = list(dossiers.filter(source_digest__in=list(of_dossier)))
        known = {row.pk for row in rows}
        rows += dossiers.filter(pk__in={row.dossier_id for row in held.values()} - known)
        by_id = {}
        for row in rows:
            digest = bytes(row.source_digest)
            by_id[row.pk] = dossier = _Dossier(
                id=row.pk,
                reference=row.reference,
                purpose=row.purpose_id,
                client_id=row.client_id,
                phase=row.phase,
                anchors={name: getattr(row, name) for name in ANCHORS},
                digest=digest,
                held=row,
            )
            if name := of_dossier.get(digest):
                self.dossiers[name] = dossier
        keys = vault.open_keys(row.key_id for row in held.values())
        for name, involvement in held.items():
            if involvement.key_id in keys:
                self.involvements[name] = _Involvement(
                    involvement.pk,
                    involvement.reference,
                    by_id[involvement.dossier_id],
                    keys[involvement.key_id],
                    involvement,
                )
            else:
                # A restored backup may hold rows whose keys are gone: they count as erased.
                self.destroyed["involvement", name] = involvement.reference

    def _read_held_children(self, wanted: dict[str, set[str]]) -> None:
        self.held_children: dict[tuple[str, str], OfInvolvement] = {}
        for kind, child in CHILDREN.items():
            by_digest = {self.digest(kind, source_id): source_id for source_id in wanted[kind]}
            if by_digest:
                rows = child.model._default_manager.filter(source_digest__in=list(by_digest))
                for row in rows:
                    source_id = by_digest[bytes(row.source_digest)]
                    self.held_children[kind, source_id] = row
                    if isinstance(row, Consent):
                        self.consents[source_id] = KnownConsent(
                            row.pk, row.involvement_id, row.withdrawn_on
                        )

    def _read_people(self) -> None:
        """Find the subjects whom this source's people are, and keep them from being deleted."""
        digests = [
            self.digest("person", line.data["person"])
            for block in self.blocks
            for line in block.lines
            if line.type == "involvement" and not line.refusal
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT ON (person_digest) person_digest, subject_id"
                " FROM subjects_involvement WHERE person_digest = ANY (%s)",
                [digests],
            )
            found = {bytes(digest): subject for digest, subject in cursor.fetchall()}
            if found:
                cursor.execute(
                    "SELECT id FROM subjects_subject WHERE id = ANY (%s) ORDER BY id FOR KEY SHARE",
                    [list(found.values())],
                )
                alive = {row[0] for row in cursor.fetchall()}
                found = {digest: pk for digest, pk in found.items() if pk in alive}
        self.people = found

    def _addresses_for_marketing(self, block: Block) -> Iterable[bytes]:
        for line in block.lines:
            if line.refusal:
                continue
            if line.type == "suppression":
                yield suppression_digest(line.data["kind"], line.data["value"])
            elif line.type == "involvement" and self._is_marketing(block):
                yield from suppression_digests(names.person_of(line.data["identity"]))

    def _is_marketing(self, block: Block) -> bool:
        first = block.lines[0]
        if first.type == "dossier":
            return first.data.get("purpose") == MARKETING
        known = self.dossiers.get(block.dossier or "")
        return known is not None and known.purpose == MARKETING

    def _reserve(self, cursor: CursorWrapper) -> None:
        """Take ids and keys for all that may be new."""
        counts: dict[str, int] = defaultdict(int)
        for block in self.blocks:
            if not block.bad:
                for line in block.lines:
                    counts[line.type] += 1
        new = sum(
            line.id not in self.involvements
            for block in self.blocks
            if not block.bad
            for line in block.lines
            if line.type == "involvement"
        )
        self._new_keys = vault.create_keys(KeyKind.INVOLVEMENT, new) if new else []
        self._keys = iter(self._new_keys)
        tables = {kind: child.table for kind, child in CHILDREN.items()} | {
            "dossier": "subjects_dossier",
            "involvement": "subjects_involvement",
        }
        self._ids = {
            kind: iter(take_ids(cursor, table, counts[kind])) for kind, table in tables.items()
        }
        self._subject_ids = iter(take_ids(cursor, "subjects_subject", new))

    # --- one block ----------------------------------------------------------------------

    def _take(self, block: Block) -> list[Outcome]:
        if bad := block.bad:
            return [self._refused(line, bad, bad.refusal) for line in block.lines]
        dossiers, involvements = dict(self.dossiers), dict(self.involvements)
        consents, people = dict(self.consents), dict(self.people)
        self.block = _Rows()
        self.former: dict[int, tuple[_Dossier, _Dossier]] = {}
        try:
            outcomes = [self._take_line(line) for line in block.lines]
        except BlockRefused as refused:
            self.dossiers, self.involvements = dossiers, involvements
            self.consents, self.people = consents, people
            for changed, former in self.former.values():
                for name in former.__slots__:
                    setattr(changed, name, getattr(former, name))
            return [self._refused(line, refused.line, str(refused)) for line in block.lines]
        self.rows.join(self.block)
        return outcomes

    def _refused(self, line: Line, bad: Line, reason: str) -> Outcome:
        if line is bad:
            return Outcome(line, REFUSED, reason)
        if line.refusal:
            return Outcome(line, REFUSED, line.refusal)
        return Outcome(line, REFUSED, f"Line {bad.number} of the same dossier was refused.")

    def _take_line(self, line: Line) -> Outcome:
        if self._is_destroyed(line):
            return Outcome(line, DESTROYED, reference=self.destroyed.get((line.type, line.id)))
        try:
            if line.type == "organisation":
                return Outcome(line, self._organisation(line))
            if line.type == "suppression":
                return Outcome(line, self._suppression(line))
            if line.type == "dossier":
                outcome = self._dossier(line)
                return Outcome(line, outcome, reference=self.dossiers[line.id].reference)
            if line.type == "involvement":
                outcome = self._involvement(line)
                return Outcome(line, outcome, reference=self.involvements[line.id].reference)
            return Outcome(line, self._child(line, CHILDREN[line.type]))
        except Refused as error:
            raise BlockRefused(line, str(error)) from None

    def _is_destroyed(self, line: Line) -> bool:
        data = line.data
        return (
            (line.type, line.id) in self.destroyed
            or self._went_with_its_dossier(line)
            or ("involvement", data.get("involvement")) in self.destroyed
        )

    def _organisation(self, line: Line) -> str:
        data = line.data
        values = {
            "name": data["name"],
            "country": data.get("country", "NL"),
            "is_client": data.get("is_client", False),
            "privacy_email": data.get("privacy_email", ""),
        }
        row, new = Organisation.objects.get_or_create(
            source_system=self.source, source_id=line.id, defaults=values
        )
        self.organisations[line.id] = row.pk
        changed = not new and any(getattr(row, name) != value for name, value in values.items())
        if changed:
            Organisation.objects.filter(pk=row.pk).update(**values)
        before = len(self.recipients)
        for role in data.get("roles", ()):
            self.recipient(line.id, role)
        if new:
            return TAKEN
        return UPDATED if changed or len(self.recipients) > before else UNCHANGED

    def _suppression(self, line: Line) -> str:
        data = line.data
        digest = suppression_digest(data["kind"], data["value"])
        _, new = Suppression.objects.get_or_create(
            digest=digest, purpose_id=data["purpose"], defaults={"since": data["since"]}
        )
        if data["purpose"] == MARKETING:
            self.suppressed.add(digest)
        return TAKEN if new else UNCHANGED

    def _dossier(self, line: Line) -> str:
        data = line.data
        known = self.dossiers.get(line.id)
        client = self.organisation("client", data["client"]) if data.get("client") else None
        if known is None:
            self.dossiers[line.id] = dossier = _Dossier(
                id=next(self._ids["dossier"]),
                reference=uuid4(),
                purpose=data["purpose"],
                client_id=client,
                phase=data.get("phase", Phase.NONE.value),
                anchors={name: data.get(name) for name in ANCHORS},
                digest=self.digest("dossier", line.id),
                number=data.get("number", ""),
            )
            self.block.dossiers.append(dossier)
            return TAKEN
        if known.held is None:
            raise Refused("id: stands on an earlier line too.")
        self._remember(known)
        known.number = data.get("number", "")
        return UPDATED if self._change_dossier(known, data, client) else UNCHANGED

    def _change_dossier(self, known: _Dossier, data: dict[str, Any], client: int | None) -> bool:
        """Note what a line says anew; what it leaves out stays, and null takes it away."""
        if data["purpose"] != known.purpose and (known.purpose, data["purpose"]) != ("INV", "COL"):
            raise Refused("purpose: a dossier keeps the purpose it was opened for.")
        anchors = known.anchors | {name: data[name] for name in ANCHORS if name in data}
        opened, closed = anchors["opened_on"], anchors["closed_on"]
        if opened and closed and closed < opened:
            raise Refused("closed_on: lies before opened_on.")
        # Nothing revives what a person unsubscribed from, or withdrew consent for.
        anchors |= {name: known.anchors[name] for name in FINAL if known.anchors[name]}
        before = (known.purpose, known.phase, known.client_id, known.anchors)
        known.purpose = data["purpose"]
        known.phase = data.get("phase", known.phase)
        known.client_id = client or known.client_id
        known.anchors = anchors
        changed = before != (known.purpose, known.phase, known.client_id, known.anchors)
        if changed:
            self._touch(known)
        return changed

    def _remember(self, dossier: _Dossier) -> None:
        """Keep what a dossier was, for the case that its block is refused."""
        self.former.setdefault(dossier.id, (dossier, replace(dossier)))

    def _touch(self, dossier: _Dossier) -> None:
        if not dossier.touched:
            dossier.touched = True
            if dossier.held is not None:
                self.block.dossiers.append(dossier)
        if dossier.use_has_ended and dossier.held is not None:
            self.block.use_ended.append(dossier.id)

    def _involvement(self, line: Line) -> str:
        data = line.data
        dossier = self.dossiers.get(data["dossier"])
        if dossier is None:
            raise Refused("dossier: is not known here.")
        identity = data["identity"]
        if dossier.number:
            identity = identity | {"dossier_number": dossier.number}
        person = names.person_of(identity)
        if dossier.purpose == MARKETING:
            self._heed_suppressions(dossier, person)
        known = self.involvements.get(line.id)
        if known is not None:
            return self._change_involvement(line, known, dossier, person)
        key = next(self._keys)
        pk = next(self._ids["involvement"])
        self.involvements[line.id] = made = _Involvement(pk, uuid4(), dossier, key)
        self.block.tokens[key.id] = vault.tokens(names.search_keys(person))
        self.block.involvements.append(
            (
                pk,
                made.reference,
                self._subject(data["person"]),
                dossier.id,
                data["category"],
                self.digest("involvement", line.id),
                self.digest("person", data["person"]),
                key.id,
                key.seal(identity, place=f"subjects.involvement.identity:{key.id}"),
                data.get("verified_on"),
                self.now if dossier.use_has_ended else None,
                "",
                None,
            )
        )
        return TAKEN

    def _heed_suppressions(self, dossier: _Dossier, person: names.Person) -> None:
        digests = suppression_digests(person)
        if dossier.use_has_ended:
            since = dossier.anchors["unsubscribed_on"] or dossier.anchors["consent_withdrawn_on"]
            self.block.suppressed += [(digest, since) for digest in digests]
        elif self.suppressed.intersection(digests):
            raise Refused("identity: this address must not be used for marketing again.")

    def _subject(self, source_id: str) -> int:
        digest = self.digest("person", source_id)
        subject = self.people.get(digest)
        if subject is None:
            subject = self.people[digest] = next(self._subject_ids)
            self.block.subjects.append((subject, uuid4()))
        return subject

    def _change_involvement(
        self, line: Line, known: _Involvement, dossier: _Dossier, person: names.Person
    ) -> str:
        row, data = known.held, line.data
        if row is None:
            raise Refused("id: stands on an earlier line too.")
        if known.dossier.id != dossier.id:
            raise Refused("dossier: an involvement stays in its dossier.")
        former = known.key.unseal(row.sealed_identity, place=row.identity_place)
        number = dossier.number or former.get("dossier_number", "")
        identity = data["identity"] | ({"dossier_number": number} if number else {})
        verified = data.get("verified_on", row.verified_on)
        same = (former, row.category_id, row.verified_on)
        if same == (identity, data["category"], verified):
            return UNCHANGED
        # Old and new tokens until the commit: a missing one would hide the person.
        now = vault.tokens(names.search_keys(names.person_of(identity)))
        before = vault.tokens(names.search_keys(names.person_of(former)))
        self.block.tokens[known.key.id] = sorted({*now, *before})
        self.block.trimmed[known.key.id] = now
        row.sealed_identity = known.key.seal(identity, place=row.identity_place)
        row.category_id, row.verified_on = data["category"], verified
        self.block.changed_involvements.append(row)
        return UPDATED

    def _child(self, line: Line, child: Child) -> str:
        data = line.data
        involvement = self.involvements.get(data["involvement"])
        if involvement is None:
            told = "" if data.get("dossier") else "; name its dossier too, which may be destroyed"
            raise Refused(f"involvement: is not known here{told}.")
        named = data.get("dossier")
        if named and self.digest("dossier", named) != involvement.dossier.digest:
            raise Refused("dossier: is not the one in which this involvement stands.")
        values = child.values(data, involvement.owner, self)
        self.columns[line.type] = tuple(values)
        outcome = self._join_child(line, child, involvement, values)
        self._effects(line, involvement, values)
        return outcome

    def _join_child(
        self, line: Line, child: Child, involvement: _Involvement, values: Values
    ) -> str:
        data = line.data
        held = self.held_children.get((line.type, line.id))
        if held is not None:
            return self._change_child(line, child, involvement, held, values)
        digest = self.digest(line.type, line.id)
        pk = next(self._ids[line.type])
        if digest in self.block.digests:
            raise Refused("id: stands on an earlier line too.")
        self.block.digests.add(digest)
        if line.type == "consent":
            self.consents[line.id] = KnownConsent(pk, involvement.id, data.get("withdrawn_on"))
        sealed = self._seal(child, involvement.key, digest, data)
        self.block.children[line.type].append(
            (pk, involvement.id, digest, *values.values(), *sealed)
        )
        return TAKEN

    def _seal(
        self, child: Child, key: OpenKey, digest: bytes, data: dict[str, Any]
    ) -> tuple[bytes, ...]:
        if not child.sealed:
            return ()
        place = f"subjects.{child.place}:{digest.hex()}"
        return (key.seal(child.content(data), place=place),)

    def _change_child(
        self,
        line: Line,
        child: Child,
        involvement: _Involvement,
        held: OfInvolvement,
        values: Values,
    ) -> str:
        if held.involvement_id != involvement.id:
            raise Refused("involvement: what is held belongs to another one.")
        changed = any(getattr(held, name) != value for name, value in values.items())
        if child.sealed:
            digest = self.digest(line.type, line.id)
            place = f"subjects.{child.place}:{digest.hex()}"
            content = child.content(line.data)
            if involvement.key.unseal(getattr(held, child.sealed), place=place) != content:
                setattr(held, child.sealed, involvement.key.seal(content, place=place))
                changed = True
        if not changed:
            return UNCHANGED
        for name, value in values.items():
            setattr(held, name, value)
        self.block.changed[line.type].append(held)
        if isinstance(held, Consent) and held.withdrawn_on:
            known = KnownConsent(held.pk, held.involvement_id, held.withdrawn_on)
            self.consents[line.id] = known
            self.block.withdrawn.append(known)
        return UPDATED

    def _effects(self, line: Line, involvement: _Involvement, values: Values) -> None:
        """Move the anchors that a contact or a withdrawn consent moves."""
        dossier = involvement.dossier
        if line.type == "contact_event" and values["direction"] == "in":
            day = values["happened_at"].astimezone(self.now.tzinfo).date()
            last = dossier.anchors["last_contact_on"]
            if dossier.purpose in RENEWED_BY_CONTACT and (last is None or last < day):
                self._remember(dossier)
                dossier.anchors = dossier.anchors | {"last_contact_on": day}
                self._touch(dossier)
        elif line.type == "consent" and (withdrawn := values["withdrawn_on"]):
            if not values["purpose_id"] == dossier.purpose == MARKETING:
                return
            if self._has_others(involvement):
                self.block.ended_alone[involvement.id] = withdrawn
                return
            self._remember(dossier)
            dossier.anchors = dossier.anchors | {"consent_withdrawn_on": withdrawn}
            self._touch(dossier)

    def _has_others(self, involvement: _Involvement) -> bool:
        """Tell whether the dossier is also about people who withdrew nothing."""
        dossier = involvement.dossier
        beside = {one.id for one in self.involvements.values() if one.dossier is dossier}
        held = Involvement.objects.filter(dossier_id=dossier.id).exclude(pk=involvement.id)
        return len(beside) > 1 or (dossier.held is not None and held.exists())

    # --- what children ask --------------------------------------------------------------

    def organisation(self, field: str, source_id: str) -> int:
        try:
            return self.organisations[source_id]
        except KeyError:
            raise Refused(f"{field}: this organisation is not known here.") from None

    def recipient(self, source_id: str, role: str) -> int:
        organisation = self.organisation("recipient", source_id)
        known = self.recipients.get((organisation, role))
        if known is None:
            row, _ = Recipient.objects.get_or_create(organisation_id=organisation, category_id=role)
            known = self.recipients[organisation, role] = row.pk
        return known

    def consent(self, source_id: str) -> KnownConsent:
        try:
            return self.consents[source_id]
        except KeyError:
            raise Refused("consent: is not known here; it stands before its records.") from None

    def case(self, source_id: str) -> UUID:
        try:
            return self.dossiers[source_id].reference
        except KeyError:
            raise Refused("special.case: this dossier is not known here.") from None

    def allowed(self, purpose: str, data_category: str, basis: str) -> None:
        """Refuse data that the statement does not say we keep for this purpose."""
        if data_category not in self.codes.data_of[purpose]:
            raise Refused(f"data_category: the statement has no such data for {purpose}.")
        if basis not in self.codes.bases[purpose] and basis != "6.1.a":
            raise Refused(f"basis: is none of those the statement gives for {purpose}.")

    def is_legal_step(self, kind: str) -> bool:
        return self.codes.legal_steps[kind]

    # --- into the tables ----------------------------------------------------------------

    def _write(self, cursor: CursorWrapper) -> None:
        rows = self.rows
        copy_rows(cursor, "subjects_subject", ("id", "reference"), rows.subjects)
        new = [dossier for dossier in rows.dossiers if dossier.held is None]
        copy_rows(cursor, "subjects_dossier", DOSSIER_COLUMNS, [self._row(d) for d in new])
        copy_rows(cursor, "subjects_involvement", INVOLVEMENT_COLUMNS, rows.involvements)
        for kind, child in CHILDREN.items():
            if made := rows.children[kind]:
                columns = ("id", "involvement_id", "source_digest", *self.columns[kind])
                sealed = (child.sealed,) if child.sealed else ()
                copy_rows(cursor, child.table, (*columns, *sealed), made)
        self._write_changes()
        if rows.tokens:
            vault.store_tokens(rows.tokens, version=names.VERSION)
        if rows.suppressed:
            Suppression.objects.bulk_create(
                [
                    Suppression(digest=digest, purpose_id=MARKETING, since=since)
                    for digest, since in dict(rows.suppressed).items()
                ],
                ignore_conflicts=True,
            )

    def _row(self, dossier: _Dossier) -> tuple[Any, ...]:
        end = end_of(dossier.purpose, Anchors(**dossier.anchors), self.codes.rules)
        return (
            dossier.id,
            dossier.reference,
            self.source,
            dossier.digest,
            dossier.purpose,
            dossier.client_id,
            dossier.phase,
            self.now,
            *dossier.anchors.values(),
            end.rule,
            end.delete_from,
            end.missing_anchor,
        )

    def _write_changes(self) -> None:
        changed = [dossier for dossier in self.rows.dossiers if dossier.held is not None]
        for dossier in changed:
            self._apply(dossier)
        Dossier.objects.bulk_update(
            [dossier.held for dossier in changed if dossier.held],
            ["purpose", "client", "phase", *ANCHORS, "rule", "delete_from", "missing_anchor"],
            batch_size=500,
        )
        audit.append_many(
            [
                audit.Event(
                    "dossier.changed",
                    f"dossier:{dossier.reference}",
                    audit.SYSTEM,
                    facts={"source": self.source, "due": dossier.held.delete_from},
                )
                for dossier in changed
                if dossier.held
            ]
        )
        Involvement.objects.bulk_update(
            self.rows.changed_involvements,
            ["sealed_identity", "category", "verified_on"],
            batch_size=500,
        )
        Involvement.objects.filter(
            dossier__in=self.rows.use_ended, use_ended_at__isnull=True
        ).update(use_ended_at=self.now)
        self._suppress_held()
        for pk, day in self.rows.ended_alone.items():
            end = end_of(MARKETING, Anchors(consent_withdrawn_on=day))
            Involvement.objects.filter(pk=pk).update(
                rule=end.rule, delete_from=day, use_ended_at=self.now
            )
        for kind, held in self.rows.changed.items():
            child = CHILDREN[kind]
            columns = [name.removesuffix("_id") for name in self.columns[kind]]
            child.model._default_manager.bulk_update(
                held, [*columns, *filter(None, [child.sealed])], batch_size=500
            )
        for consent in self.rows.withdrawn:
            self._end_records_of(consent)

    def _suppress_held(self) -> None:
        """Keep the addresses of those whose marketing ended from being used again."""
        ended = Involvement.objects.filter(
            Q(dossier__in=self.rows.use_ended) | Q(pk__in=list(self.rows.ended_alone)),
            dossier__purpose=MARKETING,
        )
        rows = list(ended) if self.rows.use_ended or self.rows.ended_alone else []
        keys = vault.open_keys(row.key_id for row in rows)
        today = self.now.date()
        for row in rows:
            if key := keys.get(row.key_id):
                identity = key.unseal(row.sealed_identity, place=row.identity_place)
                digests = suppression_digests(names.person_of(identity))
                self.rows.suppressed += [(digest, today) for digest in digests]

    def _apply(self, dossier: _Dossier) -> None:
        row = dossier.held
        assert row is not None
        end = end_of(dossier.purpose, Anchors(**dossier.anchors), self.codes.rules)
        row.purpose_id, row.client_id, row.phase = dossier.purpose, dossier.client_id, dossier.phase
        for name, value in dossier.anchors.items():
            setattr(row, name, value)
        row.rule, row.delete_from = end.rule, end.delete_from
        row.missing_anchor = end.missing_anchor

    def _end_records_of(self, consent: KnownConsent) -> None:
        rule, day = record_end(
            register_removed_on=None, withdrawn_on=consent.withdrawn_on, only_by_consent=True
        )
        on_consent = Record.objects.filter(consent_id=consent.id)
        for only in ({"lawful_basis": "6.1.a"}, {"special_ground": "9.2.a"}):
            on_consent.filter(**only, delete_from__isnull=True).update(rule=rule, delete_from=day)


# Fields of a line that name something else, and the type of what they name.
_REFERENCES = (
    ("dossier", "dossier"),
    ("involvement", "involvement"),
    ("consent", "consent"),
    ("client", "organisation"),
    ("recipient", "organisation"),
    ("source_organisation", "organisation"),
)
