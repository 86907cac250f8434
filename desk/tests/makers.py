"""Colleagues for tests."""

from itertools import count

from django.contrib.auth.models import Group, User

_numbers = count(1)


def make_colleague(*roles: str) -> User:
    """Return a colleague with these roles of `desk.roles.ROLES`; none means no rights."""
    user = User.objects.create_user(f"colleague-{next(_numbers)}", password="correct horse")
    user.groups.set(Group.objects.filter(name__in=roles))
    return user
