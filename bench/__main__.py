"""`make bench`: how fast this product does its heaviest work, against what could be done.

    python -m bench --subjects 20000 --only destruction,ledger --keep
    python -m bench --subjects 20000 --only destruction --reuse

Everything runs on servers of its own, with fsync, in .data/bench. `--keep` leaves them there,
filled; `--reuse` measures on what an earlier run left, and leaves it. One part that fails leaves
the others alone and is told as not measured.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path

from bench.results import Results, machine
from bench.stage import FULL, stage

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("door", "look-up", "answer", "destruction", "ledger")
# The door is measured on so many people, each time into empty tables: its speed is the same at any
# size. How fast all people came in is told as well.
AT_THE_DOOR = 20_000


def main() -> int:
    arguments = _arguments()
    folder: Path = arguments.folder
    if not (arguments.keep or arguments.reuse):
        shutil.rmtree(folder, ignore_errors=True)
    with stage(folder) as made:
        results = Results(arguments.subjects, arguments.repetitions)
        results.machine = machine(made.ask("postgres", "SHOW server_version"))
        print(json.dumps(results.machine, indent=1), flush=True)
        made.make("empty")
        _measure(made, results, arguments.only, reuse=arguments.reuse)
        file = results.write(ROOT / "bench" / "results")
    if not (arguments.keep or arguments.reuse):
        shutil.rmtree(folder, ignore_errors=True)
    print("\nThe table")
    for row in results.rows:
        print(row.text())
    print(f"\nWritten to {file.relative_to(ROOT)}")
    return 0


def _measure(made, results, only, *, reuse):  # type: ignore[no-untyped-def]
    from bench import answering, coming_in, deleting, filling, finding, ledger

    filled = filling.filled(made, results.subjects) if reuse else None
    if filled is None:
        print(f"\nMaking {results.subjects:,} people …", flush=True)
        filled = filling.fill(made, FULL, results.subjects)
    if "door" in only:
        people = min(AT_THE_DOOR, results.subjects)
        results.attempt("The door", coming_in.measure, made, results, people, filled)
    made.use(FULL)
    results.sizes |= dict(coming_in.people(made))
    print(json.dumps(results.sizes, indent=1), flush=True)
    if "look-up" in only:
        results.attempt("Look-up", finding.measure, made, results)
    if "answer" in only:
        results.attempt("An answer with 200 records", answering.measure, made, results)
    if "destruction" in only:
        deleting.measure(made, results)
    if "ledger" in only:
        results.attempt("The ledger", ledger.measure, made, results)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--subjects", type=int, default=300_000)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--folder", type=Path, default=ROOT / ".data" / "bench")
    parser.add_argument("--keep", action="store_true", help="leave the folder, filled")
    parser.add_argument("--reuse", action="store_true", help="use what --keep left, and leave it")
    return parser.parse_args()


def _parts(text: str) -> list[str]:
    asked = [part.strip().replace("lookup", "look-up") for part in text.split(",")]
    if unknown := sorted(set(asked) - set(PARTS)):
        raise argparse.ArgumentTypeError(
            f"there is no part {', '.join(unknown)}: choose from {', '.join(PARTS)}"
        )
    return asked


if __name__ == "__main__":
    sys.exit(main())
