"""Large files: read ahead by a second process, answered in order, in bounded memory."""

import io
import json
import os
import signal
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from policy.tests.makers import load_policy
from subjects import ingest as door
from subjects.door import ahead, chunks
from subjects.door.ahead import HelperEnded
from subjects.door.blocks import blocks
from subjects.door.reading import Line
from subjects.ingest import ingest
from subjects.models import Dossier, Involvement, Record
from subjects.tests.test_door import DOSSIER, INVOLVEMENT, ORGANISATION, RECORD
from vault import services as vault

databases = ["default", "keystore"]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(door, "CHUNK_LINES", 100)


@pytest.fixture
def from_the_first_byte(monkeypatch):
    monkeypatch.setattr(ahead, "LARGE", 1)
    monkeypatch.setattr(ahead, "PIECE", 4096)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    load_policy()


def dossiers(count: int, *, records: int = 8) -> Iterator[dict[str, Any]]:
    """Yield dossiers with a person each; every tenth has a bad line."""
    yield ORGANISATION
    for number in range(count):
        yield DOSSIER | {"id": f"d{number}", "number": f"2020-{number}"}
        identity = INVOLVEMENT["identity"] | {"emails": [f"p{number}@example.org"]}
        about = {"dossier": f"d{number}", "person": f"p{number}", "identity": identity}
        yield INVOLVEMENT | {"id": f"i{number}"} | about
        for other in range(records):
            bad = {"basis": "because"} if number % 10 == 9 and other == 3 else {}
            yield RECORD | {"id": f"r{number}.{other}", "involvement": f"i{number}"} | bad


class Made:
    """A stream that makes its lines while it is read, so that none of it lies in memory."""

    def __init__(self, lines: Iterator[dict[str, Any]]) -> None:
        self._lines, self._rest = lines, b""

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (line := next(self._lines, None)):
            self._rest += json.dumps(line).encode() + b"\n"
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def take(count: int, **options: Any) -> list[dict[str, Any]]:
    results = io.StringIO()
    ingest(Made(dossiers(count)), source="core", results=results, every_line=True, **options)
    return [json.loads(line) for line in results.getvalue().splitlines()]


@pytest.mark.django_db(transaction=True, databases=databases)
def test_a_large_file_is_answered_line_by_line_in_its_order(from_the_first_byte):
    answers = take(60)
    assert [answer["line"] for answer in answers] == list(range(1, 602))
    refused = [answer for answer in answers if answer["outcome"] == "refused"]
    assert len(refused) == 6 * 10
    assert sum("basis" in answer["reason"] for answer in refused) == 6
    assert Dossier.objects.count() == Involvement.objects.count() == 54
    assert Record.objects.count() == 54 * 8


@pytest.mark.django_db(transaction=True, databases=databases)
def test_what_a_second_process_read_is_sealed_and_found_as_ever(from_the_first_byte):
    take(30)
    one = Involvement.objects.order_by("pk").last()
    assert one is not None
    key = vault.open_key(one.key_id)
    identity = key.unseal(one.sealed_identity, place=one.identity_place)
    tokens = [vault.token("email", identity["emails"][0]), vault.token("dossier", "202028")]
    assert vault.probe(tokens) == [[one.key_id], [one.key_id]]
    record = one.records.first()
    assert record is not None
    assert key.unseal(record.sealed_content, place=record.content_place) == RECORD["content"]
    assert {answer["outcome"] for answer in take(30)} == {"unchanged", "refused"}


@pytest.mark.django_db(transaction=True, databases=databases)
def test_a_second_process_that_is_killed_loses_nothing(from_the_first_byte, monkeypatch):
    started = []
    begin = ahead.subprocess.Popen

    def noted(*args, **options):
        started.append(begin(*args, **options))
        return started[-1]

    monkeypatch.setattr(ahead.subprocess, "Popen", noted)
    with pytest.raises(HelperEnded, match="take the file in again"):
        take(400, progress=lambda run: os.kill(started[0].pid, signal.SIGKILL))
    assert 0 < Dossier.objects.count() < 360
    answers = take(400)
    assert [answer["line"] for answer in answers] == list(range(1, 4002))
    assert Dossier.objects.count() == Involvement.objects.count() == 360


@pytest.mark.django_db(databases=databases)
def test_memory_does_not_grow_with_the_file(monkeypatch):
    monkeypatch.setattr(ahead, "LARGE", 10_000)
    load_policy()
    take(20)

    def most(count: int, first: int) -> int:
        tracemalloc.start()
        try:
            lines = (line for line in dossiers(first + count) if at(line) >= first)
            ingest(Made(lines), source="core")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = most(60, 1_000), most(300, 2_000)
    assert many < few * 1.25


def at(line: dict[str, Any]) -> int:
    """Return the number of the line's dossier; one that stands alone comes in always."""
    return int("".join(filter(str.isdigit, line["id"].partition(".")[0])) or 10**9)


def test_a_chunk_is_bounded_by_its_bytes_too(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 10_000)
    lines = [Line(n, "record", f"r{n}", {"involvement": f"i{n}"}, "", 3_000) for n in range(20)]
    made = list(chunks.chunks(blocks(iter(lines)), 4_000))
    assert [len(chunk) for chunk in made] == [3, 3, 3, 3, 3, 3, 2]
