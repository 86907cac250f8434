"""Lines through the door, against COPY of the same rows in plain text."""

import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.filling import fill
from bench.results import Results, middle
from bench.stage import FULL, Stage

BATCH = 20_000
# What a line points at: the type, and the field that names it. Others point at an involvement.
PARENT = {"dossier": ("organisation", "client"), "involvement": ("dossier", "dossier")}
ABOVE = ("organisation", "dossier", "involvement")


def measure(stage: Stage, results: Results, subjects: int, filled: dict[str, Any]) -> None:
    """Compare the door with COPY of the same rows, each time into empty tables.

    `filled` is what the door told when all people came in.
    """
    runs, speeds = [], []
    for _ in range(results.repetitions):
        told = fill(stage, "door", subjects)
        lines = stage.folder / "lines.jsonl"
        told |= {"copy": _copy(stage, lines), "copy_keyed": _copy(stage, lines, keys=True)}
        runs.append(told)
        speeds.append(told["lines"] / told["seconds"])
        stage.execute(
            "postgres",
            *(f"DROP DATABASE {name} WITH (FORCE)" for name in ("door", "door_keystore")),
        )
    lines = runs[0]["lines"]
    results.raw["door"] = {"runs": runs, "filled": filled}
    results.sizes["lines"] = filled["lines"]
    results.add("the door", middle(speeds), "lines/s", note=f"{lines:,} lines, two processes")
    results.add(
        "the door, all people once",
        filled["lines"] / filled["seconds"],
        "lines/s",
        note=f"{filled['lines']:,} lines",
    )
    most = max(told["peak_mb"] for told in [*runs, filled])
    results.add("the door: most memory", most, "MB", below=300)
    used = middle([run["processor_seconds"] / run["lines"] * 1e6 for run in runs])
    results.add("the door: processor time without the servers'", used, "µs/line")
    for copy, name, target in (
        ("copy_keyed", "COPY of the same plain rows with the same foreign keys", 0.1),
        ("copy", "COPY of the same plain rows without foreign keys", None),
    ):
        copied = middle([run["lines"] / run[copy] for run in runs])
        results.add(name, copied, "rows/s")
        ratio = middle([run[copy] / run["seconds"] for run in runs])
        results.add(f"the door, against {name}", ratio, "ratio", at_least=target)


def _copy(stage: Stage, file: Path, *, keys: bool = False) -> float:
    """Return the seconds of COPY into one table a type, with primary key and parent's index.

    With `keys` a row can only point at one that is there, as in the tables of the product.
    """
    stage.execute("postgres", "DROP DATABASE IF EXISTS plain", "CREATE DATABASE plain")
    seconds = 0.0
    known: set[str] = set()
    with file.open("rb") as lines, stage.connection("plain") as connection:
        cursor = connection.cursor()
        for kind in ABOVE:
            cursor.execute(_table(kind, keys=keys))
            known.add(kind)
        while batch := list(islice(lines, BATCH)):
            for kind, rows in _by_type(batch).items():
                if kind not in known:
                    cursor.execute(_table(kind, keys=keys))
                    known.add(kind)
                text = io.StringIO("".join(rows))
                began = perf_counter()
                cursor.copy_expert(f"COPY {kind} FROM STDIN", text)
                seconds += perf_counter() - began
    stage.execute("postgres", "DROP DATABASE plain")
    return seconds


def _table(kind: str, *, keys: bool) -> str:
    above, _ = PARENT.get(kind, ("involvement", ""))
    key = f" REFERENCES {above}" if keys and kind != "organisation" else ""
    return (
        f"CREATE TABLE {kind} (id text PRIMARY KEY, parent text{key}, data jsonb);"
        f" CREATE INDEX ON {kind} (parent)"
    )


def _by_type(batch: list[bytes]) -> dict[str, list[str]]:
    """Return the rows of each type as COPY reads them, what others point at first."""
    rows: dict[str, list[str]] = {kind: [] for kind in ABOVE}
    for raw in batch:
        line: dict[str, Any] = json.loads(raw)
        _, named = PARENT.get(line["type"], ("", "involvement"))
        parent = line.get(named) or "\\N"
        text = json.dumps(line, ensure_ascii=False).replace("\\", "\\\\")
        rows.setdefault(line["type"], []).append(f"{line['id']}\t{parent}\t{text}\n")
    return rows


def people(stage: Stage) -> Iterator[tuple[str, int]]:
    """Yield how many rows each table holds."""
    for table in ("subject", "dossier", "involvement", "record"):
        yield table, stage.ask(FULL, f"SELECT count(*) FROM subjects_{table}")
