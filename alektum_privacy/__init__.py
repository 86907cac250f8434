from rest_framework import compat

# Our app `requests` is not the HTTP library of that name.
compat.requests = None  # type: ignore[assignment]

from alektum_privacy.celery import app as celery_app  # noqa: E402  # after the line above

__all__ = ["celery_app"]
