from collections.abc import Callable, Iterator

import pytest
from django.db import connections

from vault import services
from vault.constants import KeyKind
from vault.tests.makers import kek


@pytest.fixture(autouse=True)
def _one_key_encryption_key(settings):
    settings.VAULT_KEY_ENCRYPTION_KEYS = kek(1)


@pytest.fixture
def holders(db, monkeypatch) -> Iterator[Callable[..., None]]:
    """A table whose rows hold keys of kind PACK, for this test alone."""
    monkeypatch.setattr(services, "_holders", {KeyKind.PACK: {("holder", "key_id")}})

    def execute(statement: str, *values: int) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute(statement, values)

    execute("CREATE TABLE holder (key_id bigint PRIMARY KEY)")

    def hold(*key_ids: int) -> None:
        for key_id in key_ids:
            execute("INSERT INTO holder VALUES (%s)", key_id)

    yield hold
    execute("DROP TABLE holder")
