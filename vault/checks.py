"""What `manage.py check` asks of the keys before anything starts."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import OperationalError, connections

from vault import crypto
from vault.constants import GRACE

WHERE = ("HOST", "PORT", "NAME")
ONE_DATABASE = Error(
    "DATABASE_URL and KEYSTORE_URL name one database: the keys would be in the backups of what "
    "they seal.",
    id="vault.E002",
)


def check_keys(**kwargs: Any) -> list[CheckMessage]:
    readers: dict[str, Callable[[str], object]] = {
        "VAULT_KEY_ENCRYPTION_KEYS": crypto.decode_numbered_keys,
        "VAULT_TOKEN_KEY": crypto.decode_key,
    }
    found: list[CheckMessage] = []
    for name, read in readers.items():
        try:
            read(getattr(settings, name))
        except ValueError as error:
            found.append(Error(f"{name}: {error}.", id="vault.E001"))
    return found


def check_two_databases(**kwargs: Any) -> list[CheckMessage]:
    main, keystore = (settings.DATABASES[alias] for alias in ("default", "keystore"))
    return [ONE_DATABASE] if all(main.get(part) == keystore.get(part) for part in WHERE) else []


def check_databases(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Ask the servers themselves; `migrate` does so, and `check --database default`."""
    if not databases:
        return []
    try:
        main, keystore = _identity("default"), _identity("keystore")
        timeout = _transaction_timeout()
    except OperationalError:
        # One of them may not be there yet; whoever needs it will say so.
        return []
    found: list[CheckMessage] = [ONE_DATABASE] if main == keystore else []
    if not timedelta(0) < timeout <= GRACE / 4:
        found.append(
            Error(
                "PostgreSQL does not end long transactions of the main database (its setting "
                f"transaction_timeout is {timeout}): a key might be swept before its row is "
                "committed.",
                id="vault.E003",
            )
        )
    return found


def _identity(alias: str) -> tuple[Any, ...]:
    """Return what tells this database from all others, whatever name it is reached by."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT system_identifier, current_database() FROM pg_control_system()")
        return tuple(cursor.fetchone())


def _transaction_timeout() -> timedelta:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_timeout')::interval")
        return timedelta(0) + cursor.fetchone()[0]
