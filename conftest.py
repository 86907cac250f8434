"""Fixtures every app may use. The servers themselves: `embedded/pytest_servers.py`."""

import pytest
from django.conf import settings

from embedded.messages import compile_messages

compile_messages()


@pytest.fixture(autouse=True)
def _ledger_mirror_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.LEDGER_MIRROR = tmp_path_factory.mktemp("mirror")
