"""The permissions that belong to the desk as a whole, and what belongs to colleagues' accounts."""

from django.db import models

from desk.accounts.models import CodeTries, StaffLink

__all__ = ["CodeTries", "Desk", "StaffLink"]


class Desk(models.Model):
    """Carries permissions; has no rows and no table."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [
            ("enter_desk", "May sign in to the desk"),
            ("view_access", "May see which role may do what"),
            ("view_marketingfigures", "May see how many objected to marketing, and how that went"),
        ]
