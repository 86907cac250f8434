"""No tables: only the permissions that belong to the desk as a whole."""

from django.db import models


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
