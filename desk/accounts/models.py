"""What belongs to colleagues' accounts; it all goes with the account (rule STF-24)."""

from django.contrib.auth.models import User
from django.db import models


class CodeTries(models.Model):
    """How often in a row a wrong code or password was given for an account, and when last."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="code_tries")
    wrong = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField()


class StaffLink(models.Model):
    """Which account of the organisation's own sign-in a colleague's account is connected to.

    Of the other account only a keyed digest of issuer and subject is kept, to recognise it.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="staff_link")
    digest = models.BinaryField(max_length=16, unique=True)
    # Made for somebody who had none: its roles follow the groups that the provider tells of.
    follows_groups = models.BooleanField(default=False)
    linked_at = models.DateTimeField()
