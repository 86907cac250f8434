"""A process that takes a file in through the door and says how it went, as JSON."""

import io
import json
import resource
import sys
import time
from pathlib import Path


def main(file: str) -> None:
    import django

    django.setup()
    from subjects.ingest import ingest

    refusals = io.StringIO()
    before = most_memory()
    began = time.perf_counter()
    with open(file, "rb") as lines:
        run = ingest(lines, source="bench", results=refusals)
    seconds = time.perf_counter() - began
    if run.refused:
        raise SystemExit(f"refused: {refusals.getvalue().splitlines()[0]}")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    told = {
        "lines": run.lines_done,
        "seconds": seconds,
        # Of this process and of the one that read ahead, as if both were at their most at once.
        "peak_mb": (most_memory() + used[1].ru_maxrss) / 1024,
        "processor_seconds": sum(one.ru_utime + one.ru_stime for one in used),
        "before_mb": before / 1024,
    }
    print(json.dumps(told))


def most_memory() -> int:
    """Return the most that this process held, in kB: `ru_maxrss` also counts who started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    main(sys.argv[1])
