"""`make bench`: how fast this product does its heaviest work, against what could be done.

    python -m bench --subjects 20000 --only destruction,ledger --keep

Everything runs on servers of its own, with fsync, in .data/bench. One part that fails leaves the
others alone and is told as not measured.
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


def main() -> int:
    arguments = _arguments()
    folder = ROOT / ".data" / "bench"
    if not arguments.keep:
        shutil.rmtree(folder, ignore_errors=True)
    with stage(folder) as made:
        results = Results(arguments.subjects, arguments.repetitions)
        results.machine = machine(made.ask("postgres", "SHOW server_version"))
        print(json.dumps(results.machine, indent=1), flush=True)
        made.make("empty")
        _measure(made, results, folder, arguments.only.split(","))
        file = results.write(ROOT / "bench" / "results")
    if not arguments.keep:
        shutil.rmtree(folder, ignore_errors=True)
    print("\nThe table")
    for row in results.rows:
        print(row.text())
    print(f"\nWritten to {file.relative_to(ROOT)}")
    return 0


def _measure(made, results, folder, only):  # type: ignore[no-untyped-def]
    from bench import answering, coming_in, deleting, filling, finding, ledger

    file = folder / "lines.jsonl"
    print(f"\nMaking {results.subjects:,} people …", flush=True)
    filling.write_lines(file, results.subjects)
    told = filling.fill(made, file)
    if "door" in only:
        results.attempt("The door", coming_in.measure, made, results, file, told)
    file.unlink()
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
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--keep", action="store_true", help="leave .data/bench as it is")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
