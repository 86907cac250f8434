from django.apps import AppConfig


class KeystoreConfig(AppConfig):
    """The tables of the second database: data keys and search tokens, nothing else."""

    name = "vault.keystore"
    label = "keystore"
