"""What was measured: one table for people, one JSON file for machines."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any


@dataclass
class Row:
    """One line of the table. Without a value it says why it was not measured."""

    what: str
    value: float | None
    unit: str
    target: str = ""
    met: bool | None = None
    note: str = ""

    def text(self) -> str:
        value = "not measured" if self.value is None else _number(self.value)
        met = {None: "", True: "met", False: "MISSED"}[self.met]
        return f"{self.what:66} {value:>12} {self.unit:12} {self.target:>10} {met:7} {self.note}"


@dataclass
class Results:
    """Rows as they come, printed at once, written at the end."""

    subjects: int
    repetitions: int
    rows: list[Row] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)

    def add(
        self,
        what: str,
        value: float | None,
        unit: str,
        *,
        at_least: float | None = None,
        below: float | None = None,
        note: str = "",
    ) -> None:
        """Note a figure, and whether it reaches its target."""
        target, met = "", None
        if at_least is not None:
            target, met = f">= {at_least:g}", value is not None and value >= at_least
        if below is not None:
            target, met = f"< {below:g}", value is not None and value < below
        row = Row(what, value, unit, target, met if value is not None else None, note)
        self.rows.append(row)
        print(row.text(), flush=True)

    def attempt(self, part: str, measure: Callable[..., None], *given: Any) -> None:
        """Run a part; one that fails is told as not measured, and the others go on."""
        print(f"\n{part}", flush=True)
        try:
            measure(*given)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:120]
            self.add(part, None, "", note=reason)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{self.subjects}.json"
        file.write_text(json.dumps(asdict(self), indent=1) + "\n")
        return file


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Append the seconds that the block took."""
    began = perf_counter()
    yield
    into.append(perf_counter() - began)


def middle(values: list[float]) -> float:
    return median(values)


def machine(version: str) -> dict[str, Any]:
    """Return what the figures depend on: processors, memory, versions, and the load now."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    head = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": version,
        "commit": head.stdout.strip(),
        "load_at_start": [round(load, 1) for load in os.getloadavg()],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
