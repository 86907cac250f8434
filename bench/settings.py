"""Settings of the benchmark: demo mode, on servers and in folders of its own."""

import os
from pathlib import Path

from alektum_privacy.settings.demo import *  # noqa: F403

LEDGER_MIRROR = Path(os.environ["BENCH_FOLDER"]) / "mirror"
