"""Processor time of a process and its children: what a busy machine does not distort."""

import os
from collections import defaultdict
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, USED = 1, slice(11, 15)


def seconds_of(pid: int) -> float:
    """Return the processor seconds of a process, its living children, and those it has reaped."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold spaces.
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children[int(fields[PARENT])].append(int(folder.name))
        ticks[int(folder.name)] = sum(int(field) for field in fields[USED])
    total, wanted = 0, [pid]
    while wanted:
        one = wanted.pop()
        total += ticks.get(one, 0)
        wanted += children[one]
    return total / TICKS
