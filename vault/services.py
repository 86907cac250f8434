"""Data keys, sealing, tokens.

Order of commits. A key is committed in the keystore *before* the row it seals is committed;
it is destroyed *after* the row's deletion is committed, from an outbox. So a crash leaves at
worst a key without a row, which `sweep` removes, and never a row without its key.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connections, transaction
from psycopg2.extras import execute_values
from psycopg2.sql import SQL, Identifier

from vault import crypto
from vault.constants import GRACE, KeyKind
from vault.exceptions import KeyDestroyed, KeyEncryptionKeyMissing
from vault.keystore.models import DataKey
from vault.models import KeyOutbox

JSONValue = Any
BATCH = 2_000
PROBE_LIMIT = 201
TOKEN_MASK = 2**63 - 1

_holders: dict[KeyKind, set[tuple[str, str]]] = {}


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
    """Return `count` new keys, committed in the keystore at once."""
    number, kek = _newest_kek()
    plain = [os.urandom(crypto.KEY_BYTES) for _ in range(count)]
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('keystore_datakey', 'id'))"
            " FROM generate_series(1, %s)",
            [count],
        )
        keys = [
            OpenKey(id=row[0], key=key) for row, key in zip(cursor.fetchall(), plain, strict=True)
        ]
        execute_values(
            cursor.cursor,
            "INSERT INTO keystore_datakey (id, kind, wrapped, kek) VALUES %s",
            [(key.id, int(kind), _wrap(kek, key), number) for key in keys],
            page_size=BATCH,
        )
    return keys


def create_key(kind: KeyKind) -> OpenKey:
    """Return one new key, committed in the keystore at once."""
    return create_keys(kind)[0]


def open_keys(key_ids: Iterable[int]) -> dict[int, OpenKey]:
    """Return the keys by id, in one query; one that was destroyed is simply absent."""
    wanted = list(key_ids)
    rows = DataKey.objects.filter(id__in=wanted).values_list("id", "wrapped", "kek")
    return {pk: OpenKey(pk, _unwrap(pk, bytes(wrapped), kek)) for pk, wrapped, kek in rows}


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
    with transaction.atomic(using="keystore"):
        keys = list(
            DataKey.objects.select_for_update().filter(kek__lt=number).order_by("kek", "id")[:batch]
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
        KeyOutbox.objects.create(key_ids=list(key_ids))


def drain_outbox(limit: int = 100) -> int:
    """Destroy the keys of up to `limit` committed outbox rows; return the number of keys.

    Every step repeats harmlessly: keys go and are committed first, the outbox row after.
    """
    destroyed = 0
    for row in KeyOutbox.objects.order_by("id")[:limit]:
        destroyed += _destroy(row.key_ids)
        row.delete()
    return destroyed


def _destroy(key_ids: list[int]) -> int:
    # `= ANY(array)` keeps to the index; a join would scan the whole table.
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        cursor.execute("DELETE FROM keystore_searchtokens WHERE key_id = ANY(%s)", [key_ids])
        cursor.execute("DELETE FROM keystore_datakey WHERE id = ANY(%s)", [key_ids])
        return int(cursor.rowcount)


def register_holder(kind: KeyKind, table: str, column: str = "key_id") -> None:
    """Tell where rows hold keys of this kind; called when an app is ready."""
    _holders.setdefault(kind, set()).add((table, column))


def sweep(now: datetime) -> int:
    """Drain the outbox, then destroy keys older than the grace that no row holds.

    Keys are read first and their rows looked for afterwards: a row that is committed in
    between is then seen. Kinds that nobody registered are left alone.
    """
    destroyed = drain_outbox()
    for kind, holders in _holders.items():
        last = 0
        while True:
            old = list(
                DataKey.objects.filter(kind=kind, created_at__lt=now - GRACE, id__gt=last)
                .order_by("id")
                .values_list("id", flat=True)[:BATCH]
            )
            if not old:
                break
            last = old[-1]
            if orphans := sorted(set(old) - _held(holders, old)):
                destroyed += _destroy(orphans)
    return destroyed


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


# --- digests and tokens -------------------------------------------------------------------


def digest(*parts: str) -> bytes:
    """Return 16 bytes that recognise these parts again and tell nothing of them."""
    return crypto.keyed_hash(_token_key(), "digest", *parts)[:16]


def token(kind: str, value: str) -> int:
    """Return the search token of a value: 63 bits under the token key."""
    return _token(_token_key(), kind, value)


def _token(key: bytes, kind: str, value: str) -> int:
    hashed = crypto.keyed_hash(key, "token", kind, value)
    return int.from_bytes(hashed[:8], "big") & TOKEN_MASK


def tokens(pairs: Iterable[tuple[str, str]]) -> list[int]:
    """Return the tokens of pairs of kind and value, each once, in order of size."""
    key = _token_key()
    return sorted({_token(key, kind, value) for kind, value in pairs})


def store_tokens(of_keys: Mapping[int, Sequence[int]], *, version: int) -> None:
    """Write the tokens of each key, in place of those it had."""
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        execute_values(
            cursor.cursor,
            "INSERT INTO keystore_searchtokens (key_id, tokens, version) VALUES %s"
            " ON CONFLICT (key_id) DO UPDATE"
            " SET tokens = excluded.tokens, version = excluded.version",
            [(key_id, list(found), version) for key_id, found in of_keys.items()],
            template="(%s, %s::bigint[], %s)",
            page_size=BATCH,
        )


def probe(wanted: Sequence[int], *, each: int = PROBE_LIMIT) -> list[list[int]]:
    """Return for each token the ids of at most `each` keys that have it, in one query."""
    found: list[list[int]] = [[] for _ in wanted]
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        # The planner guesses half a per cent of the table for every token and would scan it.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "SELECT t.position, s.key_id"
            " FROM unnest(%s::bigint[]) WITH ORDINALITY t(token, position)"
            " CROSS JOIN LATERAL (SELECT key_id FROM keystore_searchtokens"
            " WHERE tokens @> ARRAY[t.token] LIMIT %s) s",
            [list(wanted), each],
        )
        for position, key_id in cursor.fetchall():
            found[position - 1].append(key_id)
    return found


def searchable() -> int:
    """Return about how many keys have tokens, as the database last counted; asks no table."""
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = 'keystore_searchtokens'::regclass"
        )
        return max(int(cursor.fetchone()[0]), 0)


# --- the environment's keys ---------------------------------------------------------------


@cache
def _keks(text: str) -> dict[int, bytes]:
    return crypto.decode_numbered_keys(text)


@cache
def _decoded(text: str) -> bytes:
    return crypto.decode_key(text)


def _token_key() -> bytes:
    return _decoded(settings.VAULT_TOKEN_KEY)


def _newest_kek() -> tuple[int, bytes]:
    return max(_keks(settings.VAULT_KEY_ENCRYPTION_KEYS).items())


def _wrap(kek: bytes, key: OpenKey) -> bytes:
    return crypto.seal(kek, key.key, place=f"keystore.datakey:{key.id}")


def _unwrap(key_id: int, wrapped: bytes, number: int) -> bytes:
    try:
        kek = _keks(settings.VAULT_KEY_ENCRYPTION_KEYS)[number]
    except KeyError:
        raise KeyEncryptionKeyMissing(
            f"key-encryption key {number} is not in VAULT_KEY_ENCRYPTION_KEYS"
        ) from None
    return crypto.unseal(kek, wrapped, place=f"keystore.datakey:{key_id}")
