"""A chunk of blocks into the registry, in the caller's transaction.

What the chunk refers to is read in a handful of queries; what is new goes in by COPY. A line
whose unit was destroyed does not come in again: its proof keeps the digest of its source's id.
"""

from dataclasses import replace
from datetime import datetime

from django.db import connection
from django.db.backends.utils import CursorWrapper

from policy import services as policy
from subjects import names, recomputing
from subjects.door.beside import Beside
from subjects.door.children import CHILDREN
from subjects.door.chunks import Prepared
from subjects.door.codes import Codes
from subjects.door.copying import take_ids
from subjects.door.granted import keep_to_its_people
from subjects.door.outcome import Outcome
from subjects.door.standing import read_standing
from subjects.door.state import Standing
from subjects.door.tables import write_changes, write_new
from subjects.door.taking import take_block
from subjects.door.work import Reserve, Work
from vault import services as vault
from vault.constants import KeyKind
from vault.services import OpenKey

TABLES = {
    "dossier": "subjects_dossier",
    "involvement": "subjects_involvement",
    "consent": CHILDREN["consent"].table,
}


class Chunk:
    """Blocks that go in together. `write` returns what became of each line."""

    def __init__(
        self, prepared: Prepared, *, source: str, codes: Codes, now: datetime, beside: Beside
    ):
        self.prepared = prepared
        self.source = source
        self.codes = codes
        self.now = now
        self.beside = beside
        self._trimmed: dict[int, list[int]] = {}

    def write(self) -> list[Outcome]:
        """Write the chunk; return the outcome of each line, in order."""
        with connection.cursor() as cursor:
            # One writer a source: two runs side by side would each make the same person.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"door:{self.source}"]
            )
            # Dates computed anew reach what we add, or we already compute by the new rules.
            recomputing.wait_for_no_new_rules(cursor)
            codes = replace(self.codes, rules=policy.rules())
            standing = read_standing(cursor, self.prepared, self.source)
            keys = self._new_keys(standing)
            reserve = self._reserve(cursor, keys)
            work = Work(standing, codes, self.now, reserve)
            outcomes = [
                outcome for block in self.prepared.blocks for outcome in take_block(work, block)
            ]
            self._write(cursor, work)
            vault.require_fresh(keys)
        self._trimmed = {key: list(tokens) for key, tokens in work.rows.trimmed.items()}
        return outcomes

    def trim(self) -> None:
        """Let go of the tokens of former identities; to be called after the commit."""
        if self._trimmed:
            vault.store_tokens(self._trimmed, version=names.VERSION)

    def _new_keys(self, standing: Standing) -> list[OpenKey]:
        new = sum(
            name not in standing.involvements and ("involvement", name) not in standing.destroyed
            for name in self.prepared.tokens
        )
        return vault.create_keys(KeyKind.INVOLVEMENT, new) if new else []

    def _reserve(self, cursor: CursorWrapper, keys: list[OpenKey]) -> Reserve:
        counts = {table: self.prepared.counts.get(kind, 0) for kind, table in TABLES.items()}
        ids = take_ids(cursor, counts | {"subjects_subject": len(keys)})
        return Reserve(
            dossiers=iter(ids[TABLES["dossier"]]),
            involvements=iter(ids[TABLES["involvement"]]),
            subjects=iter(ids["subjects_subject"]),
            consents=iter(ids[TABLES["consent"]]),
            keys=iter(keys),
        )

    def _write(self, cursor: CursorWrapper, work: Work) -> None:
        # Committed before the rows are: nobody is here who cannot be found.
        with self.beside.doing(
            lambda: (
                vault.store_tokens(work.rows.tokens, version=names.VERSION)
                if work.rows.tokens
                else None
            )
        ):
            write_new(cursor, work)
            write_changes(work)
            keep_to_its_people(work)
            # Now and not at the commit, while the tokens are still being written.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
