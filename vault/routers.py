from typing import Any

from django.db.models import Model


class KeystoreRouter:
    """Keys and tokens live in `keystore`, all else in `default`; the two never meet."""

    def _alias(self, app_label: str) -> str:
        return "keystore" if app_label == "keystore" else "default"

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return self._alias(model._meta.app_label)

    db_for_write = db_for_read

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        return self._alias(obj1._meta.app_label) == self._alias(obj2._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == self._alias(app_label)
