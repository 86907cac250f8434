from django.apps import AppConfig
from django.core.checks import register


class VaultConfig(AppConfig):
    """Seals personal data; destroying a key erases what it sealed from every backup."""

    name = "vault"

    def ready(self) -> None:
        from vault import checks

        register(checks.check_keys)
        register(checks.check_two_databases)
