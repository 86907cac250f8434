"""An answer with 200 records: unsealed against plain, and the whole pack."""

import gc
from collections.abc import Callable, Iterable
from functools import partial
from time import perf_counter
from typing import Any
from unittest import mock

from bench.results import Results, middle
from bench.stage import FULL, Stage

TIMES = 300
PACKS = 10
# A twin of the person, beside them, of whom nothing is sealed: a row's own columns but for these.
TWIN = (
    "INSERT INTO subjects_subject (id, reference) VALUES (-1, gen_random_uuid())",
    """INSERT INTO subjects_involvement SELECT (jsonb_populate_record(i, jsonb_build_object(
        'id', -1, 'subject_id', -1, 'key_id', -1, 'reference', gen_random_uuid(),
        'source_digest', '\\x' || md5('twin'), 'sealed_identity',
        '\\x' || encode(convert_to('{{"first_name": "Tweehonderd", "last_name": "Van Records",'
        ' "birth_date": "1980-02-03", "dossier_number": "R-200"}}', 'UTF8'), 'hex')))).*
        FROM subjects_involvement i WHERE id = {0}""",
    """INSERT INTO subjects_record SELECT (jsonb_populate_record(r, jsonb_build_object(
        'id', -r.id, 'involvement_id', -1, 'source_digest', '\\x' || md5(r.id::text),
        'sealed_content', '\\x' || encode(convert_to(jsonb_build_object('text',
        'Brief verstuurd met uitleg van de vordering.', 'number', r.id::text)::text, 'UTF8'),
        'hex')))).* FROM subjects_record r WHERE involvement_id = {0}""",
)
RECORDS = (
    "SELECT id, data_category_id, source_id, lawful_basis, provided_by_subject, collected_on,"
    " is_special, special_ground, rule, delete_from, source_digest, sealed_content"
    " FROM subjects_record WHERE involvement_id = %s ORDER BY collected_on, id"
)
NO_TWIN = (
    "DELETE FROM subjects_record WHERE involvement_id = -1",
    "DELETE FROM subjects_involvement WHERE id = -1",
    "DELETE FROM subjects_subject WHERE id = -1",
)


def measure(stage: Stage, results: Results) -> None:
    stage.use(FULL)
    involvement = stage.ask(
        FULL,
        "SELECT involvement_id FROM subjects_record WHERE data_category_id = 'correspondence'"
        " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    )
    stage.execute(FULL, *NO_TWIN, *(part.format(involvement) for part in TWIN))
    _unsealed_against_plain(results, partial(export, involvement), partial(_plain, export, -1))
    _records_alone(results, involvement)
    stage.execute(FULL, *NO_TWIN)
    _packs(results, involvement)


def _unsealed_against_plain(
    results: Results, unsealed: Callable[[], bytes], plain: Callable[[], bytes]
) -> None:
    """Compare two exports: the same queries and the same JSON, but for the seal and its key."""
    import orjson

    held, same = (orjson.loads(made())[0]["records"] for made in (unsealed, plain))
    records = len(held)
    assert len(same) == records
    assert held[0]["content"].keys() == same[0]["content"].keys()
    paired = [(_time(plain), _time(unsealed)) for _ in range(TIMES)]
    results.sizes["answer"] = {"records": records}
    results.add(f"export of {records} records, plain", middle([a for a, _ in paired]) * 1000, "ms")
    sealed = middle([b for _, b in paired])
    results.add(f"export of {records} records, unsealed", sealed * 1000, "ms")
    ratio = middle([b / a for a, b in paired])
    # The target speaks of at most 1.25.
    results.add("unsealed against plain", ratio, "ratio", below=1.25)


def _records_alone(results: Results, involvement: int) -> None:
    """Compare what is left when nothing but the records is read, in one query."""
    import orjson

    def read(wanted: int, key_id: int) -> bytes:
        from vault import services as vault

        with connection.cursor() as cursor:
            cursor.execute(RECORDS, [wanted])
            rows = cursor.fetchall()
        key = vault.open_keys([key_id])[key_id]
        return orjson.dumps(
            [
                (*row, key.unseal(sealed, place=place_of("record", "content", digest)))
                for *row, digest, sealed in rows
            ]
        )

    from django.db import connection

    from subjects.models import Involvement, place_of

    key_id = Involvement.objects.get(pk=involvement).key_id
    unsealed, plain = partial(read, involvement, key_id), partial(_plain, partial(read, -1), -1)
    assert len(orjson.loads(unsealed())) == len(orjson.loads(plain()))
    paired = [(_time(plain), _time(unsealed)) for _ in range(TIMES)]
    told = f"{middle([a for a, _ in paired]) * 1000:.2f} ms plain"
    ratio = middle([b / a for a, b in paired])
    results.add(
        "the records alone, in one query, unsealed against plain", ratio, "ratio", note=told
    )


def export(involvement: int) -> bytes:
    """Return all that is held of an involvement, as the desk and the packs read it, in JSON."""
    import orjson

    from subjects.reading import person_view

    return orjson.dumps(person_view(involvement_ids=[involvement]))


class _Plain:
    """A key of what was never sealed."""

    def unseal(self, sealed: memoryview, *, place: str) -> Any:
        import orjson

        return orjson.loads(sealed)


def _plain(read: Callable[[int], bytes], involvement: int) -> bytes:
    from vault import services as vault

    def keys(wanted: Iterable[int]) -> dict[int, _Plain]:
        return dict.fromkeys(wanted, _Plain())

    with mock.patch.object(vault, "open_keys", keys):
        return read(involvement)


def _time(read: Callable[[], Any]) -> float:
    began = perf_counter()
    read()
    return perf_counter() - began


def _packs(results: Results, involvement: int) -> None:
    from django.conf import settings
    from django.utils import timezone

    from policy.services import current
    from requests.report.build import RequestFacts, build
    from requests.report.pdf import render, report_json
    from subjects.reading import person_view

    today = timezone.localdate()
    facts = RequestFacts("AP-BENCH", today, settings.CONTROLLER)
    times: dict[str, list[float]] = {"read": [], "report": [], "json": [], "pdf": []}
    for _ in range(PACKS):
        gc.collect()
        marks = [perf_counter()]
        views = person_view(involvement_ids=[involvement])
        marks.append(perf_counter())
        report = build(views, current(), facts, today=today, language="nl")
        marks.append(perf_counter())
        report_json(report)
        marks.append(perf_counter())
        render(report)
        marks.append(perf_counter())
        for name, began, ended in zip(times, marks, marks[1:], strict=False):
            times[name].append(ended - began)
    results.raw["pack"] = times
    for name, seconds in times.items():
        results.add(f"pack of an answer: {name}", middle(seconds) * 1000, "ms")
    whole = [sum(parts) for parts in zip(*times.values(), strict=True)]
    results.add("pack of an answer, whole", middle(whole), "s", below=1)
