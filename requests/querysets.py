"""Questions about requests."""

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models

from requests.constants import OPEN

if TYPE_CHECKING:
    from requests.models import PrivacyRequest  # noqa: F401 - named in the class below


class RequestQuerySet(models.QuerySet["PrivacyRequest"]):
    def open(self) -> "RequestQuerySet":
        """Those that await our answer."""
        return self.filter(state__in=OPEN)

    def overdue(self, on: date) -> "RequestQuerySet":
        """Those that should have been answered before this day."""
        return self.open().filter(due_on__lt=on)

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "RequestQuerySet":
        """Those that this colleague may see."""
        may = user.has_perm("requests.view_privacyrequest")  # type: ignore[union-attr]
        return self if may else self.none()
