"""Signing in through the organisation's own provider: a real one, on this machine."""

import time
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from desk.accounts.models import StaffLink
from desk.tests.makers import make_colleague
from desk.tests.test_second_factor import code_of, give, sign_in
from policy.tests.makers import load_policy
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.tests.local_provider import LocalProvider, local_provider

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
EMAIL = "sanne@example.nl"


@pytest.fixture(scope="module")
def running():
    with local_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: LocalProvider, settings):
    """Give the provider as it is before anybody changed it; it asked for two factors."""
    running.begin_anew()
    running.claims = {
        "sub": "employee-7",
        "email": EMAIL,
        "email_verified": True,
        "amr": ["pwd", "mfa"],
        "auth_time": int(time.time()),
    }
    settings.STAFF_SSO = settings.STAFF_SSO | running.settings()
    load_policy()
    return running


@pytest.fixture
def sanne() -> User:
    user = make_colleague("intake")
    user.email = EMAIL
    user.save()
    return user


def at_provider(address: str) -> str:
    """Sign in there as a browser does; return path and query of the way back."""
    answer = httpx2.get(address, follow_redirects=False)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def walk(client: Client, start: str = "/sign-in/organisation/?next=/desk/requests/") -> Any:
    return client.get(at_provider(client.get(start)["Location"]))


def is_in(client: Client) -> bool:
    return client.get("/desk/account/").status_code == 200


def told(event: str) -> list[dict]:
    return [entry.body for entry in Entry.objects.filter(body__event=event)]


def words(client: Client, answer: Any) -> str:
    return client.get(answer["Location"]).content.decode()


def test_a_verified_address_connects_an_account_once_and_signs_in(client, provider, sanne):
    assert walk(client)["Location"] == "/desk/requests/"
    assert is_in(client)
    assert told("sso.linked")[0]["object"] == f"user:{sanne.pk}"
    assert OutgoingMail.objects.filter(kind="account").count() == 1
    # From then on the address does not matter.
    provider.claims["email"] = "other@example.nl"
    again = Client()
    walk(again)
    assert is_in(again)
    assert len(told("sso.linked")) == 1


def test_of_the_provider_only_a_digest_is_kept(client, provider, sanne):
    walk(client)
    link = StaffLink.objects.get()
    assert b"employee" not in bytes(link.digest)
    assert "employee-7" not in str([entry.body for entry in Entry.objects.all()])


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "nobody@example.nl"},
        {"email": ""},
    ],
)
def test_who_has_no_account_is_told_so_and_gets_none(client, provider, sanne, claims):
    provider.claims |= claims
    before = User.objects.count()
    answer = walk(client)
    assert "geen account" in words(client, answer)
    assert not is_in(client)
    assert User.objects.count() == before


@pytest.mark.parametrize("why", ["administrator", "staff", "superuser", "closed", "two"])
def test_an_address_alone_does_not_connect_what_must_not_be(client, provider, sanne, why):
    if why == "two":
        User.objects.create_user("twin", EMAIL.upper())
    elif why == "administrator":
        other = make_colleague("administrator")
        sanne.groups.set(other.groups.all())
    sanne.is_staff, sanne.is_superuser = why == "staff", why == "superuser"
    sanne.is_active = why != "closed"
    sanne.save()
    walk(client)
    assert not is_in(client)
    assert not StaffLink.objects.exists()


def test_who_gives_a_colleague_their_own_address_does_not_come_into_that_account(
    client, provider, sanne
):
    administrator = make_colleague("administrator")
    administrator.is_staff = True
    administrator.save()
    sanne.email, sanne.last_login = "before@example.nl", timezone.now()
    sanne.save()
    client.force_login(administrator, backend="django.contrib.auth.backends.ModelBackend")
    fields = {"username": sanne.username, "is_active": "on", "email": EMAIL}
    fields["groups"] = str(sanne.groups.get().pk)
    assert client.post(f"/admin/auth/user/{sanne.pk}/change/", fields).status_code == 302
    [written] = OutgoingMail.objects.filter(kind="account")
    assert mailing.content_of(written)["to"] == "before@example.nl"
    other = Client()
    walk(other)
    assert not is_in(other)
    assert not StaffLink.objects.exists()


def test_an_account_connected_to_another_is_not_connected_again(client, provider, sanne):
    walk(client)
    provider.claims["sub"] = "employee-8"
    other = Client()
    walk(other)
    assert not is_in(other)


def test_a_closed_account_stays_closed(client, provider, sanne):
    walk(client)
    User.objects.filter(pk=sanne.pk).update(is_active=False)
    other = Client()
    walk(other)
    assert not is_in(other)


# --- the second factor ---------------------------------------------------------------------


def test_who_gave_one_factor_there_gives_the_second_here(client, provider, sanne):
    provider.claims["amr"] = ["pwd"]
    totp.TOTP.activate(sanne, totp.generate_totp_secret())
    assert walk(client)["Location"] == "/sign-in/second/"
    assert not is_in(client)
    assert give(client, code_of(sanne))["Location"] == "/desk/requests/"
    assert is_in(client)


def test_where_factors_are_obligatory_theirs_counts_and_none_does_not(
    client, provider, sanne, settings
):
    settings.SECOND_FACTOR_OBLIGATORY = True
    walk(client)
    assert is_in(client)
    provider.claims["amr"] = ["pwd"]
    other = Client()
    walk(other)
    assert other.get("/desk/")["Location"] == "/desk/account/set-up/"


def test_a_level_counts_only_where_the_settings_name_it(client, provider, sanne, settings):
    settings.SECOND_FACTOR_OBLIGATORY = True
    provider.claims |= {"amr": ["pwd"], "acr": "https://login.example/mfa"}
    walk(client)
    assert not is_in(client)
    settings.STAFF_SSO = settings.STAFF_SSO | {"acr": ["https://login.example/mfa"]}
    other = Client()
    walk(other)
    assert is_in(other)


# --- groups --------------------------------------------------------------------------------


@pytest.fixture
def _groups(provider, settings):
    settings.STAFF_SSO = settings.STAFF_SSO | {
        "roles": {"Privacy": "privacy officer", "Audit": "auditor", "IT": "administrator"}
    }


@pytest.mark.usefixtures("_groups")
def test_groups_make_an_account_with_their_roles_and_take_them_away(client, provider):
    provider.claims |= {"email": "new@example.nl", "groups": ["Privacy", "Everybody"]}
    walk(client)
    made = User.objects.get(email="new@example.nl")
    assert [group.name for group in made.groups.all()] == ["privacy officer"]
    assert not made.has_usable_password()
    provider.claims["groups"] = ["Audit"]
    other = Client()
    walk(other)
    assert [group.name for group in made.groups.all()] == ["auditor"]
    assert not is_in(client)
    provider.claims["groups"] = []
    third = Client()
    walk(third)
    assert third.get("/desk/").status_code == 403


@pytest.mark.usefixtures("_groups")
@pytest.mark.parametrize("groups", [["IT"], [], "Privacy", None, [{"name": "Privacy"}]])
def test_no_group_makes_an_administrator_and_without_a_role_there_is_no_account(
    client, provider, groups
):
    provider.claims |= {"email": "new@example.nl", "groups": groups}
    walk(client)
    assert not User.objects.filter(email="new@example.nl").exists()


@pytest.mark.usefixtures("_groups")
def test_groups_change_nothing_of_an_account_that_an_administrator_made(client, provider, sanne):
    provider.claims["groups"] = ["Privacy"]
    walk(client)
    assert [group.name for group in sanne.groups.all()] == ["intake"]


# --- one's own account ---------------------------------------------------------------------


def test_a_colleague_connects_their_own_account_also_an_administrator(client, provider):
    boss = make_colleague("administrator")
    sign_in(client, boss)
    assert walk(client, "/desk/account/connect/")["Location"] == "/desk/account/"
    assert StaffLink.objects.get().user == boss
    other = Client()
    walk(other)
    assert is_in(other)
    client.post("/desk/account/disconnect/")
    third = Client()
    walk(third)
    assert not is_in(third)


def test_nobody_connects_what_belongs_to_a_colleague(client, provider, sanne):
    walk(Client())
    sign_in(client, make_colleague("intake"))
    walk(client, "/desk/account/connect/")
    assert StaffLink.objects.get().user == sanne


def test_an_answer_of_before_signing_in_as_another_connects_nothing(client, provider, sanne):
    back = at_provider(client.get("/sign-in/organisation/")["Location"])
    sign_in(client, make_colleague("intake"))
    client.get(back)
    assert not StaffLink.objects.exists()


def test_a_sign_in_that_the_provider_remembers_confirms_nothing(client, provider, sanne):
    provider.claims["auth_time"] = int(time.time()) - 3600
    walk(client)
    asked = client.get("/desk/account/passkey/")["Location"]
    assert asked.startswith("/desk/account/confirm/")
    walk(client, "/desk/account/confirm/organisation/?next=/desk/account/passkey/")
    assert client.get("/desk/account/passkey/").status_code == 302
    provider.claims["auth_time"] = int(time.time())
    there = client.get("/desk/account/confirm/organisation/?next=/desk/account/passkey/")
    assert "prompt=login" in there["Location"]
    assert client.get(at_provider(there["Location"]))["Location"] == "/desk/account/passkey/"
    assert client.get("/desk/account/passkey/").status_code == 200


def test_somebody_else_at_the_provider_confirms_nothing(client, provider, sanne):
    provider.claims["auth_time"] = int(time.time()) - 3600
    walk(client)
    provider.claims |= {"sub": "employee-9", "auth_time": int(time.time())}
    walk(client, "/desk/account/confirm/organisation/?next=/desk/account/passkey/")
    assert client.get("/desk/account/passkey/").status_code == 302


# --- what goes wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"nonce": "another"},
        {"exp": int(time.time()) - 3600},
    ],
)
def test_a_statement_that_does_not_hold_signs_nobody_in(client, provider, sanne, changed):
    provider.changed = changed
    assert "niet gelukt" in words(client, walk(client))
    assert not is_in(client)


def test_an_answer_counts_once_and_in_its_own_browser(client, provider, sanne):
    back = at_provider(client.get("/sign-in/organisation/")["Location"])
    other = Client()
    other.get(back)
    assert not is_in(other)
    client.get(back)
    assert is_in(client)
    client.post("/sign-out/")
    client.get(back)
    assert not is_in(client)


def test_the_way_back_leads_nowhere_else(client, provider, sanne):
    assert walk(client, "/sign-in/organisation/?next=//evil.example/")["Location"] == "/desk/"


def test_a_provider_away_is_said_so(client, sanne, settings, provider):
    settings.STAFF_SSO = settings.STAFF_SSO | {"issuer": "http://127.0.0.1:9"}
    assert "niet gelukt" in words(client, client.get("/sign-in/organisation/"))


def test_without_a_provider_there_is_no_way_and_no_link(client):
    assert client.get("/sign-in/organisation/").status_code == 404
    assert "organisation" not in client.get("/sign-in/").content.decode()


def test_with_one_the_sign_in_page_leads_there(client, provider):
    page = client.get("/sign-in/?next=/desk/requests/").content.decode()
    assert "/sign-in/organisation/?next=/desk/requests/" in page
    assert "Inlogdienst" in page
