"""The officer's pages of retention: who may do what, and what they say."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.urls import reverse

from audit.models import Entry
from policy.models import Purpose
from policy.services import load
from retention.models import DestructionList, RuleReview, StopSwitch
from retention.running import destroy_list
from retention.tests.makers import make_dossier, make_list, make_list_of, make_rule
from subjects.models import Unit

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
PREPARER, APPROVER, AUDITOR = "privacy officer", "senior officer", "auditor"


def waiting_list(today, **fields) -> DestructionList:
    day = today + timedelta(days=14)
    fields = {"status": "planned", "runs_from": day, "first_day": day} | fields
    return make_list(make_dossier(due=day), planned_on=today, **fields)


def address(name, *args):
    return reverse(f"retention:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def test_the_schedule_shows_the_statements_own_sentences_and_the_forecast(client, sign_in, today):
    load(today=today)
    make_dossier(due=today)
    sign_in(AUDITOR)
    page = text(client.get(address("home")))
    assert "tot 60 maanden na afsluiting van de zaak" in page
    assert "<svg" in page
    assert "Alle vernietiging stilzetten" not in page


def test_a_list_says_in_words_what_stands_on_it_why_and_what_it_waits_for(client, sign_in, today):
    load(today=today)
    listed = waiting_list(today)
    preparer = sign_in(PREPARER)
    page = text(client.get(address("list", listed.reference)))
    for shown in (
        "1 dossier, met alles erin, volgens regel COL-60.",
        "tot 60 maanden na afsluiting van de zaak",
        "Twee mensen moeten het eens zijn",
    ):
        assert shown in page
    client.post(address("prepare", listed.reference))
    page = text(client.get(address("list", listed.reference)))
    assert f"{preparer.username} droeg de lijst voor" in page


def test_a_list_of_people_or_pieces_of_data_names_their_dossier(client, sign_in, today):
    dossier = make_dossier(due=today)
    person = dossier.involvements.get()
    sign_in(AUDITOR)
    for unit, pk in (
        (Unit.INVOLVEMENT, person.pk),
        (Unit.RECORD, person.records.earliest("pk").pk),
    ):
        listed = make_list_of(unit, pk, runs_from=today, first_day=today, planned_on=today)
        page = text(client.get(address("list", listed.reference)))
        assert reverse("people:dossier", args=[dossier.reference]) in page


def test_the_schedule_and_a_list_take_at_most_twenty_queries(
    client, sign_in, today, django_assert_max_num_queries
):
    load(today=today)
    listed = make_list(*(make_dossier(due=today) for _ in range(5)), planned_on=today)
    sign_in(APPROVER)
    for page in (address("home"), address("list", listed.reference), address("lists")):
        cache.clear()
        with django_assert_max_num_queries(20):
            assert client.get(page).status_code == 200


def test_the_schedule_says_each_sentence_in_both_languages(client, sign_in, today):
    load(today=today)
    sign_in(AUDITOR)
    page = text(client.get(address("home")))
    assert "until 60 months after the case is closed" in page
    assert '<p lang="en">' in page


def test_a_list_is_put_forward_by_one_and_approved_by_another(client, sign_in, today):
    listed = waiting_list(today)
    sign_in(PREPARER)
    client.post(address("prepare", listed.reference))
    listed.refresh_from_db()
    assert listed.prepared_by
    assert client.post(address("approve", listed.reference)).status_code == 403
    sign_in(APPROVER)
    assert client.post(address("approve", listed.reference)).status_code == 302
    listed.refresh_from_db()
    assert listed.status == "approved"


def test_who_put_a_list_forward_may_not_approve_it_and_is_told_so(client, sign_in, today):
    colleague = sign_in(APPROVER)
    listed = waiting_list(today, prepared_by=colleague.pk)
    answer = client.post(address("approve", listed.reference))
    assert answer.status_code == 422
    assert "twee mensen" in text(answer)
    assert DestructionList.objects.get(pk=listed.pk).status == "planned"


def test_a_list_is_aborted_with_a_reason_and_not_without(client, sign_in, today):
    listed = waiting_list(today)
    sign_in(PREPARER)
    assert client.post(address("abort", listed.reference)).status_code == 422
    assert client.post(address("abort", listed.reference), {"reason": "x"}).status_code == 422
    client.post(address("abort", listed.reference), {"reason": "wrong_anchor"})
    listed.refresh_from_db()
    assert (listed.status, listed.abort_reason) == ("aborted", "wrong_anchor")
    assert client.post(address("prepare", listed.reference)).status_code == 422


def test_an_item_comes_off_the_list(client, sign_in, today):
    listed = waiting_list(today)
    sign_in(PREPARER)
    assert "van de lijst" in text(client.get(address("list", listed.reference)))
    client.post(address("take_off", listed.reference), {"position": "1"})
    assert listed.items.filter(taken_off_at__isnull=False).count() == 1
    bad = client.post(address("take_off", listed.reference), {"position": "all"})
    assert bad.status_code == 404


def test_the_stop_switch(client, sign_in):
    sign_in(PREPARER)
    assert client.post(address("stop")).status_code == 403
    approver = sign_in(APPROVER)
    refused = client.post(address("stop"))
    assert refused.status_code == 422
    assert not StopSwitch.objects.exists()
    client.post(address("stop"), {"reason": "wrong_rule"})
    page = text(client.get(address("home")))
    for shown in ("staat stil sinds", approver.username, "Misschien klopt een regel"):
        assert shown in page
    [stopped] = Entry.objects.filter(body__event="destruction.stopped")
    assert stopped.body["reason"] == "wrong_rule"
    client.post(address("resume"))
    assert not StopSwitch.objects.exists()


def test_a_rule_goes_in_review_and_out(client, sign_in):
    make_rule()
    sign_in(APPROVER)
    client.post(address("review", "COL-60"))
    assert RuleReview.objects.filter(rule="COL-60").exists()
    client.post(address("review", "COL-60"), {"end": "1"})
    assert RuleReview.objects.exists()
    RuleReview.objects.update(set_by=0)
    client.post(address("review", "COL-60"), {"end": "1"})
    assert not RuleReview.objects.exists()
    assert client.post(address("review", "NONE")).status_code == 404


def test_missing_dates_are_named_in_words(client, sign_in):
    dossier = make_dossier(due=None, missing_anchor="transaction_on")
    Purpose.objects.update(name_nl="Incasso op proef")
    sign_in(AUDITOR)
    page = text(client.get(address("missing")))
    assert str(dossier.reference) in page
    assert "transactie" in page
    assert ">Incasso op proef<" in page


def test_a_certificate_says_when_it_must_wait_and_when_there_is_none(client, sign_in):
    sign_in(AUDITOR)
    unknown = uuid4()
    found = client.post(address("certificates"), {"reference": str(unknown)})
    assert found.headers["Location"] == address("certificate", unknown)
    assert client.get(found.headers["Location"]).status_code == 404
    assert client.get(address("download", unknown, "json")).status_code == 404
    assert client.get(address("download", unknown, "exe")).status_code == 404
    assert client.post(address("certificates"), {"reference": "x"}).status_code == 422


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_a_certificate_that_is_not_sealed_yet_says_so(client, sign_in, today):
    dossier = make_dossier(due=today)
    destroy_list(make_list(dossier, runs_from=today, first_day=today).pk, today=today)
    sign_in(AUDITOR)
    page = text(client.get(address("certificate", dossier.reference)))
    assert "binnen enkele minuten" in page


@pytest.mark.parametrize("role", ["intake", "marketing", "administrator"])
def test_other_roles_see_nothing_of_it(client, sign_in, role):
    sign_in(role)
    for name in ("home", "lists", "holds", "missing", "certificates"):
        assert client.get(address(name)).status_code == 403


def test_the_auditor_reads_and_changes_nothing(client, sign_in, today):
    listed = waiting_list(today)
    sign_in(AUDITOR)
    for name in ("home", "lists", "holds", "missing", "certificates"):
        assert client.get(address(name)).status_code == 200
    assert client.get(address("list", listed.reference)).status_code == 200
    for name in ("prepare", "approve", "abort", "take_off"):
        assert client.post(address(name, listed.reference)).status_code == 403
    for name in ("stop", "resume", "propose_hold"):
        assert client.post(address(name)).status_code == 403
    assert client.get(address("prepare", listed.reference)).status_code == 403


def test_actions_take_posts_only(client, sign_in, today):
    listed = waiting_list(today)
    sign_in(APPROVER)
    for name in ("prepare", "approve", "abort", "take_off"):
        assert client.get(address(name, listed.reference)).status_code == 405


def test_lists_are_paged_by_key_and_refuse_what_is_no_key(client, sign_in, today, monkeypatch):
    monkeypatch.setattr("retention.list_views.PAGE", 2)
    made = [waiting_list(today) for _ in range(3)]
    sign_in(AUDITOR)
    first = text(client.get(address("lists")))
    assert f"after={made[1].pk}" in first
    assert str(made[0].reference) not in first
    rest = text(client.get(address("lists"), {"after": made[1].pk}))
    assert str(made[0].reference) in rest
    assert client.get(address("lists"), {"after": "²"}).status_code == 404


def test_lists_of_today_and_of_the_days_after_have_pages_of_their_own(client, sign_in, today):
    now = make_list(make_dossier(due=today), runs_from=today, first_day=today, planned_on=today)
    soon = waiting_list(today)
    later = waiting_list(today, runs_from=today + timedelta(days=15))
    sign_in(AUDITOR)
    pages = {name: text(client.get(address("lists"), {"show": name})) for name in ("today", "soon")}
    assert str(now.reference) in pages["today"]
    assert str(soon.reference) not in pages["today"]
    assert str(soon.reference) in pages["soon"]
    assert str(later.reference) not in pages["soon"]
    assert client.get(address("lists"), {"show": "x"}).status_code == 404
    assert "1 lijst, nieuwste eerst (1 stuk)" in pages["today"]


def test_the_overview_counts_what_goes_and_what_waits_and_links_to_it(client, sign_in, today):
    make_list(make_dossier(), make_dossier(), runs_from=today, first_day=today, planned_on=today)
    waiting_list(today)
    make_dossier(due=None, missing_anchor="closed_on")
    sign_in(AUDITOR)
    page = text(client.get(reverse("desk:home")))
    for link, number in (
        (f"{address('lists')}?show=today", 2),
        (f"{address('lists')}?show=soon", 1),
        (address("missing"), 1),
        (f"{address('holds')}?show=review", 0),
    ):
        # The number stands in the link itself, whatever is drawn around it.
        assert re.search(rf'href="{re.escape(link)}">\s*(<span[^>]*>)?{number}<', page), link
    assert "Alle vernietiging is stilgezet." not in page
    StopSwitch.objects.create(stopped_by=1)
    assert "Alle vernietiging is stilgezet." in text(client.get(reverse("desk:home")))


def test_the_overview_says_nothing_of_retention_to_who_may_not_see_it(client, sign_in):
    sign_in("intake")
    assert address("lists") not in text(client.get(reverse("desk:home")))


@pytest.mark.parametrize(
    ("name", "query", "current"),
    [
        *(("home", "", "Schema"), ("lists", "", "Lijsten"), ("holds", "", "Bewaarbevelen")),
        *(
            ("lists", "?show=waiting", "Wacht op goedkeuring"),
            ("missing", "", "Ontbrekende datums"),
        ),
        *(("due", "", "Wat wanneer weggaat"), ("certificates", "", "Certificaten")),
    ],
)
def test_the_tabs_of_retention_mark_the_page_one_is_on(client, sign_in, name, query, current):
    sign_in(AUDITOR)
    assert marked_tabs(client.get(address(name) + query)) == [("page", current)]


def test_a_list_lies_below_its_tab(client, sign_in, today):
    sign_in(AUDITOR)
    page = client.get(address("list", waiting_list(today).reference))
    assert marked_tabs(page) == [("true", "Lijsten")]


def marked_tabs(response) -> list[tuple[str, str]]:
    page = BeautifulSoup(response.content, "html.parser")
    marked = page.select('nav[aria-label="Pagina\'s over bewaren"] [aria-current]')
    return [(str(one["aria-current"]), one.get_text()) for one in marked]


def test_each_number_of_dossiers_without_a_date_leads_to_its_rows(client, sign_in):
    for rule, anchor in (("COL-60", "closed_on"), ("COL-60", "closed_on"), ("CLI-60", "ended_on")):
        make_dossier(due=None, rule=rule, missing_anchor=anchor)
    make_dossier(due=None, rule="CLI-60", missing_anchor="closed_on")
    sign_in(AUDITOR)
    page = BeautifulSoup(client.get(address("home")).content, "html.parser")
    links = page.select(f'td a[href^="{address("missing")}?"]')
    assert sorted(one.get_text() for one in links) == ["1", "1", "2"]
    for link in links:
        shown = client.get(str(link["href"]))
        assert str(len(shown.context["rows"])) == link.get_text()
        assert [
            len(client.get(address("missing") + at).context["rows"])
            for _, at in shown.context["said"]
        ]
    assert client.get(address("missing"), {"rule": "<b>"}).status_code == 404
