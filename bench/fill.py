"""Fill empty databases with people for measuring look-up: `python -m bench.fill 100000`.

Rows go in by COPY, sealed and tokenised as the door does it. Never into databases in use.
"""

import io
import os
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from bench.people import identities

BATCH = 5_000


def fill(count: int, *, seed: int = 1) -> None:
    """Make `count` subjects, each in one dossier. Raises SystemExit where there are any."""
    from django.core.management import call_command
    from django.db import connections

    from policy.tests.makers import load_policy
    from subjects.models import Subject

    call_command("migrate", verbosity=0)
    call_command("migrate", database="keystore", verbosity=0)
    if Subject.objects.exists():
        raise SystemExit("these databases are not empty")
    load_policy()
    people = identities(count, seed=seed)
    started, done = time.monotonic(), 0
    while batch := list(islice(people, BATCH)):
        _write(batch, first=done + 1)
        done += len(batch)
        if done % 50_000 == 0 or done == count:
            print(f"{done:,} people, {time.monotonic() - started:,.0f} s", flush=True)
    for alias in ("default", "keystore"):
        with connections[alias].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            for table in ("subject", "dossier", "involvement") if alias == "default" else ():
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('subjects_{table}', 'id'), %s)", [done]
                )


def _write(batch: list[dict[str, Any]], *, first: int) -> None:
    from subjects.names import VERSION, person_of, search_keys
    from vault import services as vault
    from vault.constants import KeyKind

    keys = vault.create_keys(KeyKind.INVOLVEMENT, len(batch))
    tokens, involvements = [], []
    for number, (key, identity) in enumerate(zip(keys, batch, strict=True), start=first):
        found = vault.tokens(search_keys(person_of(identity)))
        tokens.append((key.id, "{" + ",".join(map(str, found)) + "}", VERSION))
        sealed = key.seal(identity, place=f"subjects.involvement.identity:{key.id}")
        digest = "\\\\x" + vault.digest("bench", str(number)).hex()
        involvements.append(
            (
                number,
                uuid.uuid4(),
                number,
                number,
                "debtor",
                digest,
                digest,
                key.id,
                "\\\\x" + sealed.hex(),
                "",
            )
        )
    rows = range(first, first + len(batch))
    _copy("keystore", "keystore_searchtokens (key_id, tokens, version)", tokens)
    _copy("default", "subjects_subject (id, reference)", ((n, uuid.uuid4()) for n in rows))
    _copy(
        "default",
        "subjects_dossier (id, reference, source_system, source_digest, purpose_id, phase,"
        " created_at, rule, missing_anchor)",
        (
            (n, uuid.uuid4(), "bench", row[5], "COL", "collection", "now", "COL-60", "")
            for n, row in zip(rows, involvements, strict=True)
        ),
    )
    _copy(
        "default",
        "subjects_involvement (id, reference, subject_id, dossier_id, category_id, source_digest,"
        " person_digest, key_id, sealed_identity, rule)",
        involvements,
    )


def _copy(alias: str, into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    from django.db import connections

    text = "".join(_lines(rows))
    with connections[alias].cursor() as cursor:
        cursor.copy_expert(f"COPY {into} FROM STDIN", io.StringIO(text))


def _lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    return ("\t".join(map(str, row)) + "\n" for row in rows)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.test")
    django.setup()
    fill(int(sys.argv[1]))
