"""Production starts only where what protects accounts is at least as strict as it was made."""

import os
import subprocess
import sys

import pytest

from embedded.check_production import WORTHLESS

ROLES = '{"IT": "administrator"}'


def start(**environment: str) -> str:
    """Import the settings as a server does; return what they complain of."""
    command = [sys.executable, "-c", "import alektum_privacy.settings.production"]
    ended = subprocess.run(
        command,
        env=os.environ | WORTHLESS | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECOND_FACTOR_OBLIGATORY", "no"),
        ("STAFF_IDLE_MINUTES", "0"),
        ("STAFF_IDLE_MINUTES", "61"),
        ("STAFF_SESSION_HOURS", "13"),
        ("STAFF_SSO_ISSUER", "http://login.example.nl"),
        ("STAFF_SSO_ROLES", ROLES),
    ],
)
def test_what_weakens_the_protection_of_accounts_is_refused(name, value):
    said = start(**{name: value})
    assert "ImproperlyConfigured" in said


def test_what_is_stricter_or_names_a_provider_starts():
    stricter = {
        "STAFF_IDLE_MINUTES": "10",
        "STAFF_SESSION_HOURS": "8",
        "SECOND_FACTOR_OBLIGATORY": "yes",
        "STAFF_SSO_ISSUER": "https://login.example.nl",
        "STAFF_SSO_ROLES": '{"Privacy": "privacy officer"}',
    }
    assert start(**stricter) == ""
