"""What the layout of the project asks of its surroundings."""

import importlib.metadata
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connections

from embedded.check_production import WORTHLESS


def test_rest_framework_and_its_schema_import_beside_our_requests_app():
    import drf_spectacular.views
    import rest_framework.test

    assert rest_framework.test.APIClient.__name__
    assert drf_spectacular.views.SpectacularAPIView.__name__


def test_nothing_installed_needs_the_http_library_whose_name_our_app_bears():
    needing = [
        distribution.metadata["Name"]
        for distribution in importlib.metadata.distributions()
        for requirement in distribution.requires or []
        if re.match(r"requests\b(?!-)", requirement) and "extra ==" not in requirement
    ]
    assert needing == []


def start_production(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import alektum_privacy.settings.production"],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=settings.BASE_DIR,
        check=False,
        capture_output=True,
        text=True,
    )


def test_production_refuses_to_start_without_its_secrets_and_names_each():
    refused = start_production()
    assert refused.returncode != 0
    for name in ("SECRET_KEY", "VAULT_KEY_ENCRYPTION_KEYS", "LEDGER_SIGNING_KEY", "KEYSTORE_URL"):
        assert name in refused.stderr


def test_production_refuses_a_mail_server_without_tls():
    plain = WORTHLESS | {"EMAIL_URL": "smtp://user:password@mail.example.nl:25"}
    assert "over TLS only" in start_production(**plain).stderr
    assert start_production(**WORTHLESS).returncode == 0


def test_production_names_only_what_is_missing():
    refused = start_production(SECRET_KEY="x" * 50)
    assert "SECRET_KEY (" not in refused.stderr
    assert "DATABASE_URL (" in refused.stderr


@pytest.mark.django_db(databases=["default", "keystore"])
def test_both_databases_are_a_real_postgresql_and_never_the_same():
    names = set()
    for alias in ("default", "keystore"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_database(), current_setting('server_version_num')::int")
            name, version = cursor.fetchone()
        names.add(name)
        assert version >= 180000
    assert len(names) == 2
