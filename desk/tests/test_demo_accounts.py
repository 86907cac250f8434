import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from desk.management.commands.demo_accounts import PASSWORD, username_of
from desk.roles import ROLES

pytestmark = pytest.mark.django_db


def test_outside_demo_mode_no_account_is_made():
    with pytest.raises(CommandError, match="demo mode only"):
        call_command("demo_accounts")
    assert not User.objects.exists()


def test_in_demo_mode_each_role_has_one_account_that_can_sign_in(settings, client, capsys):
    settings.DEMO_MODE = True
    call_command("demo_accounts")
    call_command("demo_accounts")
    assert PASSWORD in capsys.readouterr().out
    for role in ROLES:
        user = User.objects.get(username=username_of(role))
        assert [group.name for group in user.groups.all()] == [role]
        assert user.check_password(PASSWORD)
    assert not User.objects.filter(is_superuser=True).exists()


def test_of_the_demo_only_the_administrator_opens_the_administration_of_accounts(settings, client):
    settings.DEMO_MODE = True
    call_command("demo_accounts")
    for role in ROLES:
        client.force_login(
            User.objects.get(username=username_of(role)),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        opened = client.get("/admin/auth/user/").status_code == 200
        assert opened == (role == "administrator"), role


def test_a_password_that_was_changed_stays_changed(settings):
    settings.DEMO_MODE = True
    call_command("demo_accounts")
    user = User.objects.get(username="auditor")
    user.set_password("another-password-1")
    user.save()
    call_command("demo_accounts")
    user.refresh_from_db()
    assert user.check_password("another-password-1")
