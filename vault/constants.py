from datetime import timedelta

from django.db import models


class KeyKind(models.IntegerChoices):
    """Whose key it is; tells the sweep in which table to look for its holder."""

    INVOLVEMENT = 1
    REQUEST = 2
    PACK = 3
    MAIL = 4
    INGEST = 5


# A key without a row may belong to a transaction that has yet to commit. That takes at most
# twice settings.WRITER_TIMEOUT, so after GRACE nobody can still be about to commit.
GRACE = timedelta(hours=1)
