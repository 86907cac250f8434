"""Colleagues for tests."""

from itertools import count
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client

_numbers = count(1)


def make_colleague(*roles: str) -> User:
    """Return a colleague with these roles of `desk.roles.ROLES`; none means no rights."""
    user = User.objects.create_user(f"colleague-{next(_numbers)}", password="correct horse")
    user.groups.set(Group.objects.filter(name__in=roles))
    return user


class Looking(Client):
    """A colleague's browser that says why it looks whenever that is asked, if `why` is set."""

    why = ""

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._looking(super().get, *args, **kwargs)

    def post(self, *args: Any, **kwargs: Any) -> Any:
        return self._looking(super().post, *args, **kwargs)

    def _looking(self, ask: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        answer = ask(path, *args, **kwargs)
        asked = answer.context.get("next") if answer.context else None
        if not self.why or not asked or "people/why" in path:
            return answer
        about = answer.context.get("about") or ""
        super().post("/desk/people/why/", {"purpose": self.why, "next": asked, "about": str(about)})
        return ask(path, *args, **kwargs)
