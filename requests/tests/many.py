"""A great many requests, written by the database itself: as they come in over two years."""

from typing import Any

from django.db import connection, models

from requests.models import ClockEvent, PrivacyRequest, RequestedRight
from requests.tests.makers import make_request
from subjects.models import Dossier

OFFICERS = 20
# Of a number `i` of `n`: when it came in, evenly over two years, the newest last.
RECEIVED = "now() - interval '1 hour' - (%(n)s - i) * (interval '730 days' / %(n)s)"
OPEN = "i > %(n)s * 0.95 OR i %% 1000 = 7"


def fill(number: int) -> None:
    """Write so many requests, five per cent of them open, with rights, clocks and decisions."""
    with connection.cursor() as cursor:
        # A busy machine may need longer than a writer gets.
        cursor.execute("SET LOCAL transaction_timeout = 0")
        # What refers to what is right by how it is written: a million checks would say no more.
        cursor.execute("SET LOCAL session_replication_role = replica")
        _fill(cursor, number)
        cursor.execute("SET LOCAL session_replication_role = origin")


def _fill(cursor: Any, n: int) -> None:
    made = make_request()
    with_n = {"n": n}
    state = (
        f"CASE WHEN {OPEN} THEN (ARRAY['received','waiting','handling','approved'])[1 + i %% 4]"
        " WHEN i %% 20 = 3 THEN 'withdrawn' WHEN i %% 10 = 4 THEN 'answered' ELSE 'closed' END"
    ) % with_n
    received = RECEIVED % with_n
    opens = OPEN % with_n
    _multiply(
        cursor,
        Dossier,
        made.dossier_id,
        n,
        reference="gen_random_uuid()",
        source_digest="decode(md5('many' || i), 'hex')",
    )
    cursor.execute("SELECT max(id) FROM subjects_dossier")
    last = cursor.fetchone()[0]
    answered = f"{received} + (3 + i * 7 % 25) * interval '1 day'"
    _multiply(
        cursor,
        PrivacyRequest,
        made.pk,
        n,
        reference="gen_random_uuid()",
        number="'AP-MANY-' || lpad(i::text, 7, '0')",
        key_id="1000000000 + i",
        dossier_id=f"{last - n} + i",
        channel="(ARRAY['portal','portal','email','letter','phone','api'])[1 + i % 6]",
        kind="CASE WHEN i % 30 = 11 THEN 'enquiry' ELSE 'request' END",
        state=state,
        received_at=received,
        due_on=f"CASE WHEN i % 30 = 11 OR ({opens}) AND i % 4 = 1 THEN NULL"
        f" ELSE ({received})::date + 30 END",
        assigned_to=f"CASE WHEN i % 3 = 0 THEN NULL ELSE 1000 + i * 13 % {OFFICERS} END",
        searched_at="now()",
        answered_at=f"CASE WHEN ({opens}) OR i % 20 = 3 THEN NULL ELSE {answered} END",
        ended_on=f"CASE WHEN {state} IN ('closed', 'withdrawn') THEN ({answered})::date END",
    )
    cursor.execute("SELECT max(id) FROM requests_privacyrequest")
    first = cursor.fetchone()[0] - n
    right = "(ARRAY['access','access','access','erasure','marketing','objection','consent'])"
    _multiply(
        cursor,
        RequestedRight,
        made.rights.get().pk,
        n,
        request_id=f"{first} + i",
        right=f"{right}[1 + i % 7]",
    )
    cursor.execute("SELECT max(id) FROM requests_requestedright")
    first_right = cursor.fetchone()[0] - n
    clock = ClockEvent.objects.filter(request=made).earliest("pk")
    for every, cause in ((1, "received"), (10, "extended")):
        _multiply(
            cursor,
            ClockEvent,
            clock.pk,
            n // every,
            request_id=f"{first} + i * {every}",
            cause=f"'{cause}'",
        )
    cursor.execute(
        "INSERT INTO requests_decision (request_id, right_id, reference, part, purpose, outcome,"
        " article, ground, data_categories, sealed_reason, needs_second, decided_by, decided_at,"
        " approved_by)"
        " SELECT %(first)s + i, %(right)s + i, gen_random_uuid(), '', 'COL',"
        " CASE WHEN i %% 12 = 5 THEN 'refused' ELSE 'granted' END, '15', '', '{}',"
        " '\\x00', i %% 12 = 5, 101, now(),"
        " CASE WHEN state = 'handling' THEN NULL ELSE 102 END"
        " FROM generate_series(1, %(n)s) i"
        " JOIN requests_privacyrequest r ON r.id = %(first)s + i WHERE i %% 2 = 1",
        {"first": first, "right": first_right, "n": n},
    )
    _count_answers(cursor, first)
    for table in (
        *("privacyrequest", "requestedright", "clockevent", "decision"),
        *("answerfigure", "reminder"),
    ):
        cursor.execute(f"ANALYZE requests_{table}")


def _count_answers(cursor: Any, first: int) -> None:
    """Write what counts of each answer, one in 33 of them late; warn of half of what is open."""
    cursor.execute(
        "INSERT INTO requests_answerfigure (request_id, received_on, answered_on, days, channel,"
        " rights, is_late, is_extended, refused)"
        " SELECT id, received_at::date, answered_at::date, answered_at::date - received_at::date,"
        " channel, '{access}', id %% 33 = 0, id %% 10 = 0,"
        " (ARRAY['no','no','no','no','partly','wholly'])[1 + id %% 6]"
        " FROM requests_privacyrequest WHERE id > %s AND answered_at IS NOT NULL"
        " AND kind = 'request'",
        [first],
    )
    cursor.execute(
        "INSERT INTO requests_reminder (request_id, kind, due_on, noted_at)"
        " SELECT id, 'half', due_on, now() FROM requests_privacyrequest"
        " WHERE id > %s AND due_on IS NOT NULL AND (answered_at IS NOT NULL OR id %% 2 = 0)",
        [first],
    )


def _multiply(
    cursor: Any, model: type[models.Model], template: int, n: int, /, **others: str
) -> None:
    """Write so many rows like one there is, `i` of them otherwise as told."""
    fields = [one for one in model._meta.concrete_fields if not one.primary_key]
    columns = [one.column for one in fields if one.column and not one.generated]
    values = ", ".join(others.get(column, f't."{column}"') for column in columns)
    table, names = model._meta.db_table, ", ".join(f'"{column}"' for column in columns)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} t,"
        f" generate_series(1, {n}) i WHERE t.id = {template}"
    )
