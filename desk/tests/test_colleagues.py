"""An administrator helps who lost their second factor; nobody gets into an account that way."""

import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from django.test import Client

from audit.models import Entry
from desk.accounts import colleague_views
from desk.tests.makers import make_colleague
from desk.tests.test_sessions import is_in, signed_in
from requests.mail import mailing
from requests.models import OutgoingMail

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
ANSWER = {"reason": "lost", "seen": "on"}
NEW = "een zin met zes woorden erin"


@pytest.fixture
def administrator() -> Client:
    user = make_colleague("administrator")
    user.is_staff = True
    user.save()
    return signed_in(user)


@pytest.fixture
def colleague() -> User:
    user = make_colleague("intake")
    user.email = "sanne@example.nl"
    user.save()
    totp.TOTP.activate(user, totp.generate_totp_secret())
    return user


def reset(client: Client, colleague: User, **fields):
    return client.post(f"/desk/colleagues/{colleague.pk}/reset/", ANSWER | fields)


def set_password(client: Client, colleague: User):
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    return client.post(f"/admin/auth/user/{colleague.pk}/password/", fields)


def test_the_list_says_who_has_a_second_factor(administrator, colleague):
    make_colleague("auditor")
    page = administrator.get("/desk/colleagues/").content.decode()
    assert colleague.username in page
    assert page.count(">ja<") == 1


def test_pages_of_colleagues_follow_each_other_and_name_nobody_in_their_address(
    administrator, monkeypatch
):
    monkeypatch.setattr(colleague_views, "SHOWN", 2)
    names = {make_colleague("auditor").username for _ in range(4)}
    seen, address = [], "/desk/colleagues/"
    while address:
        answer = administrator.get(address)
        seen += [one["user"].username for one in answer.context["colleagues"]]
        following = answer.context["next"]
        address = f"/desk/colleagues/?after={following}" if following else ""
        assert not following or f'href="?after={following}"' in answer.content.decode()
        assert str(following) not in seen
    assert seen == sorted(set(seen))
    assert names <= set(seen)
    assert administrator.get("/desk/colleagues/?after=%00").status_code == 200


def test_a_reset_takes_the_factors_tells_the_colleague_and_stands_in_the_ledger(
    administrator, colleague
):
    assert reset(administrator, colleague).status_code == 302
    assert not Authenticator.objects.filter(user=colleague).exists()
    [entry] = Entry.objects.filter(body__event="factor.reset")
    assert (entry.body["object"], entry.body["reason"]) == (f"user:{colleague.pk}", "lost")
    [written] = OutgoingMail.objects.filter(kind="account")
    assert mailing.content_of(written)["to"] == "sanne@example.nl"


@pytest.mark.parametrize("missing", [{"reason": ""}, {"seen": ""}])
def test_a_reset_without_reason_or_without_having_spoken_is_refused(
    administrator, colleague, missing
):
    assert reset(administrator, colleague, **missing).status_code == 422
    assert Authenticator.objects.filter(user=colleague).exists()


def test_who_cannot_be_told_is_not_reset(administrator, colleague):
    User.objects.filter(pk=colleague.pk).update(email="")
    assert reset(administrator, colleague).status_code == 422
    assert Authenticator.objects.filter(user=colleague).exists()


def test_who_took_the_factor_away_gives_no_password_for_thirty_days(administrator, colleague):
    reset(administrator, colleague)
    set_password(administrator, colleague)
    colleague.refresh_from_db()
    assert not colleague.check_password(NEW)
    other = Client()
    other.force_login(
        User.objects.create_superuser("boss"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    set_password(other, colleague)
    colleague.refresh_from_db()
    assert colleague.check_password(NEW)


def test_who_gave_a_password_takes_no_factor_away_for_thirty_days(administrator, colleague):
    set_password(administrator, colleague)
    assert reset(administrator, colleague).status_code == 422
    assert Authenticator.objects.filter(user=colleague).exists()
    boss = User.objects.get(groups__name="administrator")
    with time_machine.travel(time.time() + 31 * 24 * 3600):
        assert reset(signed_in(boss), colleague).status_code == 302


def test_who_changed_the_address_takes_no_factor_away(administrator, colleague):
    fields = {
        "username": colleague.username,
        "is_active": "on",
        "email": "mine@example.nl",
        "groups": str(colleague.groups.get().pk),
    }
    administrator.post(f"/admin/auth/user/{colleague.pk}/change/", fields)
    colleague.refresh_from_db()
    assert colleague.email == "mine@example.nl"
    assert reset(administrator, colleague).status_code == 422


def test_nobody_resets_themself_or_somebody_who_may_do_everything(administrator):
    me = User.objects.get(groups__name="administrator")
    boss = User.objects.create_superuser("boss", "boss@example.nl")
    assert reset(administrator, me).status_code == 403
    assert reset(administrator, boss).status_code == 404


def test_an_administrator_signs_a_colleague_out_everywhere(administrator):
    colleague = make_colleague("intake")
    theirs = signed_in(colleague)
    administrator.post(f"/desk/colleagues/{colleague.pk}/sign-out/")
    assert not is_in(theirs)


def test_a_locked_name_is_in_the_ledger_once_and_without_the_name(client):
    colleague = make_colleague("intake")
    for _ in range(12):
        client.post("/sign-in/", {"username": colleague.username, "password": "wrong"})
    [entry] = Entry.objects.filter(body__event="sign-in.locked")
    assert entry.body["times"] >= 5
    assert colleague.username not in str(entry.body)


@pytest.mark.parametrize("page", ["colleagues/", "colleagues/{pk}/", "access/", "account/"])
def test_the_pages_ask_little_of_the_database(
    administrator, colleague, page, django_assert_max_num_queries
):
    for _ in range(12):
        make_colleague("auditor")
    with django_assert_max_num_queries(16):
        assert administrator.get(f"/desk/{page.format(pk=colleague.pk)}").status_code == 200
