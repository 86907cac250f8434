"""What tests of the officers' pages share."""

import pytest
from django.utils import timezone

from desk.tests.makers import make_colleague


@pytest.fixture
def sign_in(client):
    """Return a function that signs in a new colleague of a role, and returns them."""

    def enter(role):
        colleague = make_colleague(role)
        client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
        return colleague

    return enter


@pytest.fixture
def today():
    return timezone.localdate()
