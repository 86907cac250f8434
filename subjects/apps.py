from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    name = "subjects"

    def ready(self) -> None:
        from audit.hiding import hide_by
        from subjects.unseen import MONEY_LAUNDERING_CHECKS
        from vault import services as vault
        from vault.constants import KeyKind

        hide_by(MONEY_LAUNDERING_CHECKS)
        vault.register_holder(KeyKind.INVOLVEMENT, "subjects_involvement")
        vault.register_holder(KeyKind.INGEST, "subjects_ingestrun")
        vault.register_holder(KeyKind.INSTRUCTION, "subjects_instruction")
        vault.register_holder(KeyKind.NOTICE, "subjects_recipientnotice")
