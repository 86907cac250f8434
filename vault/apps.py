from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class VaultConfig(AppConfig):
    """Seals personal data; destroying a key erases what it sealed from every backup."""

    name = "vault"

    def ready(self) -> None:
        from vault import checks

        register(checks.check_keys)
        register(checks.check_two_databases)
        register(Tags.database)(checks.check_databases)
        # Once for each `migrate`: a migration makes no keys, and may take its time.
        pre_migrate.connect(lift_transaction_timeout, sender=self)
        post_migrate.connect(restore_transaction_timeout, sender=self)


def lift_transaction_timeout(*, using: str, **kwargs: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("SET transaction_timeout = 0")


def restore_transaction_timeout(*, using: str, **kwargs: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("RESET transaction_timeout")
