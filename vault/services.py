"""Data keys, sealing, tokens.

Order of commits. A key is committed in the keystore *before* the row it seals is committed;
it is destroyed *after* the row's deletion is committed, from an outbox. So a crash leaves at
worst a key without a row, which `sweep` removes, and never a row without its key.

What writes rows that hold new keys goes so:

    keys = vault.create_keys(kind, count)
    with transaction.atomic():
        ...  # write the rows
        vault.require_fresh(keys)

Keys that are made inside the rows' transaction are fresh as long as PostgreSQL lets it last.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2.sql import SQL, Composable, Identifier

from alektum_privacy.reading import kept_meanwhile
from vault import crypto
from vault.connecting import keystore_transaction
from vault.constants import GRACE, KeyKind
from vault.exceptions import KeyDestroyed, KeyEncryptionKeyMissing, KeysTooOld, TooManyOrphans
from vault.keystore.models import DataKey, SearchTokens
from vault.models import KeyOutbox
from vault.tokens import (
    digest,
    digests_of,
    keys_to_retokenise,
    probe,
    searchable,
    store_tokens,
    token,
    tokens,
)

# Tokens are offered here too, so that callers need one place.
__all__ = [
    "digest",
    "digests_of",
    "keys_to_retokenise",
    "probe",
    "searchable",
    "store_tokens",
    "token",
    "tokens",
]
JSONValue = Any
BATCH = 2_000
OUTBOX_ROWS = 20
MOST_ORPHANS = 10_000
KEPT = "vault.key"

_holders: dict[int, set[tuple[str, str]]] = {}


@dataclass(frozen=True)
class OpenKey:
    """A data key, unwrapped. `place` names the row and field, and binds what is sealed to it."""

    id: int
    key: bytes = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Made once: it costs more than to seal or unseal a row with it.
        object.__setattr__(self, "_cipher", AESGCM(self.key))

    def seal(self, value: JSONValue, *, place: str) -> bytes:
        """Return a JSON value sealed. Raises TypeError for what is none."""
        return self.seal_bytes(orjson.dumps(value), place=place)

    def unseal(self, sealed: bytes | memoryview, *, place: str) -> JSONValue:
        """Return the value. Raises SealBroken when bytes, key or place differ."""
        return orjson.loads(self.unseal_bytes(sealed, place=place))

    def seal_bytes(self, plain: bytes, *, place: str) -> bytes:
        return crypto.seal(self._cipher, plain, place=place)

    def unseal_bytes(self, sealed: bytes | memoryview, *, place: str) -> bytes:
        return crypto.unseal(self._cipher, bytes(sealed), place=place)


# --- keys ---------------------------------------------------------------------------------


def create_keys(kind: KeyKind, count: int = 1) -> list[OpenKey]:
    """Return `count` new keys, committed in the keystore at once.

    Raises RuntimeError inside a transaction of the keystore, which could not keep that.
    """
    number, kek = _newest_kek()
    plain = [os.urandom(crypto.KEY_BYTES) for _ in range(count)]
    with keystore_transaction() as cursor:
        cursor.execute(
            # Its name is looked up once, not for each key.
            "SELECT nextval(sequence) FROM (SELECT"
            " pg_get_serial_sequence('keystore_datakey', 'id')::regclass OFFSET 0) s (sequence),"
            " generate_series(1, %s)",
            [count],
        )
        keys = [
            OpenKey(id=row[0], key=key) for row, key in zip(cursor.fetchall(), plain, strict=True)
        ]
        _copy(
            cursor,
            "keystore_datakey (id, kind, wrapped, kek)",
            [f"{key.id}\t{kind:d}\t\\\\x{_wrap(kek, key).hex()}\t{number}\n" for key in keys],
        )
    return keys


def create_key(kind: KeyKind) -> OpenKey:
    """Return one new key, committed in the keystore at once."""
    return create_keys(kind)[0]


def require_fresh(keys: Iterable[OpenKey]) -> None:
    """Raise KeysTooOld unless these new keys may still be committed with their rows.

    The last deed of whoever writes rows that hold new keys, inside the transaction that
    writes them. From here PostgreSQL ends that transaction within WRITER_TIMEOUT, so keys
    and rows are never further apart than twice that: well within the grace of `sweep`.
    """
    key_ids = [key.id for key in keys]
    with connections["keystore"].cursor() as cursor:
        # The keystore's clock, as in the sweep: that of this machine may stand still or jump.
        cursor.execute(
            "SELECT count(*) FROM keystore_datakey WHERE id = ANY(%s)"
            " AND created_at > clock_timestamp() - %s * interval '1 second'",
            [key_ids, settings.WRITER_TIMEOUT.total_seconds()],
        )
        if cursor.fetchone()[0] != len(key_ids):
            raise KeysTooOld(f"not within {settings.WRITER_TIMEOUT} of making the keys")


def open_keys(key_ids: Iterable[int]) -> dict[int, OpenKey]:
    """Return the keys by id, in one query; one that was destroyed is simply absent."""
    wanted = set(key_ids)
    # A page opens the key of its request in many places: within `reading_once` it stays open.
    kept = kept_meanwhile()
    found = {pk: kept[KEPT, pk] for pk in wanted if (KEPT, pk) in kept} if kept else {}
    if absent := wanted - found.keys():
        rows = DataKey.objects.filter(id__in=absent).values_list("id", "wrapped", "kek")
        found |= {pk: OpenKey(pk, _unwrap(pk, bytes(wrapped), kek)) for pk, wrapped, kek in rows}
    if kept is not None:
        kept.update({(KEPT, pk): key for pk, key in found.items()})
    return found


def open_key(key_id: int) -> OpenKey:
    """Return one key. Raises KeyDestroyed when it is gone."""
    try:
        return open_keys([key_id])[key_id]
    except KeyError:
        raise KeyDestroyed(f"data key {key_id} was destroyed") from None


def rotate(batch: int = BATCH) -> int:
    """Wrap up to `batch` keys anew under the newest key-encryption key; return how many.

    Safe to stop anywhere and to run in parallel; `keys_to_rotate` tells when all are done.
    """
    number, kek = _newest_kek()
    with transaction.atomic(using="keystore", durable=True):
        keys = list(
            DataKey.objects.select_for_update(skip_locked=True)
            .filter(kek__lt=number)
            .order_by("kek", "id")[:batch]
        )
        for key in keys:
            open_key = OpenKey(key.pk, _unwrap(key.pk, bytes(key.wrapped), key.kek))
            key.wrapped, key.kek = _wrap(kek, open_key), number
        DataKey.objects.bulk_update(keys, ["wrapped", "kek"])
    return len(keys)


def keys_to_rotate() -> bool:
    """Tell whether any key is still wrapped under an older key-encryption key."""
    return DataKey.objects.filter(kek__lt=_newest_kek()[0]).exists()


# --- destruction --------------------------------------------------------------------------


def destroy_keys_later(key_ids: Sequence[int]) -> None:
    """Note keys whose holders the caller's transaction deletes; `drain_outbox` destroys them."""
    if key_ids:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "INSERT INTO vault_keyoutbox (key_ids, created_at) VALUES (%s::bigint[], now())",
                [array_text(key_ids)],
            )


def array_text(ids: Iterable[int]) -> str:
    """Return numbers as PostgreSQL writes an array: read many times faster than `ARRAY[...]`."""
    return "{" + ",".join(map(str, ids)) + "}"


def drain_outbox() -> int:
    """Destroy the keys whose holders' deletion is committed; return how many.

    Safe to be killed anywhere and to run in parallel: what another drain has in hand is left
    to it. Raises RuntimeError inside a transaction, whose own rows are not yet committed.
    """
    destroyed = 0
    while (keys := _drain_step()) is not None:
        destroyed += keys
    return destroyed


def _drain_step() -> int | None:
    """Destroy the keys of a few rows; None when there are no more."""
    with transaction.atomic(durable=True):
        rows = list(
            KeyOutbox.objects.select_for_update(skip_locked=True).order_by("id")[:OUTBOX_ROWS]
        )
        if not rows:
            return None
        # Committed by itself, before the rows that tell of it go: cut short, it is done again.
        keys = _destroy(sorted({key_id for row in rows for key_id in row.key_ids}))
        with connections["default"].cursor() as cursor:
            # Nobody waits for the disk: rows that a crash brings back are drained once more.
            cursor.execute("SET LOCAL synchronous_commit = off")
        KeyOutbox.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return keys


def _destroy(key_ids: Sequence[int]) -> int:
    destroyed = 0
    with keystore_transaction() as cursor:
        for start in range(0, len(key_ids), BATCH):
            batch = array_text(key_ids[start : start + BATCH])
            # Keys first: `store_tokens` holds them while it writes, so we see what it wrote.
            # `= ANY(array)` keeps to the index; a join would scan the whole table.
            cursor.execute("DELETE FROM keystore_datakey WHERE id = ANY(%s::bigint[])", [batch])
            destroyed += int(cursor.rowcount)
            cursor.execute(
                "DELETE FROM keystore_searchtokens WHERE key_id = ANY(%s::bigint[])", [batch]
            )
    return destroyed


def register_holder(kind: KeyKind, table: str, column: str = "key_id") -> None:
    """Tell where rows hold keys of this kind; called when an app is ready.

    The column needs an index: the sweep looks rows up by it.
    """
    _holders.setdefault(kind, set()).add((table, column))


def sweep(*, most: int = MOST_ORPHANS) -> int:
    """Destroy keys older than the grace that no row holds, and tokens without a key.

    Returns the number of keys. Kinds that nobody registered are left alone. Reads all keys,
    so it is for the night, and for after a restore of either database. Raises
    TooManyOrphans, and destroys nothing, when more than `most` keys have no row: crashes
    leave few, a wrong main database leaves nearly all.
    """
    orphans: list[int] = []
    for of_kinds in _old_keys():
        # Keys first, their rows afterwards: a row that is committed in between is then seen.
        for kind, key_ids in of_kinds.items():
            if kind in _holders:
                orphans += set(key_ids) - _held(_holders[kind], key_ids)
        if len(orphans) > most:
            raise TooManyOrphans(
                f"more than {most} keys have no row: is DATABASE_URL the database of this "
                "keystore? Nothing was destroyed."
            )
    destroyed = _destroy(sorted(orphans))
    _destroy_tokens_without_key()
    return destroyed


def _old_keys() -> Iterator[dict[int, list[int]]]:
    """Yield the keys older than the grace by kind, batch by batch in the order of their ids."""
    last = 0
    while True:
        with connections["keystore"].cursor() as cursor:
            cursor.execute(
                "SELECT id, kind, created_at < clock_timestamp() - %s * interval '1 second'"
                " FROM keystore_datakey WHERE id > %s ORDER BY id LIMIT %s",
                [GRACE.total_seconds(), last, BATCH],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        of_kinds: dict[int, list[int]] = {}
        for key_id, kind, is_old in rows:
            if is_old:
                of_kinds.setdefault(kind, []).append(key_id)
        yield of_kinds


def _destroy_tokens_without_key() -> None:
    last = 0
    while page := list(
        SearchTokens.objects.filter(key_id__gt=last)
        .order_by("key_id")
        .values_list("key_id", flat=True)[:BATCH]
    ):
        last = page[-1]
        if gone := set(page) - set(
            DataKey.objects.filter(id__in=page).values_list("id", flat=True)
        ):
            SearchTokens.objects.filter(key_id__in=gone).delete()


def pass_used_numbers() -> None:
    """Let new keys take numbers above all that rows or the outbox of the main database name.

    After the keystore is restored its numbers start too low: a new key would get the number
    of a lost one, and be taken for it.
    """
    queries: list[Composable] = [
        SQL("SELECT max(number) FROM vault_keyoutbox, unnest(key_ids) number")
    ]
    for table, column in set().union(*_holders.values()):
        queries.append(
            SQL("SELECT max({column}) FROM {table}").format(
                column=Identifier(column), table=Identifier(table)
            )
        )
    used = 0
    with connections["default"].cursor() as cursor:
        for query in queries:
            cursor.execute(query)
            used = max(used, cursor.fetchone()[0] or 0)
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            "SELECT setval(sequence, greatest(nextval(sequence), %s))"
            " FROM pg_get_serial_sequence('keystore_datakey', 'id') sequence",
            [used],
        )


def vacuum() -> None:
    """Free the space of what was destroyed, to be written over. Not inside a transaction."""
    with connections["keystore"].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) keystore_datakey, keystore_searchtokens")


def _held(holders: Iterable[tuple[str, str]], key_ids: list[int]) -> set[int]:
    held: set[int] = set()
    with connections["default"].cursor() as cursor:
        for table, column in holders:
            query = SQL("SELECT {column} FROM {table} WHERE {column} = ANY(%s)").format(
                column=Identifier(column), table=Identifier(table)
            )
            cursor.execute(query, [key_ids])
            held.update(row[0] for row in cursor.fetchall())
    return held


def _copy(cursor: CursorWrapper, into: str, rows: Iterable[str]) -> None:
    """Write rows that hold numbers and hexadecimals only, the fastest way in."""
    with connections["keystore"].wrap_database_errors:
        cursor.cursor.copy_expert(f"COPY {into} FROM STDIN", StringIO("".join(rows)))


# --- the environment's keys ---------------------------------------------------------------


@cache
def _keks(text: str) -> dict[int, AESGCM]:
    return {number: AESGCM(key) for number, key in crypto.decode_numbered_keys(text).items()}


def _newest_kek() -> tuple[int, AESGCM]:
    keks = _keks(settings.VAULT_KEY_ENCRYPTION_KEYS)
    return max(keks), keks[max(keks)]


def _wrap(kek: AESGCM, key: OpenKey) -> bytes:
    return crypto.seal(kek, key.key, place=f"keystore.datakey:{key.id}")


def _unwrap(key_id: int, wrapped: bytes, number: int) -> bytes:
    try:
        kek = _keks(settings.VAULT_KEY_ENCRYPTION_KEYS)[number]
    except KeyError:
        raise KeyEncryptionKeyMissing(
            f"key-encryption key {number} is not in VAULT_KEY_ENCRYPTION_KEYS"
        ) from None
    return crypto.unseal(kek, wrapped, place=f"keystore.datakey:{key_id}")
