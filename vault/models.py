from django.contrib.postgres.fields import ArrayField
from django.db import models


class KeyOutbox(models.Model):
    """Keys whose holders are gone: to be destroyed once that is committed.

    Written in the transaction that deletes the holders, one row for a whole batch.
    """

    key_ids = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(auto_now_add=True)
