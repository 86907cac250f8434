"""Tests: real PostgreSQL and a real Redis-compatible server, secrets that are worth nothing."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "test-" + "0" * 60)

from alektum_privacy.settings.base import add_server_setting
from alektum_privacy.settings.demo import *  # noqa: F403
from embedded import scratch

DEMO_MODE = False
# Django empties tables between tests by TRUNCATE, which the ledger refuses to anybody else.
add_server_setting(DATABASES["default"], "alektum.allow_truncate=on")  # noqa: F405
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each test has one of its own; this one is of the programs that tests start.
LEDGER_MIRROR = Path(os.environ.get(scratch.NAME, tempfile.gettempdir())) / f"mirror-{os.getpid()}"
# What a killed worker had in hand comes back within seconds, not after an hour.
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {  # noqa: F405
    "visibility_timeout": 3,
    "unacked_restore_interval": 1,
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Nothing is collected: files are served from where they are written.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
