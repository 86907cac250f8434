from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"

    def ready(self) -> None:
        from retention import (
            checks,  # noqa: F401 - registers itself
            told,
        )
        from vault import services as vault
        from vault.constants import KeyKind

        vault.register_holder(KeyKind.HOLD, "retention_legalhold")
        told.register_erasers()
