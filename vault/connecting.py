"""The way into the keystore for what must be committed by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper


@contextmanager
def keystore_transaction() -> Iterator[CursorWrapper]:
    """Give a cursor in a transaction of its own, committed when the block ends."""
    with (
        transaction.atomic(using="keystore", durable=True),
        connections["keystore"].cursor() as cursor,
    ):
        yield cursor
