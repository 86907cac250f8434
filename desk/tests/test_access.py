"""Who gets in, and that no page of the desk forgets to ask."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import URLPattern, URLResolver, get_resolver

from desk import roles
from desk.tests.makers import make_colleague

pytestmark = pytest.mark.django_db


def views_under(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        address = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield address, entry.callback
        else:
            yield from views_under(entry, address)


def test_every_page_of_the_desk_declares_the_permission_it_needs():
    pages = [page for page in views_under(get_resolver()) if page[0].startswith("desk/")]
    assert pages
    assert [a for a, view in pages if not getattr(view, "required_permission", "")] == []


def test_every_declared_permission_exists():
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.all()}
    pages = views_under(get_resolver())
    declared = {getattr(view, "required_permission", "") for _, view in pages} - {""}
    assert declared <= known


def test_a_stranger_is_sent_to_the_sign_in_page(client):
    assert client.get("/desk/").headers["Location"] == "/sign-in/?next=/desk/"


def test_a_colleague_without_a_role_is_refused_and_told_so(client):
    client.force_login(make_colleague(), backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/desk/")
    assert response.status_code == 403
    assert "<h1>" in response.content.decode()


@pytest.mark.parametrize("role", roles.ROLES)
def test_every_role_may_enter_the_desk(client, role):
    client.force_login(make_colleague(role), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/desk/").status_code == 200


def test_a_right_given_by_hand_does_not_outlive_the_next_synchronisation():
    auditor = Group.objects.get(name="auditor")
    auditor.permissions.add(Permission.objects.get(codename="delete_user"))
    roles.sync_roles()
    assert not auditor.permissions.filter(codename="delete_user").exists()
    assert auditor.permissions.count() == len(roles.ROLES["auditor"])


def test_a_role_with_an_unknown_permission_is_refused_by_name(monkeypatch):
    monkeypatch.setitem(roles.ROLES, "auditor", ("desk.no_such_thing",))
    with pytest.raises(roles.UnknownPermission, match=r"auditor: desk\.no_such_thing"):
        roles.sync_roles()


def test_the_auditor_reads_and_changes_nothing():
    # Having the ledger verified changes nothing but that it was asked for.
    reads = set(roles.ROLES["auditor"]) - {"audit.add_verification"}
    assert all(name.split(".")[1].startswith(("view_", "enter_")) for name in reads)


def test_every_role_has_words_for_people_and_the_overview_shows_them(client):
    assert set(roles.LABELS) == set(roles.ROLES)
    client.force_login(
        make_colleague("AML officer"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "Witwasfunctionaris" in client.get("/desk/").content.decode()


def sign_in(client, user, password, **extra):
    fields = {"username": user.username, "password": password}
    return client.post("/sign-in/", fields, **extra)


def test_the_right_password_opens_the_desk(client):
    response = sign_in(client, make_colleague("intake"), "correct horse")
    assert response.headers["Location"] == "/desk/"


def test_signing_out_takes_a_post_and_ends_at_the_sign_in_page(client):
    sign_in(client, make_colleague("intake"), "correct horse")
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/desk/").status_code == 302


def test_five_wrong_passwords_lock_that_name_at_that_address_only(client):
    guessed, other = make_colleague("intake"), make_colleague("intake")
    for _ in range(5):
        answer = sign_in(client, guessed, "wrong")
    assert answer.status_code == 429
    assert sign_in(client, guessed, "correct horse").status_code == 429
    elsewhere = sign_in(client, guessed, "correct horse", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302
    client.post("/sign-out/")
    assert sign_in(client, other, "correct horse").status_code == 302


def test_a_forged_header_does_not_give_a_guesser_a_new_address(client):
    guessed = make_colleague("intake")
    for at in range(5):
        answer = sign_in(client, guessed, "wrong", HTTP_X_FORWARDED_FOR=f"198.51.100.{at}")
    assert answer.status_code == 429
