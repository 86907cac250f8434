from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_save


class RequestsConfig(AppConfig):
    """What a person asks, by when, and what we answer."""

    name = "requests"

    def ready(self) -> None:
        from django.contrib.auth import get_user_model

        from requests import erasers
        from retention.erasers import Eraser, register
        from vault import services as vault
        from vault.constants import KeyKind

        register(
            Eraser(
                "requests",
                erasers.TABLES,
                erase=lambda gone: erasers.erase(gone.dossiers),
                left_behind=lambda gone: erasers.left_behind(gone.dossiers),
            )
        )
        post_save.connect(_give_back, sender=get_user_model(), dispatch_uid="requests.give_back")
        vault.register_holder(KeyKind.REQUEST, "requests_privacyrequest")
        vault.register_holder(KeyKind.REQUEST, "requests_portaldraft")
        vault.register_holder(KeyKind.REQUEST, "requests_representative")
        vault.register_holder(KeyKind.REQUEST, "requests_incident")
        vault.register_holder(KeyKind.MAIL, "requests_outgoingmail")
        vault.register_holder(KeyKind.PACK, "requests_pack")
        vault.register_holder(KeyKind.FORWARD, "requests_forwarding")
        vault.register_holder(KeyKind.EXPORT, "requests_queueexport")


def _give_back(sender: Any, instance: Any, created: bool, **kwargs: Any) -> None:
    """Give back the work of a colleague whose account closes, in the transaction that closes it."""
    from requests import services

    if not created and not instance.is_active:
        services.give_back(instance.pk)
