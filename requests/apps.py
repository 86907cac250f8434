from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """What a person asks, by when, and what we answer."""

    name = "requests"

    def ready(self) -> None:
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
        vault.register_holder(KeyKind.REQUEST, "requests_privacyrequest")
        vault.register_holder(KeyKind.REQUEST, "requests_portaldraft")
        vault.register_holder(KeyKind.REQUEST, "requests_representative")
        vault.register_holder(KeyKind.REQUEST, "requests_incident")
        vault.register_holder(KeyKind.MAIL, "requests_outgoingmail")
        vault.register_holder(KeyKind.PACK, "requests_pack")
        vault.register_holder(KeyKind.FORWARD, "requests_forwarding")
