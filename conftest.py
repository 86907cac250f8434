"""Fixtures every app may use. The servers themselves: `embedded/pytest_servers.py`."""

import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from alektum_privacy.celery import app
from embedded import templates
from embedded.emptying import begin_anew, empty_quickly
from embedded.worker import Worker, database_url
from requests import limits

# A busy machine makes an example late, and says nothing about the code that is tested.
hypothesis.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("patient")
_days = itertools.count(20_000)
# Tests name colleagues who have no account by numbers below this: no account gets one of those.
FIRST_ACCOUNT = 100_000


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no test process is left alone with it at the end."""

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("long"):
            return 0
        return 1 if item.nodeid.startswith("browser/") else 2

    items.sort(key=turn)


@pytest.fixture(autouse=True)
def _ledger_mirror_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.LEDGER_MIRROR = tmp_path_factory.mktemp("mirror")


@pytest.fixture(autouse=True)
def _language_of_its_own() -> None:
    # A page asked for in English leaves English behind, for whichever test comes next.
    translation.deactivate()


@pytest.fixture(autouse=True)
def _cache_of_its_own() -> None:
    # Figures of a day are kept for a while, and would be those of another test's people.
    cache.clear()


@pytest.fixture(autouse=True)
def _limits_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # Limits count by the hour and by the day: a test that begins at 10:59:59 would be let through
    # once more at eleven. Time goes on here too, but from the beginning of a day.
    begun, day = time.time(), next(_days) * 24 * 60 * 60
    monkeypatch.setattr(limits, "clock", lambda: day + time.time() - begun)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """Let each test process copy databases that one of them migrated."""
    if templates.are_possible():
        with django_db_blocker.unblock():
            for alias, name in templates.make().items():
                settings.DATABASES[alias]["TEST"]["TEMPLATE"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Make the databases as pytest-django does, empty them faster, and number accounts apart."""
    with django_db_blocker.unblock():
        end = empty_quickly()
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT setval('auth_user_id_seq', %s)", [FIRST_ACCOUNT])
    yield
    end()


@pytest.fixture
def tables_as_new(db: None) -> None:
    """Tables without a trace of other tests: for whoever reads a plan, or an estimate.

    For tests marked `django_db(databases=["default", "keystore"])`.
    """
    for alias in connections:
        begin_anew(alias)
        # Many rows take as long as they take; what ends the transaction of a writer ends no test.
        with connections[alias].cursor() as cursor:
            cursor.execute("SET LOCAL transaction_timeout = 0")


@pytest.fixture(scope="session")
def _one_celery_worker(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    worker = Worker(
        log=tmp_path_factory.mktemp("worker") / "worker.log",
        environment={
            "DJANGO_SETTINGS_MODULE": "alektum_privacy.settings.test",
            "DATABASE_URL": database_url(settings.DATABASES["default"]),
            "KEYSTORE_URL": database_url(settings.DATABASES["keystore"]),
            "REDIS_URL": settings.REDIS_URL,
            "VAULT_KEY_ENCRYPTION_KEYS": settings.VAULT_KEY_ENCRYPTION_KEYS,
            "VAULT_TOKEN_KEY": settings.VAULT_TOKEN_KEY,
        },
    )
    yield worker
    worker.stop()


@pytest.fixture
def celery_worker(transactional_db: None, _one_celery_worker: Worker) -> Iterator[Worker]:
    """A real worker on the test's own databases and broker, with an empty queue.

    For tests marked `worker` and `django_db(transaction=True, databases=["default",
    "keystore"])`. One process serves all tests of a run; what it said is shown when one fails.
    """
    worker = _one_celery_worker
    app.control.purge()
    if not worker.running or not _answers(app.control.add_consumer):
        worker.restart()
    before = len(worker.said())
    yield worker
    app.control.purge()
    # It must not take what later tests queue, while their tables are emptied under it.
    if worker.running and not _answers(app.control.cancel_consumer):
        worker.stop()
    print(worker.said()[before:])  # noqa: T201


def _answers(command: Callable[..., Any]) -> bool:
    """Tell the worker to begin or end taking tasks; False where it does not say that it did."""
    return bool(command("celery", reply=True, limit=1, timeout=30))
