from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _sync_roles(using: str, **kwargs: Any) -> None:
    from desk.roles import sync_roles

    if using == "default":
        sync_roles()


def _session_begins(request: Any, user: Any, **kwargs: Any) -> None:
    from desk.accounts import sessions

    sessions.begin(request, user)


def _session_left(request: Any, **kwargs: Any) -> None:
    from desk.accounts import sessions

    sessions.forget(request.session)


def _sign_in_locked(**kwargs: Any) -> None:
    from desk.accounts import watching

    watching.sign_in_locked()


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self) -> None:
        from axes.signals import user_locked_out

        from desk.places import register_places

        # The heading of `/admin/`, in words of the desk.
        apps.get_app_config("auth").verbose_name = _("Accounts of colleagues")
        register_places()
        # The desk is the last app of all, so every permission exists by then.
        post_migrate.connect(_sync_roles, sender=self, dispatch_uid="desk.roles")
        user_logged_in.connect(_session_begins, dispatch_uid="desk.session-begins")
        user_logged_out.connect(_session_left, dispatch_uid="desk.session-left")
        user_locked_out.connect(_sign_in_locked, dispatch_uid="desk.sign-in-locked")
