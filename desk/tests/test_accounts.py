"""Who gives roles gives no more than that, never to themselves, and the ledger knows."""

import pytest
from django.contrib.auth.models import Group, User

from audit.models import Entry
from desk.tests.makers import make_colleague

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def administrator(client) -> User:
    user = make_colleague("administrator")
    user.is_staff = True
    user.save()
    client.force_login(user, backend=BACKEND)
    return user


@pytest.fixture
def superuser(client) -> User:
    user = User.objects.create_superuser("boss")
    client.force_login(user, backend=BACKEND)
    return user


def address(user: User) -> str:
    return f"/admin/auth/user/{user.pk}/change/"


def fields(user: User, *roles: str, **others: object) -> dict:
    groups = [Group.objects.get(name=role).pk for role in roles]
    return {"username": user.username, "is_active": "on", "groups": groups, **others}


def told(user: User) -> list[dict]:
    return [entry.body for entry in Entry.objects.filter(body__object=f"user:{user.pk}")]


def test_an_administrator_gives_a_colleague_a_role_and_the_ledger_says_who(client, administrator):
    colleague = make_colleague()
    client.post(address(colleague), fields(colleague, "privacy officer"))
    assert [group.name for group in colleague.groups.all()] == ["privacy officer"]
    [entry] = told(colleague)
    assert (entry["event"], entry["actor"]) == ("account.changed", f"user:{administrator.pk}")
    assert entry["roles"] == ["privacy-officer"]


def test_an_administrator_makes_nobody_a_superuser(client, administrator):
    colleague = make_colleague()
    powers = {"is_superuser": "on", "is_staff": "on", "user_permissions": ["1"]}
    client.post(address(colleague), fields(colleague, "intake", **powers))
    colleague.refresh_from_db()
    assert not colleague.is_superuser
    assert not colleague.is_staff
    assert not colleague.user_permissions.exists()


def test_an_administrator_does_not_change_themself(client, administrator):
    response = client.post(address(administrator), fields(administrator, "senior officer"))
    assert response.status_code == 403
    assert [group.name for group in administrator.groups.all()] == ["administrator"]


def test_an_administrator_sees_and_changes_no_superuser(client, administrator):
    boss = User.objects.create_superuser("boss")
    assert client.get(address(boss)).status_code == 302
    assert client.post(f"/admin/auth/user/{boss.pk}/password/", {}).status_code in (403, 404)


def test_a_new_password_is_told_to_the_ledger_without_saying_it(client, administrator):
    colleague = make_colleague()
    new = {"password1": "a long enough sentence", "password2": "a long enough sentence"}
    client.post(f"/admin/auth/user/{colleague.pk}/password/", {**new, "usable_password": "true"})
    colleague.refresh_from_db()
    assert colleague.check_password("a long enough sentence")
    assert "account.password-set" in [entry["event"] for entry in told(colleague)]
    assert "long enough" not in str(told(colleague))


def test_accounts_are_closed_and_never_deleted(client, superuser):
    colleague = make_colleague("intake")
    assert (
        client.post(f"/admin/auth/user/{colleague.pk}/delete/", {"post": "yes"}).status_code == 403
    )
    changed = fields(colleague, "intake")
    del changed["is_active"]
    client.post(address(colleague), changed)
    colleague.refresh_from_db()
    assert not colleague.is_active
    assert told(colleague)[-1]["active"] is False


def test_a_superuser_may_give_the_administration(client, superuser):
    colleague = make_colleague("administrator")
    client.post(address(colleague), fields(colleague, "administrator", is_staff="on"))
    colleague.refresh_from_db()
    assert colleague.is_staff


def test_other_roles_do_not_reach_the_accounts(client):
    client.force_login(make_colleague("senior officer"), backend=BACKEND)
    assert client.get("/admin/auth/user/").status_code == 302


def test_the_administration_looks_like_the_desk_and_leads_back_to_it(client, superuser):
    page = client.get("/admin/auth/user/", headers={"accept-language": "nl"}).content.decode()
    assert "css/admin.css" in page
    assert '<a href="/desk/">Terug naar de werkplek</a>' in page
    assert "Django" not in page


def test_who_saves_an_account_that_another_changed_meanwhile_is_told_and_loses_nothing(
    client, administrator
):
    colleague = make_colleague("intake")
    seen = client.get(address(colleague)).context["adminform"].form["seen"].value()
    colleague.groups.set(Group.objects.filter(name="auditor"))
    typed = fields(colleague, "privacy officer", last_name="Zwart", seen=seen)
    answer = client.post(address(colleague), typed, headers={"accept-language": "en"})
    assert answer.status_code == 200
    assert "Another administrator changed this account" in answer.content.decode()
    assert 'value="Zwart"' in answer.content.decode()
    assert [group.name for group in colleague.groups.all()] == ["auditor"]
    now = answer.context["adminform"].form["seen"].value()
    assert client.post(address(colleague), typed | {"seen": now}).status_code == 302
    assert [group.name for group in colleague.groups.all()] == ["privacy officer"]
