"""Kept views of the queue: a colleague's own, the team's, and what each may do with them."""

from itertools import count

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from audit.models import Entry
from requests.queue import saved
from requests.queue.filters import Filters
from requests.queue.models import QueueView

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

HERE, VIEWS = "/desk/requests/", "/desk/requests/views/"
THERE = f"{HERE}?state=late&right=erasure&sort=-received"
_numbers = count(1)


def enter(client, role):
    user = User.objects.create_user(f"views-{next(_numbers)}")
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def keep(client, name="Laat", **fields):
    return client.post(VIEWS, {"name": name, "next": THERE} | fields)


def kept(user, name="Laat", **fields):
    now = timezone.now()
    return saved.save_view(
        name, Filters(state="late"), user=user, now=now, **{"shared": False} | fields
    )


def text_of(response):
    return response.content.decode()


def test_a_view_is_kept_under_a_name_and_stands_as_a_tab(client):
    officer = enter(client, "privacy officer")
    response = keep(client)
    assert response.headers["Location"] == THERE
    [view] = QueueView.objects.all()
    assert (view.owner, view.name, view.shared) == (officer, "Laat", False)
    assert view.query == "state=late&right=erasure&sort=-received"
    page = text_of(client.get(THERE))
    assert '?state=late&amp;right=erasure&amp;sort=-received" aria-current="page">Laat</a>' in page


def test_a_view_of_ones_own_is_seen_by_nobody_else(client):
    kept(enter(client, "privacy officer"), "Alleen van mij")
    enter(client, "privacy officer")
    assert "Alleen van mij" not in text_of(client.get(HERE))
    assert "Alleen van mij" not in text_of(client.get(VIEWS))


def test_only_a_senior_shares_a_view(client):
    enter(client, "privacy officer")
    assert "Voor het hele team" not in text_of(client.get(HERE))
    keep(client, shared="on")
    assert not QueueView.objects.get().shared
    senior = enter(client, "senior officer")
    keep(client, "Voor ons", shared="on")
    view = QueueView.objects.get(name="Voor ons")
    assert view.shared
    [told] = Entry.objects.filter(body__event="queue.view_shared")
    assert told.body["actor"] == f"user:{senior.pk}"
    enter(client, "intake")
    assert "Voor ons" in text_of(client.get(HERE))


def test_the_same_name_again_is_refused_and_kept_in_the_field(client):
    enter(client, "privacy officer")
    keep(client)
    response = keep(client, "laat")
    assert response.status_code == 422
    assert "U hebt al een weergave met deze naam." in text_of(response)
    assert 'value="laat"' in text_of(response)
    assert QueueView.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\x00b"])
def test_a_name_that_cannot_be_is_refused(client, name):
    enter(client, "privacy officer")
    assert keep(client, name).status_code == 422
    assert not QueueView.objects.exists()


def test_their_number_has_a_limit(client):
    officer = enter(client, "privacy officer")
    for number in range(saved.MOST_OWN):
        kept(officer, f"Weergave {number}")
    response = keep(client, "Een te veel")
    assert response.status_code == 422
    assert "geen plaats voor nog een weergave" in text_of(response)


def test_what_the_address_may_not_say_is_not_kept(client):
    enter(client, "privacy officer")
    keep(client, next=f"{HERE}?state=lost&right=erasure&evil=1")
    assert QueueView.objects.get().query == "state=open&right=erasure&sort=due"


def test_a_view_is_renamed_and_thrown_away(client):
    view = kept(enter(client, "privacy officer"))
    address = f"{VIEWS}{view.reference}/"
    client.post(f"{address}rename/", {f"v{view.pk}-name": "Spoed"})
    assert QueueView.objects.get().name == "Spoed"
    assert client.post(f"{address}rename/", {f"v{view.pk}-name": ""}).status_code == 422
    client.post(f"{address}delete/")
    assert not QueueView.objects.exists()
    # A second click finds what was wanted.
    assert client.post(f"{address}delete/").status_code == 302


def test_nobody_changes_what_is_anothers(client):
    mine = kept(enter(client, "privacy officer"))
    ours = kept(enter(client, "senior officer"), "Voor ons", shared=True)
    enter(client, "privacy officer")
    for view in (mine, ours):
        address = f"{VIEWS}{view.reference}/"
        assert client.post(f"{address}rename/", {f"v{view.pk}-name": "X"}).status_code == 404
        client.post(f"{address}delete/")
    assert sorted(QueueView.objects.values_list("name", flat=True)) == ["Laat", "Voor ons"]


def test_another_senior_tidies_what_the_team_has(client):
    ours = kept(enter(client, "senior officer"), "Voor ons", shared=True)
    enter(client, "senior officer")
    client.post(f"{VIEWS}{ours.reference}/delete/")
    assert not QueueView.objects.exists()


def test_a_stranger_and_a_role_without_requests_keep_none(client):
    assert keep(client).status_code == 302
    enter(client, "marketing")
    assert keep(client).status_code == 403
    assert client.get(VIEWS).status_code == 403
    assert not QueueView.objects.exists()
