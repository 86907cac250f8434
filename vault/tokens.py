"""What recognises a value again and tells nothing of it: digests, and tokens to look up by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from django.conf import settings
from django.db import connections, transaction

from vault import crypto
from vault.connecting import keystore_transaction
from vault.constants import KeyKind

PROBE_LIMIT = 201
TOKEN_MASK = 2**63 - 1


def digest(*parts: str) -> bytes:
    """Return 16 bytes that recognise these parts again and tell nothing of them."""
    return _token_hash().digest(crypto.parted("digest", *parts))[:16]


def digests_of(*parts: str) -> Callable[[str], bytes]:
    """Return a function that gives `digest(*parts, last)` for many a last part."""
    hashed, before = _token_hash().digest, crypto.parted("digest", *parts)
    return lambda last: hashed(before + crypto.parted(last))[:16]


def token(kind: str, value: str) -> int:
    """Return the search token of a value: 63 bits under the token key."""
    return tokens([(kind, value)])[0]


def tokens(pairs: Iterable[tuple[str, str]]) -> list[int]:
    """Return the tokens of pairs of kind and value, each once, in order of size."""
    hashed = _token_hash().digest
    # A kind holds no separator, so no two pairs make one text.
    return sorted(
        {
            int.from_bytes(hashed(f"token\x1f{kind}\x1f{value}".encode())[:8], "big") & TOKEN_MASK
            for kind, value in pairs
        }
    )


def store_tokens(of_keys: Mapping[int, Sequence[int]], *, version: int) -> None:
    """Write the tokens of each key, in place of those it had; none for a key that is gone."""
    with keystore_transaction() as cursor:
        # Whoever destroys one of these keys waits for us, and then takes our tokens with it.
        cursor.execute(
            "SELECT id FROM keystore_datakey WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [list(of_keys)],
        )
        alive = [key_id for (key_id,) in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO keystore_searchtokens (key_id, tokens, version)"
            " SELECT key_id, tokens::bigint[], %s"
            " FROM unnest(%s::bigint[], %s::text[]) stored (key_id, tokens)"
            " ON CONFLICT (key_id) DO UPDATE"
            " SET tokens = excluded.tokens, version = excluded.version",
            [version, alive, [f"{{{','.join(map(str, of_keys[one]))}}}" for one in alive]],
        )


def keys_to_retokenise(kind: KeyKind, *, version: int, after: int, limit: int) -> list[int]:
    """Return keys of a kind above a number, in order, whose tokens are of another version."""
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            "SELECT key.id FROM keystore_datakey key"
            " LEFT JOIN keystore_searchtokens held ON held.key_id = key.id"
            " WHERE key.id > %s AND key.kind = %s AND held.version IS DISTINCT FROM %s"
            " ORDER BY key.id LIMIT %s",
            [after, int(kind), version, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def probe(wanted: Sequence[int], *, each: int = PROBE_LIMIT) -> list[list[int]]:
    """Return for each token the ids of at most `each` keys that have it, in one query."""
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        # The planner guesses half a per cent of the table for every token and would scan it.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "SELECT ARRAY(SELECT key_id FROM keystore_searchtokens"
            " WHERE tokens @> ARRAY[t.token] LIMIT %s)"
            " FROM unnest(%s::bigint[]) WITH ORDINALITY t(token, position) ORDER BY position",
            [each, list(wanted)],
        )
        return [found for (found,) in cursor.fetchall()]


def searchable() -> int:
    """Return about how many keys have tokens, as the database last counted; asks no table."""
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = 'keystore_searchtokens'::regclass"
        )
        return max(int(cursor.fetchone()[0]), 0)


@cache
def _keyed(text: str) -> crypto.KeyedHash:
    return crypto.KeyedHash(crypto.decode_key(text))


def _token_hash() -> crypto.KeyedHash:
    return _keyed(settings.VAULT_TOKEN_KEY)
