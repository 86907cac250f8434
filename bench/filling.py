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


def fill(stage: Stage, file: Path) -> dict[str, Any]:
    """Take the file in through the door, in a process of its own; return what it says of it."""
    stage.make(FULL)
    done = subprocess.run(
        [sys.executable, "-m", "bench.door", str(file)],
        env=os.environ | stage.environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for name in (FULL, f"{FULL}_keystore"):
        stage.execute(name, "VACUUM ANALYZE")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


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
        'INSERT INTO retention_legalhold (reference, kind, "case", state, purposes, reason,'
        " placed_on) VALUES (gen_random_uuid(), 'access', gen_random_uuid(), 'in_force', '{}', '',"
        " current_date)",
        "INSERT INTO retention_helddossier (hold_id, dossier_id) SELECT"
        " (SELECT max(id) FROM retention_legalhold), id FROM subjects_dossier"
        f" WHERE random() < {HELD_PER_HUNDRED / 100}",
        # Back into their order: what was changed must not lie together at the end.
        "CLUSTER subjects_dossier USING subjects_dossier_pkey",
    )
    for ending in ("", "_keystore"):
        stage.execute(name + ending, "VACUUM ANALYZE")
    return name
