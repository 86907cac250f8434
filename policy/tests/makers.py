"""Makes the policy rows a test needs."""

from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import services as audit
from policy import services
from policy.models import PolicyVersion

# What loading writes to the tables of this app, kept for the rest of the run: nearly every test
# needs these rows, and each has its own transaction.
_written: list[str] = []


def load_policy() -> PolicyVersion:
    """Load the newest statement file; cheap, and nothing where one is loaded already."""
    versions = PolicyVersion.objects.defer("document").order_by("-version")
    version = versions.first()
    if version is not None:
        return version
    if not _written:
        with CaptureQueriesContext(connection) as queries:
            version, _new = services.load(today=date(2026, 11, 1))
        _written.extend(
            query["sql"]
            for query in queries
            if query["sql"].startswith(("INSERT", "UPDATE", "DELETE")) and "policy_" in query["sql"]
        )
        return version
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(";".join(_written))
        version = versions.get()
        about = f"policy:{version.version}"
        audit.append("policy.published", object=about, actor="system", digest=version.digest)
    return version


def publish(folder: Path, version: str, **changes: str) -> PolicyVersion:
    """Publish the newest file as another version, with words of it changed.

    Such as `publish(tmp_path, "2027-01", **{"months: 36": "months: 48"})`.
    """
    text = services.newest_file().read_text(encoding="utf-8")
    for words, others in {'"2026-11"': f'"{version}"', **changes}.items():
        assert words in text, words
        text = text.replace(words, others)
    path = folder / f"{version}.yaml"
    path.write_text(text, encoding="utf-8")
    return services.load(path, today=date(2027, 1, 1))[0]
