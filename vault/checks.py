"""What `manage.py check` asks of the keys before anything starts."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from vault import crypto

WHERE = ("HOST", "PORT", "NAME")


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
    if all(main.get(part) == keystore.get(part) for part in WHERE):
        return [
            Error(
                "DATABASE_URL and KEYSTORE_URL name one database: the keys would be in the "
                "backups of what they seal.",
                id="vault.E002",
            )
        ]
    return []
