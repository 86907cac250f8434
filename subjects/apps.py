from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "subjects"

    def ready(self) -> None:
        from vault import services as vault
        from vault.constants import KeyKind

        vault.register_holder(KeyKind.INVOLVEMENT, "subjects_involvement")
        vault.register_holder(KeyKind.INGEST, "subjects_ingestrun")
        vault.register_holder(KeyKind.INSTRUCTION, "subjects_instruction")
        vault.register_holder(KeyKind.NOTICE, "subjects_recipientnotice")
