"""Fill databases with requests of two years, to measure pages: `python -m bench.asked 100000`.

Requests that are there (the demo makes some in every state) are repeated with other days: each has
its own key and words, rights, clock, matches and figure, but no letters. Never in databases in use.
"""

import io
import os
import sys
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Field, Model

BATCH = 5_000
DAYS = 730
# Of a hundred requests so many are open: an agency with 50,000 a year has about a month's work.
OPEN_IN_A_HUNDRED = 6


def fill(count: int, *, seed: int = 1) -> None:
    """Make `count` requests out of those there are. Raises SystemExit where there are none."""
    from django.db import connection, transaction

    from requests.constants import OPEN
    from requests.models import PrivacyRequest

    known: dict[bool, list[tuple[int, dict[str, Any]]]] = {True: [], False: []}
    for one in PrivacyRequest.objects.order_by("pk")[:500]:
        known[one.state in OPEN].append((one.pk, _body(one)))
    if not all(known.values()):
        raise SystemExit("there are no requests to repeat: fill with the demo first")
    random = Random(seed)
    for first in range(1, count + 1, BATCH):
        with transaction.atomic():
            _make(range(first, min(first + BATCH, count + 1)), known, random)
        print(f"{min(first + BATCH - 1, count):,} requests", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _body(privacy_request: Any) -> dict[str, Any]:
    from requests import services

    return services.body_of(privacy_request)


def _make(
    numbers: range, known: dict[bool, list[tuple[int, dict[str, Any]]]], random: Random
) -> None:
    from django.db import connection

    from requests import models
    from requests.figures.models import AnswerFigure
    from subjects.models import Dossier
    from vault import services as vault
    from vault.constants import KeyKind

    keys = vault.create_keys(KeyKind.REQUEST, len(numbers))
    rows = []
    for number, key in zip(numbers, keys, strict=True):
        is_open = random.randrange(100) < OPEN_IN_A_HUNDRED
        pk, body = random.choice(known[is_open])
        sealed = key.seal(body, place=f"requests.privacyrequest.body:{key.id}")
        days = 0 if is_open else random.randrange(DAYS)
        rows.append((number, pk, key.id, days, "\\\\x" + sealed.hex()))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE asked (number int, old bigint, key bigint, days int, body bytea,"
            " made bigint, dossier bigint) ON COMMIT DROP"
        )
        text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        cursor.copy_expert(
            "COPY asked (number, old, key, days, body) FROM STDIN", io.StringIO(text)
        )
        cursor.execute(
            "UPDATE asked SET"
            " made = nextval(pg_get_serial_sequence('requests_privacyrequest', 'id')),"
            " dossier = nextval(pg_get_serial_sequence('subjects_dossier', 'id'))"
        )
        cursor.execute(
            _copied(Dossier, {"id": "dossier", "source_digest": "sha256(made::text::bytea)"})
            + " JOIN requests_privacyrequest r ON r.dossier_id = t.id"
            + " JOIN asked ON asked.old = r.id"
        )
        own = {
            "id": "made",
            "number": "'BP-' || lpad(asked.number::text, 7, '0')",
            "key_id": "key",
            "dossier_id": "dossier",
            "sealed_body": "body",
            "caller_digest": "NULL",
            "letter_digest": "''::bytea",
        }
        cursor.execute(_copied(models.PrivacyRequest, own) + " JOIN asked ON asked.old = t.id")
        for model in (models.RequestedRight, models.ClockEvent, models.SubjectMatch, AnswerFigure):
            cursor.execute(
                _copied(model, {"request_id": "made", "hold_id": "NULL"})
                + " JOIN asked ON asked.old = t.request_id"
            )


def _copied(model: "type[Model]", own: dict[str, str]) -> str:
    """Return the statement that repeats rows of a table, with their days moved back."""
    fields = [one for one in model._meta.concrete_fields if not one.generated]
    if "id" not in own:
        fields = [one for one in fields if one.column != "id"]
    columns = ", ".join(f'"{one.column}"' for one in fields)
    values = ", ".join(_value(one, own) for one in fields)
    table = model._meta.db_table
    return f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{table}" t'


def _value(field: "Field[Any, Any]", own: dict[str, str]) -> str:
    if field.column in own:
        return own[str(field.column)]
    if field.column == "reference":
        return "gen_random_uuid()"
    moved = {"DateTimeField": "make_interval(days => asked.days)", "DateField": "asked.days"}
    kind = field.get_internal_type()
    return f't."{field.column}" - {moved[kind]}' if kind in moved else f't."{field.column}"'


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.test")
    django.setup()
    fill(int(sys.argv[1]))
