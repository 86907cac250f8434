"""The second database. No foreign key leaves it: the two databases may be restored apart."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from vault.constants import KeyKind


class DataKey(models.Model):
    """The key of one holder, wrapped by the key-encryption key numbered `kek`."""

    id = models.BigAutoField(primary_key=True)
    kind = models.SmallIntegerField(choices=KeyKind.choices)
    wrapped = models.BinaryField()
    kek = models.SmallIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        # For the rotation, which looks for what is still under an older key.
        indexes = [models.Index(fields=["kek", "id"], name="datakey_kek")]


class SearchTokens(models.Model):
    """Keyed tokens by which a holder is found. They stand beside the key and die with it."""

    key_id = models.BigIntegerField(primary_key=True)
    tokens = ArrayField(models.BigIntegerField())
    version = models.SmallIntegerField()

    class Meta:
        indexes = [GinIndex(fields=["tokens"], name="searchtokens_gin", fastupdate=False)]
