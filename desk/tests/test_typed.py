"""What was typed when the session had ended comes back after signing in, and to nobody else."""

import re
from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.utils import timezone

from alektum_privacy import kept_posts
from requests.incidents.constants import Kind
from requests.tests.answers import make_case, make_ready

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
WORDS = "Ik heb met mevrouw gebeld & afgesproken:\ndit gaat over haar broer."


def colleague(name="anna", role="privacy officer"):
    user = User.objects.create_user(name)
    user.groups.add(Group.objects.get(name=role))
    return user


def send_without_session(client, user):
    """Open a request's page, lose the session, and send a form of it."""
    request = make_ready(make_case())
    client.force_login(user, backend=BACKEND)
    path = f"/desk/requests/{request.reference}/"
    client.get(path)
    del client.cookies["sessionid"]
    form = {"text": WORDS, "version": request.version, "do": ["a", "b"], "csrfmiddlewaretoken": "x"}
    return request, client.post(f"{path}write/", form)


def fields_of(page):
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    # Those of other forms of the page: the choice of a language, and what the framework adds.
    return [pair for pair in found if pair[0] not in ("next", "csrfmiddlewaretoken")]


def test_who_signs_in_again_finds_what_they_typed_and_sends_it(client):
    user = colleague()
    request, answer = send_without_session(client, user)
    assert answer.headers["Location"].endswith("?next=/desk/typed/")
    client.force_login(user, backend=BACKEND)
    page = client.get("/desk/typed/").content.decode()
    assert "Ik heb met mevrouw gebeld &amp; afgesproken:" in page
    fields = fields_of(page)
    assert [value for name, value in fields if name == "do"] == ["a", "b"]
    assert "x" not in [value for _name, value in fields]
    path = f"/desk/requests/{request.reference}/write/"
    assert f'action="{path}"' in page
    assert request.messages.count() == 0
    sent = client.post(path, {"text": WORDS, "version": request.version})
    assert sent.status_code == 302
    assert request.messages.count() == 1
    assert "Er wordt hier niets" in client.get("/desk/typed/").content.decode()


def test_another_colleague_on_the_same_computer_sees_nothing_of_it(client):
    send_without_session(client, colleague())
    client.force_login(colleague("bert"), backend=BACKEND)
    page = client.get("/desk/typed/").content.decode()
    assert "mevrouw" not in page


def test_the_cache_alone_shows_nothing_and_it_ends_after_half_an_hour(client):
    user = colleague()
    send_without_session(client, user)
    name, _dot, _key = client.cookies[kept_posts.KEPT].value.partition(".")
    kept = cache.get(f"typed:{name}")
    assert b"mevrouw" not in kept
    assert client.cookies[kept_posts.KEPT]["httponly"]
    client.force_login(user, backend=BACKEND)
    client.cookies[kept_posts.KEPT] = f"{name}.{'A' * 43}="
    assert "mevrouw" not in client.get("/desk/typed/").content.decode()


def test_it_can_be_thrown_away(client):
    user = colleague()
    send_without_session(client, user)
    client.force_login(user, backend=BACKEND)
    assert client.post("/desk/typed/").status_code == 302
    assert "mevrouw" not in client.get("/desk/typed/").content.decode()


def test_of_a_stranger_nothing_is_kept(client):
    request = make_ready(make_case())
    answer = client.post(f"/desk/requests/{request.reference}/write/", {"text": WORDS})
    assert answer.headers["Location"].endswith(f"?next=/desk/requests/{request.reference}/write/")
    assert kept_posts.KEPT not in client.cookies


def test_a_browser_that_was_last_used_long_ago_is_a_stranger(client):
    user = colleague()
    client.force_login(user, backend=BACKEND)
    client.get("/desk/")
    del client.cookies["sessionid"]
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        client.post("/desk/requests/", {"text": WORDS})
    assert kept_posts.KEPT not in client.cookies


def lose_session_and_send(client, path, fields):
    """Lose the session, send a form, sign in again; return the page of what was typed."""
    user = colleague()
    client.force_login(user, backend=BACKEND)
    client.get("/desk/")
    del client.cookies["sessionid"]
    client.post(path, fields)
    client.force_login(user, backend=BACKEND)
    return client.get("/desk/typed/", headers={"accept-language": "en"}).content.decode()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("password", {"old_password": WORDS, "new_password1": WORDS, "new_password2": WORDS}),
        ("confirm", {"password": WORDS}),
        ("confirm", {"code": "123 456"}),
        ("passkey", {"access_code": "123 456", "api-token": "abc", "credential": "{}"}),
    ],
)
def test_no_password_code_or_token_is_kept(client, path, fields):
    page = lose_session_and_send(client, f"/desk/account/{path}/", fields)
    assert kept_posts.KEPT not in client.cookies
    assert fields_of(page) == []


def test_what_is_typed_beside_a_secret_is_kept_without_it(client):
    page = lose_session_and_send(
        client, "/desk/account/passkey/", {"name": "werklaptop", "credential": "GEHEIM"}
    )
    assert "werklaptop" in page
    assert "GEHEIM" not in page
    assert fields_of(page) == [("name", "werklaptop")]


def test_one_word_a_date_a_number_and_a_choice_are_shown_with_the_words_above_them(client):
    page = lose_session_and_send(
        client,
        "/desk/incidents/new/",
        {
            "kind": "wrong_person",
            "aware_at": "2026-03-04T09:30",
            "people": "17",
            "happened": "Verwisseld",
        },
    )
    soup = BeautifulSoup(page, "html.parser")
    shown = [one.get_text() for one in soup.select("#words ~ h3, #words ~ blockquote")]
    said = dict(zip(shown[::2], shown[1::2], strict=True))
    assert said["When did we know?"] == "2026-03-04T09:30"
    assert said["About how many people does it concern?"] == "17"
    assert said["What happened?"] == "Verwisseld"
    assert said["What went wrong?"] == Kind.WRONG_PERSON.label


def test_what_the_page_sends_along_by_itself_is_kept_but_not_shown(client):
    token = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    page = lose_session_and_send(
        client, "/desk/requests/", {"token": token, "version": "3", "reden": "fraude"}
    )
    assert re.findall(r"<blockquote[^>]*>([^<]*)<", page) == ["fraude"]
    assert dict(fields_of(page)) == {"token": token, "version": "3", "reden": "fraude"}


def test_what_is_too_much_is_not_kept(client):
    user = colleague()
    client.force_login(user, backend=BACKEND)
    client.get("/desk/")
    del client.cookies["sessionid"]
    client.post("/desk/requests/", {"text": "x " * kept_posts.MOST_BYTES})
    assert kept_posts.KEPT not in client.cookies


def test_nobody_gets_a_page_of_typed_words_without_signing_in(client):
    assert client.get("/desk/typed/").status_code == 302
