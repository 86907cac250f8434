"""Lines through the door, against COPY of the same rows in plain text."""

import io
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.results import Results
from bench.stage import FULL, Stage

BATCH = 20_000
PARENT = {"dossier": "client", "involvement": "dossier"}


def measure(stage: Stage, results: Results, file: Path, told: dict[str, Any]) -> None:
    """Compare how the people came in, of which the door told, with COPY."""
    results.raw["door"] = told
    results.sizes["lines"] = told["lines"]
    speed = told["lines"] / told["seconds"]
    results.add("the door", speed, "lines/s", note=f"{told['lines']:,} lines, two processes")
    results.add("the door: most memory", told["peak_mb"], "MB", below=300)
    plain = _copy(stage, file)
    results.add("COPY of the same rows in plain text", told["lines"] / plain, "rows/s")
    results.add("the door, against COPY", plain / told["seconds"], "ratio", at_least=0.1)


def _copy(stage: Stage, file: Path) -> float:
    """Return the seconds of COPY into one table a type, with primary key and parent's index."""
    stage.execute("postgres", "DROP DATABASE IF EXISTS plain", "CREATE DATABASE plain")
    seconds = 0.0
    known: set[str] = set()
    with file.open("rb") as lines, stage.connection("plain") as connection:
        cursor = connection.cursor()
        while batch := list(islice(lines, BATCH)):
            for kind, rows in _by_type(batch).items():
                if kind not in known:
                    cursor.execute(
                        f"CREATE TABLE {kind} (id text PRIMARY KEY, parent text, data jsonb);"
                        f" CREATE INDEX ON {kind} (parent)"
                    )
                    known.add(kind)
                text = io.StringIO("".join(rows))
                began = perf_counter()
                cursor.copy_expert(f"COPY {kind} FROM STDIN", text)
                seconds += perf_counter() - began
    stage.execute("postgres", "DROP DATABASE plain")
    return seconds


def _by_type(batch: list[bytes]) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = defaultdict(list)
    for raw in batch:
        line: dict[str, Any] = json.loads(raw)
        parent = line.get(PARENT.get(line["type"], "involvement"), "")
        text = json.dumps(line, ensure_ascii=False).replace("\\", "\\\\")
        rows[line["type"]].append(f"{line['id']}\t{parent}\t{text}\n")
    return rows


def people(stage: Stage) -> Iterator[tuple[str, int]]:
    """Yield how many rows each table holds."""
    for table in ("subject", "dossier", "involvement", "record"):
        yield table, stage.ask(FULL, f"SELECT count(*) FROM subjects_{table}")
