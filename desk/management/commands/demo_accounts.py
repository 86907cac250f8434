from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from desk.accounts.sso import ADMINISTRATOR
from desk.roles import ROLES
from subjects.models import Dossier

# Known to everybody who reads this: it opens made-up people only.
PASSWORD = "kijk-maar-rond-2026"  # noqa: S105


# The demo's own source, and the files of requests.
MADE_UP = ("demo", "requests")


class Command(BaseCommand):
    help = "Make one account for each role, all with one known password; only in demo mode."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("Demo accounts exist in demo mode only.")
        if Dossier.objects.exclude(source_system__in=MADE_UP).exists():
            raise CommandError("There are data of a real source here: no account is made.")
        for role in ROLES:
            self.make_account(role)
        names = ", ".join(username_of(role) for role in ROLES)
        self.stdout.write(f"Accounts: {names}\nPassword: {PASSWORD}")

    @transaction.atomic
    def make_account(self, role: str) -> None:
        user, is_new = User.objects.get_or_create(username=username_of(role))
        if is_new:
            user.set_password(PASSWORD)
            # Opens `/admin/`, where accounts are made and closed.
            user.is_staff = role == ADMINISTRATOR
            user.save()
            user.groups.set([Group.objects.get(name=role)])


def username_of(role: str) -> str:
    return role.lower().replace(" ", "-")
