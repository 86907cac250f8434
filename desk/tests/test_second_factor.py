"""The second factor: asked for, obligatory, used once, never another's."""

import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.core import mail as outbox
from django.test import Client

from audit.models import Entry
from desk.accounts import factors
from desk.accounts.constants import MOST_WRONG_CODES, Kind
from desk.tests import access_matrix
from desk.tests.makers import make_colleague
from requests.models import OutgoingMail

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
PASSWORD = "correct horse"


@pytest.fixture
def _obligatory(settings):
    settings.SECOND_FACTOR_OBLIGATORY = True


def code_of(user: User, *, ahead: int = 0) -> str:
    """Return what this colleague's app shows now, or in `ahead` steps of half a minute."""
    factor = Authenticator.objects.get(user=user, type=Kind.APP)
    return code_for(factors.open_secret(factor.data["secret"]), ahead=ahead)


def code_for(secret: str, *, ahead: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + ahead))


def with_app(*roles: str) -> User:
    user = make_colleague(*(roles or ("intake",)))
    totp.TOTP.activate(user, totp.generate_totp_secret())
    return user


def sign_in(client: Client, user: User, next_page: str = "", **extra):
    fields = {"username": user.username, "password": PASSWORD, "next": next_page}
    return client.post("/sign-in/", fields, **extra)


def give(client: Client, code: str):
    return client.post("/sign-in/second/", {"code": code})


def events(name: str) -> list[dict]:
    return [entry.body for entry in Entry.objects.filter(body__event=name)]


# --- signing in ----------------------------------------------------------------------------


def test_who_has_a_second_factor_gives_it_before_any_page_opens(client):
    user = with_app()
    assert sign_in(client, user, "/desk/requests/")["Location"] == "/sign-in/second/"
    assert client.get("/desk/")["Location"].startswith("/sign-in/")
    assert client.get("/sign-in/second/").status_code == 200
    assert give(client, code_of(user))["Location"] == "/desk/requests/"
    assert client.get("/desk/").status_code == 200


def test_a_wrong_code_is_refused_and_kept_out(client):
    user = with_app()
    sign_in(client, user)
    response = give(client, "000000")
    assert response.status_code == 422
    assert "Deze code klopt niet" in response.content.decode()
    assert client.get("/desk/").status_code == 302


def test_a_code_works_once_also_in_another_browser_and_with_an_empty_cache(client):
    user = with_app()
    code = code_of(user)
    sign_in(client, user)
    assert give(client, code).status_code == 302
    other = Client()
    sign_in(other, user)
    assert give(other, code).status_code == 422
    # An older code that was never used is no better than the used one.
    assert give(other, code_of(user, ahead=-1)).status_code == 422
    assert give(other, code_of(user, ahead=1)).status_code == 302


def test_a_code_of_a_colleague_opens_nothing(client):
    user, colleague = with_app(), with_app()
    sign_in(client, user)
    assert give(client, code_of(colleague)).status_code == 422


def test_a_recovery_code_works_once_and_says_how_many_are_left(client):
    user = with_app()
    [first, *_rest] = factors.make_codes(user)
    sign_in(client, user)
    assert give(client, f"{first[:5]} {first[5:]}").status_code == 302
    assert "9" in client.get("/desk/").content.decode()
    assert events("recovery-code.used")[0]["left"] == 9
    other = Client()
    sign_in(other, user)
    assert give(other, first).status_code == 422


def test_wrong_codes_of_an_account_are_counted_from_wherever_they_come(client):
    user = with_app()
    for at in range(MOST_WRONG_CODES):
        guesser = Client(REMOTE_ADDR=f"192.0.2.{at}")
        sign_in(guesser, user)
        give(guesser, "000000")
    sign_in(client, user)
    assert give(client, code_of(user)).status_code == 429
    assert len(events("second-step.locked")) == 1
    with time_machine.travel(time.time() + 16 * 60):
        sign_in(client, user)
        assert give(client, code_of(user)).status_code == 302


def test_the_right_code_forgets_the_wrong_ones(client):
    user = with_app()
    for step in range(2):
        sign_in(client, user)
        for _ in range(MOST_WRONG_CODES - 1):
            assert give(client, "000000").status_code == 422
        assert give(client, code_of(user, ahead=step)).status_code == 302
        client.post("/sign-out/")


def test_the_second_step_is_open_ten_minutes_and_only_after_the_first(client):
    user = with_app()
    assert client.get("/sign-in/second/")["Location"] == "/sign-in/"
    sign_in(client, user)
    with time_machine.travel(time.time() + 11 * 60):
        assert give(client, code_of(user))["Location"] == "/sign-in/"


@pytest.mark.parametrize("change", ["password", "closed"])
def test_a_first_step_of_before_a_change_of_the_account_is_worth_nothing(client, change):
    user = with_app()
    sign_in(client, user)
    if change == "password":
        user.set_password("another long password")
    else:
        user.is_active = False
    user.save()
    assert give(client, code_of(user))["Location"] == "/sign-in/"


def test_the_session_gets_a_new_key_at_each_step(client):
    user = with_app()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    keys = [session.session_key]
    sign_in(client, user)
    keys.append(client.session.session_key)
    give(client, code_of(user))
    keys.append(client.session.session_key)
    assert len(set(keys)) == 3


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_elsewhere_by_the_address_of_the_sign_in_page(client, address):
    user = with_app()
    sign_in(client, user, address)
    assert give(client, code_of(user))["Location"] == "/desk/"


def test_a_known_and_an_unknown_name_get_the_same_answer(client):
    user = with_app()
    answers = [
        BeautifulSoup(
            client.post("/sign-in/", {"username": name, "password": "wrong"}).content, "html.parser"
        ).main.get_text()  # type: ignore[union-attr]
        for name in (user.username, "nobody-of-that-name")
    ]
    assert answers[0] == answers[1]


# --- obligatory ----------------------------------------------------------------------------


@pytest.mark.usefixtures("_obligatory")
def test_who_has_no_second_factor_reaches_nothing_but_the_way_to_one(client):
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    sign_in(client, boss)
    free, wrong = {"admin/logout/", "admin/login/"}, []
    for address, (method, _row) in access_matrix.read().items():
        if address in free or address.startswith("desk/account/"):
            continue
        answer = getattr(client, method.lower())(access_matrix.path_of(address))
        if answer.status_code != 302 or answer["Location"] != "/desk/account/set-up/":
            wrong.append(f"{address}: {answer.status_code}")
    assert wrong == []


@pytest.mark.usefixtures("_obligatory")
@pytest.mark.parametrize(
    "address",
    ["/desk/account/", "/desk/account/password/", "/desk/account/sessions/end-others/", "/"],
)
def test_of_the_account_too_only_the_way_to_a_factor_is_open(client, address):
    sign_in(client, make_colleague("intake"))
    assert client.get(address)["Location"] == "/desk/account/set-up/"


@pytest.mark.usefixtures("_obligatory")
def test_setting_up_an_app_opens_the_desk_and_gives_recovery_codes(client):
    user = make_colleague("intake")
    user.email = "sanne@example.nl"
    user.save()
    sign_in(client, user)
    page = client.get("/desk/account/app/").content.decode()
    assert "data:image/svg+xml;base64," in page
    secret = factors.open_secret(client.session["staff_new_secret"])
    assert client.post("/desk/account/app/", {"code": "000000"}).status_code == 422
    shown = client.post("/desk/account/app/", {"code": code_for(secret)})
    assert shown.status_code == 200
    assert len(BeautifulSoup(shown.content, "html.parser").select(".recovery-codes li")) == 10
    assert client.get("/desk/").status_code == 200
    assert events("factor.added") == [
        events("factor.added")[0] | {"kind": "totp", "object": f"user:{user.pk}"}
    ]
    assert OutgoingMail.objects.filter(kind="account").count() == 1
    assert len(outbox.outbox) == 0 or "sanne" not in outbox.outbox[0].body


@pytest.mark.usefixtures("_obligatory")
def test_the_code_that_set_an_app_up_does_not_sign_in(client):
    user = make_colleague("intake")
    sign_in(client, user)
    client.get("/desk/account/app/")
    code = code_for(factors.open_secret(client.session["staff_new_secret"]))
    client.post("/desk/account/app/", {"code": code})
    other = Client()
    sign_in(other, user)
    assert give(other, code).status_code == 422


@pytest.mark.usefixtures("_obligatory")
def test_a_session_that_gave_no_factor_ends_where_the_account_has_one(client):
    user = make_colleague("intake")
    sign_in(client, user)
    totp.TOTP.activate(user, totp.generate_totp_secret())
    assert client.get("/desk/account/app/")["Location"].startswith("/sign-in/")
    assert client.get("/desk/")["Location"] == "/sign-in/?next=/desk/"


@pytest.mark.usefixtures("_obligatory")
def test_the_last_factor_stays_and_another_may_go(client):
    user = with_app()
    sign_in(client, user)
    give(client, code_of(user))
    factor = Authenticator.objects.get(user=user)
    client.post(f"/desk/account/factors/{factor.pk}/remove/")
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    Authenticator.objects.create(user=user, type=Kind.PASSKEY, data={"name": "laptop"})
    client.post(f"/desk/account/factors/{factor.pk}/remove/")
    assert not Authenticator.objects.filter(pk=factor.pk).exists()
    assert events("factor.removed")[0]["kind"] == "totp"


def test_nobody_removes_a_factor_of_a_colleague(client):
    user, colleague = with_app(), with_app()
    sign_in(client, user)
    give(client, code_of(user))
    factor = Authenticator.objects.get(user=colleague)
    assert client.post(f"/desk/account/factors/{factor.pk}/remove/").status_code == 404
    assert Authenticator.objects.filter(pk=factor.pk).exists()


@pytest.mark.usefixtures("_obligatory")
def test_the_administration_has_no_way_past_the_second_factor(client):
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
    answer = client.post("/admin/login/", {"username": "boss", "password": PASSWORD})
    assert answer["Location"].startswith("/sign-in/")
    sign_in(client, boss)
    assert client.get("/admin/")["Location"] == "/desk/account/set-up/"


# --- what is stored, and what needs a proof of now ------------------------------------------


def test_the_secret_of_an_app_does_not_stand_in_the_database():
    user = make_colleague("intake")
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    data = Authenticator.objects.get(user=user).data["secret"]
    assert secret not in data
    assert factors.open_secret(data) == secret


@pytest.mark.parametrize(
    "address", ["/desk/account/app/", "/desk/account/passkey/", "/desk/account/codes/"]
)
def test_changing_factors_asks_who_it_is_after_ten_minutes(client, address):
    user = with_app()
    sign_in(client, user)
    give(client, code_of(user))
    with time_machine.travel(time.time() + 11 * 60):
        method = client.post if address.endswith("codes/") else client.get
        asked = method(address)
        assert asked["Location"].startswith("/desk/account/confirm/")
        assert client.post(asked["Location"], {"password": "wrong"}).status_code == 422
        assert client.post(asked["Location"], {"password": PASSWORD}).status_code == 302
        assert method(address).status_code == 200


def test_who_confirms_by_a_used_code_is_not_believed(client):
    user = with_app()
    sign_in(client, user)
    give(client, code_of(user))
    assert client.post("/desk/account/confirm/", {"code": code_of(user)}).status_code == 422
    assert client.post("/desk/account/confirm/", {"code": code_of(user, ahead=1)})["Location"]


def test_guessing_the_password_of_an_open_session_ends_soon(client):
    sign_in(client, make_colleague("intake"))
    answers = [
        client.post("/desk/account/confirm/", {"password": f"guess {n}"}).status_code
        for n in range(MOST_WRONG_CODES + 1)
    ]
    assert answers == [422] * MOST_WRONG_CODES + [429]


def test_without_obligation_the_last_factor_goes_with_its_codes(client):
    user = with_app()
    factors.make_codes(user)
    sign_in(client, user)
    give(client, code_of(user))
    factor = Authenticator.objects.get(user=user, type=Kind.APP)
    client.post(f"/desk/account/factors/{factor.pk}/remove/")
    assert not Authenticator.objects.filter(user=user).exists()
