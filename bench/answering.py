"""An answer with 200 records: unsealed against plain, and the whole pack."""

import gc
from collections.abc import Callable
from time import perf_counter
from typing import Any

from bench.results import Results, middle
from bench.stage import FULL, Stage

TIMES = 300
PACKS = 10
PLAIN = (
    "CREATE TABLE bench_plain AS SELECT id, involvement_id, data_category_id, source_id,"
    " lawful_basis, collected_on, jsonb_build_object('text',"
    " 'Brief verstuurd met uitleg van de vordering.', 'number', id::text)::text AS content"
    " FROM subjects_record WHERE involvement_id = {}"
)


def measure(stage: Stage, results: Results) -> None:
    from django.db import connection

    stage.use(FULL)
    involvement = stage.ask(
        FULL,
        "SELECT involvement_id FROM subjects_record WHERE data_category_id = 'correspondence'"
        " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
    )
    stage.execute(FULL, "DROP TABLE IF EXISTS bench_plain", PLAIN.format(involvement))
    with connection.cursor() as cursor:
        plain, sealed = _plain(cursor, involvement), _sealed(cursor, involvement)
        records = len(plain())
        assert len(sealed()) == records
        paired = [(_time(plain), _time(sealed)) for _ in range(TIMES)]
    stage.execute(FULL, "DROP TABLE bench_plain")
    results.sizes["answer"] = {"records": records}
    results.add(f"{records} records read, plain", middle([a for a, _ in paired]) * 1000, "ms")
    results.add(f"{records} records read and unsealed", middle([b for _, b in paired]) * 1000, "ms")
    ratio = middle([b / a for a, b in paired])
    # The target speaks of at most 1.25.
    results.add("unsealed against plain", ratio, "ratio", below=1.25)
    _packs(results, involvement)


def _plain(cursor: Any, involvement: int) -> Callable[[], list[Any]]:
    import orjson

    def read() -> list[Any]:
        cursor.execute("SELECT * FROM bench_plain WHERE involvement_id = %s", [involvement])
        return [(*row[:-1], orjson.loads(row[-1])) for row in cursor.fetchall()]

    return read


def _sealed(cursor: Any, involvement: int) -> Callable[[], list[Any]]:
    from vault import services as vault

    def read() -> list[Any]:
        cursor.execute(
            "SELECT r.id, i.key_id, r.data_category_id, r.source_id, r.lawful_basis,"
            " r.collected_on, r.source_digest, r.sealed_content FROM subjects_record r"
            " JOIN subjects_involvement i ON i.id = r.involvement_id WHERE i.id = %s",
            [involvement],
        )
        rows = cursor.fetchall()
        key = vault.open_key(rows[0][1])
        return [
            (*row[:-2], key.unseal(row[7], place=f"subjects.record.content:{row[6].hex()}"))
            for row in rows
        ]

    return read


def _time(read: Callable[[], Any]) -> float:
    began = perf_counter()
    read()
    return perf_counter() - began


def _packs(results: Results, involvement: int) -> None:
    from django.conf import settings
    from django.utils import timezone

    from policy.services import current
    from requests.report import RequestFacts, build
    from requests.report_pdf import render, report_json
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
