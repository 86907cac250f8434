from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _sync_roles(using: str, **kwargs: Any) -> None:
    from desk.roles import sync_roles

    if using == "default":
        sync_roles()


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self) -> None:
        # The desk is the last app of all, so every permission exists by then.
        post_migrate.connect(_sync_roles, sender=self, dispatch_uid="desk.roles")
