from datetime import timedelta

from django.db import models


class KeyKind(models.IntegerChoices):
    """Whose key it is; tells the sweep in which table to look for its holder."""

    INVOLVEMENT = 1
    REQUEST = 2
    PACK = 3
    MAIL = 4
    INGEST = 5
    # What a source system is told to correct, or says when it refuses.
    INSTRUCTION = 20
    # Whom a notice to a recipient of data is about, and what it tells.
    NOTICE = 21
    # A person's words on their way to the client who decides.
    FORWARD = 22
    # Why data are held back for a claim.
    HOLD = 30
    # What the work queue showed, as a file.
    EXPORT = 40


# A key without a row may belong to a transaction that has yet to commit. That takes at most
# twice settings.WRITER_TIMEOUT, so after GRACE nobody can still be about to commit.
GRACE = timedelta(hours=1)
