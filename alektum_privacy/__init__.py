from rest_framework import compat

compat.requests = None  # our app `requests` is not the HTTP library  # type: ignore[assignment]

from alektum_privacy.celery import app as celery_app  # noqa: E402  # after the line above

__all__ = ["celery_app"]
