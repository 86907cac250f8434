from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"

    def ready(self) -> None:
        from retention import checks  # noqa: F401 - registers itself
        from retention.erasers import Eraser, register
        from subjects import instructions
        from vault import services as vault
        from vault.constants import KeyKind

        vault.register_holder(KeyKind.HOLD, "retention_legalhold")

        register(
            Eraser(
                "subjects",
                frozenset({"subjects_instruction"}),
                erase=lambda gone: instructions.erase(
                    dossiers=gone.dossiers, involvements=gone.involvements
                ),
                left_behind=lambda gone: instructions.left_behind(
                    dossiers=gone.dossiers, involvements=gone.involvements
                ),
            )
        )
