"""The pages of legal holds: who proposes, who decides, and what each of them sees."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from desk.tests.reading import number_at
from policy.tests.makers import load_policy
from retention import holds
from retention.constants import HoldReason
from retention.models import DestructionList, HeldDossier, HoldKind, LegalHold
from retention.services import place_hold
from retention.tests.makers import a_case, make_dossier

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
PREPARER, APPROVER, AUDITOR = "privacy officer", "senior officer", "auditor"
WORDS = "Zitting bij de rechtbank"


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


@pytest.fixture
def wanted(today):
    return {
        "dossiers": str(make_dossier(due=today).reference),
        "purposes": ["COL"],
        "reason": "court",
        "words": WORDS,
        "review_on": str(today + timedelta(days=90)),
    }


def address(name, *args):
    return reverse(f"retention:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def make_proposal(today, *dossiers) -> LegalHold:
    proposal = holds.Proposal(
        dossiers=[dossier.pk for dossier in dossiers or [make_dossier(due=today)]],
        purposes=["COL"],
        reason=HoldReason.COURT,
        words=WORDS,
        review_on=today + timedelta(days=90),
    )
    return holds.propose(proposal, actor_id=0, today=today)


def test_one_proposes_another_approves_and_two_release(client, sign_in, today, wanted):
    sign_in(PREPARER)
    client.post(address("propose_hold"), wanted)
    hold = LegalHold.objects.get()
    assert (hold.state, HeldDossier.objects.count()) == ("proposed", 1)
    page = text(client.get(address("hold", hold.reference)))
    assert WORDS in page
    assert "U heeft dit voorgesteld" in page
    assert client.post(address("approve_hold", hold.reference)).status_code == 403
    sign_in(APPROVER)
    assert client.post(address("approve_hold", hold.reference)).status_code == 302
    assert client.post(address("approve_hold", hold.reference)).status_code == 422
    client.post(address("propose_release", hold.reference))
    assert "Twee mensen" in text(client.post(address("confirm_release", hold.reference)))
    sign_in(APPROVER)
    client.post(address("confirm_release", hold.reference))
    released = DestructionList.objects.get()
    assert (released.kind, released.status) == ("released", "approved")


def test_what_was_typed_stays_where_something_is_wrong(client, sign_in, today, wanted):
    sign_in(PREPARER)
    for wrong, said in (
        ({"review_on": str(today + timedelta(days=300))}, "zes maanden"),
        ({"dossiers": str(uuid4())}, "niet van een dossier"),
        ({"dossiers": "geen-kenmerk"}, "geen-kenmerk"),
        ({"purposes": ["ACC"]}, "doelen"),
        ({"purposes": ["AML"]}, "AML"),
        ({"reason": ""}, "verplicht"),
    ):
        answer = client.post(address("propose_hold"), wanted | wrong)
        assert answer.status_code == 422, wrong
        assert said in text(answer)
        assert WORDS in text(answer)
    assert not LegalHold.objects.exists()


def test_money_laundering_is_not_offered(client, sign_in):
    sign_in(PREPARER)
    page = text(client.get(address("propose_hold") + "?dossier=" + str(uuid4())))
    assert 'value="COL"' in page
    assert 'value="AML"' not in page


def test_a_second_colleague_refuses(client, sign_in, today):
    hold = make_proposal(today)
    sign_in(APPROVER)
    client.post(address("refuse_hold", hold.reference))
    hold.refresh_from_db()
    assert hold.state == "refused"
    assert "Geweigerd" in text(client.get(address("holds") + "?show=ended"))


def test_a_hold_is_prolonged_with_a_reason_and_a_day_in_time(client, sign_in, today):
    hold = make_proposal(today)
    holds.approve(hold.pk, actor_id=-1, today=today)
    sign_in(PREPARER)
    late = {"words": "Hoger beroep", "review_on": str(today + timedelta(days=300))}
    answer = client.post(address("prolong_hold", hold.reference), late)
    assert answer.status_code == 422
    assert "Hoger beroep" in text(answer)
    good = late | {"review_on": str(today + timedelta(days=150))}
    client.post(address("prolong_hold", hold.reference), good)
    assert "Hoger beroep" in text(client.get(address("hold", hold.reference)))


def test_the_list_shows_what_waits_and_what_is_to_be_looked_at_again(client, sign_in, today):
    waiting = make_proposal(today)
    due = make_proposal(today)
    holds.approve(due.pk, actor_id=-1, today=today)
    LegalHold.objects.filter(pk=due.pk).update(review_on=today)
    place_hold(HoldKind.ACCESS, a_case(), [make_dossier(due=None).pk], today=today, actor="user:1")
    sign_in(AUDITOR)
    everything = text(client.get(address("holds")))
    assert "Nu opnieuw bekijken" in everything
    assert "Inzageverzoek" in everything
    only = text(client.get(address("holds") + "?show=waiting"))
    assert str(waiting.reference) in only
    assert str(due.reference) not in only
    review = text(client.get(address("holds") + "?show=review"))
    assert str(due.reference) in review
    assert str(waiting.reference) not in review
    assert client.get(address("holds") + "?show=other").status_code == 404


def test_the_auditor_sees_no_words_and_changes_nothing(client, sign_in, today, wanted):
    hold = make_proposal(today)
    sign_in(AUDITOR)
    page = text(client.get(address("hold", hold.reference)))
    assert WORDS not in page
    assert "rechter" in page
    assert "<button" not in page.split("<h1>")[1]
    assert client.post(address("propose_hold"), wanted).status_code == 403
    for name in (
        *("approve_hold", "refuse_hold", "prolong_hold"),
        *("propose_release", "refuse_release", "confirm_release"),
    ):
        assert client.post(address(name, hold.reference)).status_code == 403


def test_the_hold_of_a_request_is_not_decided_here(client, sign_in, today):
    hold = place_hold(
        HoldKind.ACCESS, a_case(), [make_dossier(due=None).pk], today=today, actor="user:1"
    )
    sign_in(APPROVER)
    page = text(client.get(address("hold", hold.reference)))
    assert "<button" not in page.split("<h1>")[1]
    assert client.post(address("propose_release", hold.reference)).status_code == 404
    assert client.post(address("prolong_hold", hold.reference), {}).status_code == 404


def test_steps_take_posts_only(client, sign_in, today):
    hold = make_proposal(today)
    sign_in(APPROVER)
    for name in ("approve_hold", "refuse_hold", "prolong_hold", "confirm_release"):
        assert client.get(address(name, hold.reference)).status_code == 405


def test_a_proposal_that_lapsed_is_counted_on_the_overview_for_fourteen_days(
    client, sign_in, today
):
    before = make_proposal(today - timedelta(days=14), make_dossier(due=None))
    sign_in(AUDITOR)
    home = reverse("desk:home")
    waiting, ended = (f"{address('holds')}?show={show}" for show in ("waiting", "ended"))
    assert number_at(text(client.get(home)), waiting) == "1"
    holds.lapse(today)
    page = text(client.get(home))
    assert (number_at(page, ended), number_at(page, waiting)) == ("1", "0")
    LegalHold.objects.filter(pk=before.pk).update(ended_on=today - timedelta(days=14))
    assert number_at(text(client.get(home)), ended) is None


def test_who_prolongs_a_hold_after_a_colleague_did_is_told_and_loses_nothing(
    client, sign_in, today
):
    hold = make_proposal(today)
    holds.approve(hold.pk, actor_id=-1, today=today)
    sign_in(PREPARER)
    page = address("prolong_hold", hold.reference)
    seen = client.get(address("hold", hold.reference)).context["form"]["reviews_seen"].value()
    first = {"words": "Eerste", "review_on": str(today + timedelta(days=150)), "reviews_seen": seen}
    assert client.post(page, first).status_code == 302
    second = first | {"words": "Tweede", "review_on": str(today + timedelta(days=20))}
    answer = client.post(page, second)
    assert answer.status_code == 422
    assert "Een collega heeft het vasthouden verlengd" in text(answer)
    assert "Tweede" in text(answer)
    hold.refresh_from_db()
    assert hold.review_on == today + timedelta(days=150)
    now = answer.context["form"]["reviews_seen"].value()
    assert client.post(page, second | {"reviews_seen": now}).status_code == 302
