"""Where a colleague is signed in: seen, ended by time, by themselves, by what changes."""

import time

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client

from audit.models import Entry
from desk.accounts import sessions
from desk.tests.makers import make_colleague
from policy.tests.makers import load_policy
from retention import staff

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
PASSWORD = "correct horse"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: User, **extra) -> Client:
    client = Client(**extra)
    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/desk/account/").status_code == 200


def ended(user: User) -> list[str]:
    found = Entry.objects.filter(body__event="session.ended", body__object=f"user:{user.pk}")
    return [entry.body["why"] for entry in found.order_by("pk")]


def test_a_session_ends_after_half_an_hour_without_work_and_says_so():
    user = make_colleague("intake")
    client, now = signed_in(user), time.time()
    with time_machine.travel(now + 29 * 60):
        assert is_in(client)
    with time_machine.travel(now + 58 * 60):
        assert is_in(client)
    with time_machine.travel(now + 89 * 60):
        page = client.get("/desk/requests/", follow=True)
        assert page.redirect_chain[0][0] == "/sign-in/?next=/desk/requests/"
        assert "30 minuten" in page.content.decode()
    assert ended(user) == ["idle"]
    assert not UserSession.objects.filter(user=user).exists()


def test_a_page_that_asks_by_itself_how_far_a_task_is_keeps_no_session_alive():
    user = make_colleague("intake")
    client, now = signed_in(user), time.time()
    for minutes in (10, 20, 29):
        with time_machine.travel(now + minutes * 60):
            assert client.get("/desk/", headers={"X-By-Itself": "1"}).status_code == 200
    with time_machine.travel(now + 31 * 60):
        assert not is_in(client)
    assert ended(user) == ["idle"]


def test_a_session_ends_after_twelve_hours_however_much_is_done():
    user = make_colleague("intake")
    client, now = signed_in(user), time.time()
    for minutes in range(20, 12 * 60, 20):
        with time_machine.travel(now + minutes * 60):
            assert is_in(client)
    with time_machine.travel(now + 12 * 3600 + 60):
        assert "12 uur" in client.get("/desk/", follow=True).content.decode()
    assert ended(user) == ["age"]


def test_what_was_typed_in_a_session_that_is_over_changes_nothing():
    user = make_colleague("senior officer")
    client = signed_in(user)
    with time_machine.travel(time.time() + 31 * 60):
        assert client.post("/desk/retention/stop/")["Location"].startswith("/sign-in/")
    assert not Entry.objects.filter(body__event__startswith="destruction").exists()


def test_the_account_shows_in_words_where_somebody_is_signed_in():
    user = make_colleague("intake")
    signed_in(user, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.9")
    page = signed_in(user).get("/desk/account/").content.decode()
    assert "Firefox op Windows" in page
    assert "192.0.2.9" in page


def test_somebody_ends_one_session_of_theirs_and_no_other():
    user = make_colleague("intake")
    here, there, third = signed_in(user), signed_in(user), signed_in(user)
    row = UserSession.objects.get(session_key=there.session.session_key)
    here.post(f"/desk/account/sessions/{row.pk}/end/")
    assert [is_in(here), is_in(there), is_in(third)] == [True, False, True]
    assert ended(user) == ["self"]


def test_nobody_ends_a_session_of_a_colleague():
    user, colleague = make_colleague("intake"), make_colleague("intake")
    theirs = signed_in(colleague)
    row = UserSession.objects.get(user=colleague)
    assert signed_in(user).post(f"/desk/account/sessions/{row.pk}/end/").status_code == 404
    assert is_in(theirs)


def test_everywhere_else_is_everywhere_but_here():
    user, colleague = make_colleague("intake"), make_colleague("intake")
    here, there, theirs = signed_in(user), signed_in(user), signed_in(colleague)
    here.post("/desk/account/sessions/end-others/")
    assert [is_in(here), is_in(there), is_in(theirs)] == [True, False, True]


def test_a_new_password_ends_every_other_session():
    user = make_colleague("intake")
    here, there = signed_in(user), signed_in(user)
    new = "een zin met zes woorden erin"
    changed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/desk/account/password/", changed)["Location"] == "/desk/account/"
    assert [is_in(here), is_in(there)] == [True, False]
    assert ended(user) == ["password"]
    assert UserSession.objects.get(user=user).session_key == here.session.session_key


@pytest.mark.parametrize("weak", ["short pass", "qwertyqwerty", "123456789012345"])
def test_a_weak_password_is_refused(weak):
    user = make_colleague("intake")
    fields = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    assert signed_in(user).post("/desk/account/password/", fields).status_code == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("change", ["roles", "closed", "password"])
def test_what_an_administrator_changes_of_an_account_ends_its_sessions(change):
    boss, user = User.objects.create_superuser("boss"), make_colleague("intake")
    theirs, administrator = signed_in(user), Client()
    administrator.force_login(boss, backend=BACKEND)
    fields = {"username": user.username, "is_active": "on"}
    address = f"/admin/auth/user/{user.pk}/change/"
    if change == "roles":
        fields["groups"] = str(Group.objects.get(name="auditor").pk)
    elif change == "closed":
        fields = {"username": user.username, "groups": str(user.groups.get().pk)}
    else:
        address = f"/admin/auth/user/{user.pk}/password/"
        new = "een zin met zes woorden erin"
        fields = {"password1": new, "password2": new, "usable_password": "true"}
    assert administrator.post(address, fields).status_code == 302
    assert not is_in(theirs)
    assert not UserSession.objects.filter(user=user).exists()


def test_another_name_does_not_end_a_session():
    boss, user = User.objects.create_superuser("boss"), make_colleague("intake")
    theirs, administrator = signed_in(user), Client()
    administrator.force_login(boss, backend=BACKEND)
    fields = {
        "username": user.username,
        "is_active": "on",
        "last_name": "Bakker",
        "groups": str(user.groups.get().pk),
    }
    administrator.post(f"/admin/auth/user/{user.pk}/change/", fields)
    assert is_in(theirs)


def test_signing_out_takes_the_session_from_the_list_and_needs_a_token():
    user = make_colleague("intake")
    client = signed_in(user)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post("/sign-out/").status_code == 403
    assert is_in(client)
    client.post("/sign-out/")
    assert not UserSession.objects.filter(user=user).exists()


def test_no_proxy_keeps_a_page_of_the_desk_and_no_browser_after_its_colleague_left():
    client, now = signed_in(make_colleague("intake")), time.time()
    page = client.get("/desk/requests/")
    assert page.headers["Cache-Control"] == "private, no-cache"
    assert "Clear-Site-Data" not in page.headers
    assert client.post("/sign-out/").headers["Clear-Site-Data"] == '"cache"'
    client = signed_in(make_colleague("intake"))
    with time_machine.travel(now + 2 * 3600):
        assert client.get("/desk/requests/").headers["Clear-Site-Data"] == '"cache"'
    # Who was never signed in loses nothing.
    assert "Clear-Site-Data" not in Client().get("/desk/requests/").headers


def test_the_nightly_task_takes_from_the_list_what_has_no_session_any_more():
    load_policy()
    user = make_colleague("intake")
    kept, gone = signed_in(user), signed_in(user)
    Session.objects.filter(pk=gone.session.session_key).delete()
    staff.clear_sessions()
    assert [row.session_key for row in UserSession.objects.all()] == [kept.session.session_key]


def test_work_within_a_minute_writes_nothing_and_a_page_asks_little(
    django_assert_max_num_queries,
):
    client = signed_in(make_colleague("intake"))
    with django_assert_max_num_queries(14):
        page = client.get("/desk/account/")
    assert len(BeautifulSoup(page.content, "html.parser").select("#sessions ~ div tbody tr")) == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox op Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
            " Edg/140.0",
            "Edge op Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15"
            " Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari op iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome op Android",
        ),
        ("curl/8", "Onbekend apparaat"),
    ],
)
def test_a_device_is_named_in_words(agent, words):
    assert sessions.device(agent) == words


def test_who_changes_their_own_account_as_administrator_stays_signed_in():
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    here, there = signed_in(boss), signed_in(boss)
    fields = {"username": "boss", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    fields["groups"] = str(Group.objects.get(name="auditor").pk)
    with time_machine.travel(time.time() + 2 * 60):
        assert here.post(f"/admin/auth/user/{boss.pk}/change/", fields).status_code == 302
        assert here.post(f"/desk/colleagues/{boss.pk}/sign-out/").status_code == 302
        assert [is_in(here), is_in(there)] == [True, False]


def test_an_open_session_is_no_way_to_guess_the_password():
    user = make_colleague("intake")
    client, new = signed_in(user), "een zin met zes woorden erin"
    answers = [
        client.post(
            "/desk/account/password/",
            {"old_password": old, "new_password1": new, "new_password2": new},
        ).status_code
        for old in ("wrong",) * 5 + (PASSWORD,)
    ]
    assert answers == [422] * 5 + [429]
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
