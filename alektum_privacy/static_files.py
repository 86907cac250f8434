"""Static files, compressed once: what did not change is not compressed again at each start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedStaticFilesStorage


class CompressedOnce(CompressedStaticFilesStorage):
    """Puts a compressed copy beside each file that gets smaller by it; browsers take that one."""

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        """Compress the files that have no copy yet, or an older one."""
        stale = {path: found for path, found in paths.items() if self._is_stale(path)}
        yield from super().post_process(stale, dry_run, **options)

    def _is_stale(self, path: str) -> bool:
        file = Path(self.path(path))
        copy = file.with_name(f"{file.name}.gz")
        return not copy.exists() or copy.stat().st_mtime < file.stat().st_mtime
