"""The people of a benchmark, through the door, and what is to be due of them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.stage import FULL, Stage

HELD_PER_HUNDRED = 1


def write_lines(file: Path, subjects: int) -> None:
    """Write the lines of the demo, and at the end somebody with 200 records."""
    import orjson
    from django.utils import timezone

    from desk.demo.lines import generate

    with file.open("wb") as out:
        for line in generate(subjects, today=timezone.localdate()):
            out.write(orjson.dumps(line) + b"\n")
        for line in somebody_with_records():
            out.write(orjson.dumps(line) + b"\n")


def somebody_with_records(count: int = 200) -> list[dict[str, Any]]:
    """Return the lines of one open case with as many records as the targets name."""
    identity = {"first_name": "Tweehonderd", "last_name": "Van Records", "birth_date": "1980-02-03"}
    dossier = {"type": "dossier", "id": "r200", "purpose": "COL", "opened_on": "2024-01-15"}
    involvement = {
        "type": "involvement",
        "id": "r200.1",
        "dossier": "r200",
        "person": "r200",
        "category": "debtor",
        "identity": identity,
    }
    return [
        dossier | {"phase": "collection", "number": "R-200"},
        involvement,
        *(
            {
                "type": "record",
                "id": f"r200.{number}",
                "involvement": "r200.1",
                "data_category": "correspondence",
                "source": "own",
                "basis": "6.1.f",
                "collected_on": "2024-02-01",
                "content": {
                    "text": "Brief verstuurd met uitleg van de vordering.",
                    "number": str(number),
                },
            }
            for number in range(count)
        ),
    ]


def fill(stage: Stage, name: str, subjects: int) -> dict[str, Any]:
    """Take so many people in through the door, into new databases; return what the door says.

    A process of its own does it; the lines are left in `lines.jsonl`. What the door said is kept,
    so that a later run knows what it finds.
    """
    file = stage.folder / "lines.jsonl"
    write_lines(file, subjects)
    stage.make(name)
    done = subprocess.run(
        [sys.executable, "-m", "bench.door", str(file)],
        env=os.environ | stage.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for database in (name, f"{name}_keystore"):
        stage.execute(database, "VACUUM ANALYZE")
    told: dict[str, Any] = json.loads(done.stdout)
    _note(stage, name).write_text(json.dumps({"subjects": subjects, "told": told}))
    return told


def filled(stage: Stage, subjects: int) -> dict[str, Any] | None:
    """Return what the door said when an earlier run filled this folder; None where none did."""
    note = _note(stage, FULL)
    if not note.exists():
        return None
    known = json.loads(note.read_text())
    if known["subjects"] != subjects:
        raise SystemExit(f"{stage.folder} holds {known['subjects']:,} people, not {subjects:,}")
    stage.migrate(FULL)
    told: dict[str, Any] = known["told"]
    return told


def _note(stage: Stage, name: str) -> Path:
    return stage.folder / f"{name}.json"


def make_due(stage: Stage, percent: int) -> str:
    """Make a template in which so many of a hundred dossiers are due today; return its name.

    They are drawn by chance among the collection cases, so they lie scattered over the tables;
    one in a hundred of all dossiers is held.
    """
    name = f"due{percent}"
    stage.copy(FULL, name)
    stage.execute(
        name,
        "SELECT setseed(0.5)",
        "UPDATE subjects_dossier SET delete_from = current_date + 400"
        " WHERE delete_from <= current_date",
        # Nothing else may go meanwhile, or the ways would not delete the same rows.
        "UPDATE subjects_record SET delete_from = NULL, rule = '' WHERE delete_from IS NOT NULL",
        f"""UPDATE subjects_dossier d SET rule = 'COL-60', missing_anchor = '', reopened_on = NULL,
            delete_from = current_date, closed_on = current_date - 1 - interval '60 months',
            opened_on = least(opened_on, current_date - 1900)
        WHERE id IN (SELECT id FROM subjects_dossier WHERE purpose_id = 'COL' ORDER BY random()
            LIMIT (SELECT count(*) * {percent} / 100 FROM subjects_dossier))""",
        # Back into their order: what was changed must not lie together at the end.
        "CLUSTER subjects_dossier USING subjects_dossier_pkey",
    )
    _hold(stage, name)
    for ending in ("", "_keystore"):
        stage.execute(name + ending, "VACUUM ANALYZE")
    return name


def _hold(stage: Stage, name: str) -> None:
    from uuid import uuid4

    from django.utils import timezone

    from retention.models import HoldKind
    from retention.services import place_hold

    stage.use(name)
    held = stage.ask(
        name,
        "SELECT array_agg(id) FROM subjects_dossier, setseed(0.5)"
        f" WHERE random() < {HELD_PER_HUNDRED / 100}",
    )
    place_hold(HoldKind.ACCESS, uuid4(), held, today=timezone.localdate(), actor="user:1")
