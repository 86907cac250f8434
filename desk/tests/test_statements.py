"""Versions of the statement and their difference; promises, what keeps them and the proofs."""

import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation

from audit import services as audit
from desk.demo.former import publish_former
from desk.statements import amounts, keeping, promise_views
from desk.statements import views as version_views
from desk.statements.words import SOFTWARE
from desk.tests.makers import make_colleague
from policy.checks import keepers
from policy.models import PolicyVersion
from policy.tests.makers import load_policy, publish
from requests.constants import Right
from requests.mail import statement
from requests.models import RequestedRight
from requests.tests.makers import make_request
from retention.models import DestructionList
from retention.tests.makers import a_digest, make_list
from subjects.constants import ToldHow
from subjects.models import Dossier, ErasureProof, StatementTold
from subjects.tests.makers import make_dossier, make_involvement, make_record, make_subject

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
NOW = timezone.now()


@pytest.fixture
def page(client):
    """Return what an auditor reads at an address, in English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(make_colleague("auditor"), backend=BACKEND)
    load_policy()

    def read(address, **asked):
        answer = client.get(address, asked)
        assert answer.status_code == 200
        return answer.content.decode()

    return read


# --- versions -------------------------------------------------------------------------------------


def test_versions_are_published_loaded_or_wait_as_a_file(page, tmp_path, monkeypatch):
    publish(tmp_path, "2027-01", **{"months: 36": "months: 48"})
    PolicyVersion.objects.create(version="2027-06", digest="0" * 64, document={})
    (tmp_path / "2028-01.yaml").write_text("version: '2028-01'", encoding="utf-8")
    monkeypatch.setattr(version_views, "FOLDER", tmp_path)
    text = page("/desk/versions/")
    places = [text.index(words) for words in ("A file, not loaded yet", "Loaded, not published")]
    assert places == sorted(places)
    assert text.count('">Published</span>') == 2
    assert "Compare with 2026-11" in text


def test_what_changed_is_shown_side_by_side_with_marks_and_not_by_colour_alone(page, tmp_path):
    publish(
        tmp_path,
        "2027-01",
        **{
            "months: 36": "months: 48",
            "Toestemming van de persoon,": "Toestemming van de mens,",
        },
    )
    text = page("/desk/versions/difference/", old="2026-11", new="2027-01")
    assert "2 changes" in text
    assert "<del>−36</del>" in text
    assert "<ins>+48</ins>" in text
    assert "Toestemming van de <del>−persoon</del>" in text
    assert "Toestemming van de <ins>+mens</ins>" in text
    assert "Rules of retention" in text
    assert "MKT-36, Months" in text


def test_sentences_that_changed_stand_under_their_section_in_the_order_of_the_statement(
    client, page, tmp_path
):
    publish(
        tmp_path,
        "2027-01",
        **{
            "months: 36": "months: 48",
            'en: "In addition, personal data about': 'en: "Besides, personal data about',
            'en: "To take collection measures we have': 'en: "For collection measures we have',
        },
    )
    answer = client.get("/desk/versions/difference/")
    labels = [label for label, _rows in answer.context["parts"]]
    assert labels == [
        "Sentences of the statement, section 5",
        "Sentences of the statement, section 12",
        "Rules of retention",
    ]


def test_the_newest_is_compared_with_the_one_before_it_unless_asked_otherwise(page, tmp_path):
    publish(tmp_path, "2027-01", **{"months: 36": "months: 48"})
    assert "From 2026-11 to 2027-01" in page("/desk/versions/difference/")
    assert "Nothing differs" in page("/desk/versions/difference/", old="2027-01", new="2027-01")


def test_a_sentence_that_came_is_shown_by_its_words_the_published_language_first(page):
    publish_former(today=timezone.localdate())
    text = page("/desk/versions/difference/", old="2026-05", new="2026-11")
    assert text.index("30.4, Dutch") < text.index("30.4, English")
    assert "Purpose RTS, Software" in text
    for raw in ("30.4, kind", "30.4, Kind", "30.4, section", "30.4, Section", "purpose:RTS"):
        assert raw not in text


def test_a_field_that_came_or_went_is_said_to_have(page, tmp_path):
    publish(tmp_path, "2027-01", **{"months: 36": "days: 36"})
    shown = page("/desk/versions/difference/")
    assert "removed" in shown
    assert "added" in shown


def test_a_file_that_is_broken_is_said_to_be_where(client, page, tmp_path, monkeypatch):
    (tmp_path / "2028-01.yaml").write_text("version: '2028-01'", encoding="utf-8")
    monkeypatch.setattr(version_views, "FOLDER", tmp_path)
    answer = client.get("/desk/versions/difference/", {"old": "2026-11", "new": "2028-01"})
    assert answer.status_code == 422
    assert "2028-01.yaml" in answer.content.decode()


@pytest.mark.parametrize("name", ["1999-01", "../../settings", ""])
def test_a_version_that_is_none_is_not_found(client, page, name):
    asked = {"old": name or "x", "new": "2026-11"}
    assert client.get("/desk/versions/difference/", asked).status_code == 404


# --- promises -------------------------------------------------------------------------------------


def test_every_sentence_of_the_statement_has_its_page(client, page):
    text = page("/desk/promises/")
    for code in load_policy().document["promises"]:
        section, _dot, number = code["code"].partition(".")
        assert f'/desk/promises/{section}/{number}/"' in text


def test_a_sentence_leads_to_what_keeps_it_the_rows_it_governs_and_what_is_due(page):
    today = timezone.localdate()
    for day in (today, today, today + timedelta(days=10)):
        made = make_dossier(closed_on=date(2020, 3, 9))
        type(made).objects.filter(pk=made.pk).update(delete_from=day, rule="COL-60")
    text = page("/desk/promises/17/1/")
    assert "Personal data collected during a collection case" in text
    assert 'lang="nl"' in text
    assert "3 dossiers" in text
    assert re.findall(r'<td class="number"[^>]*>(\d+)</td>', text)[:2] == ["2", "1"]
    assert 'href="/desk/promises/rows/?rule=COL-60"' in text


def test_the_dossiers_that_a_rule_governs_are_listed_by_key_the_first_to_go_first(
    client, page, monkeypatch
):
    monkeypatch.setattr(promise_views, "PAGE", 2)
    days = [
        date(2030, 3, 9),
        date(2029, 3, 9),
        date(2029, 3, 9),
        date(2031, 3, 9),
        date(2029, 1, 1),
    ]
    for day in days:
        made = make_dossier()
        Dossier.objects.filter(pk=made.pk).update(rule="COL-60", delete_from=day)
    seen, following = [], "?rule=COL-60"
    while following:
        answer = client.get(f"/desk/promises/rows/{following}")
        seen += [row.delete_from for row in answer.context["rows"]]
        following = answer.context["next_page"]
    assert seen == sorted(days)
    assert "El Amrani" not in answer.content.decode()
    for wrong in (
        "?rule=X",
        "",
        "?rule=COL-60&day=soon&after=1",
        "?rule=COL-60&day=2029-01-01&after=x",
    ):
        assert client.get(f"/desk/promises/rows/{wrong}").status_code == 404


def test_dossiers_of_money_laundering_checks_are_listed_for_who_may_see_them(client, page):
    made = make_dossier("AML")
    Dossier.objects.filter(pk=made.pk).update(rule="AML-5", delete_from=date(2030, 1, 1))
    assert str(made.reference) not in page("/desk/promises/rows/", rule="AML-5")
    client.force_login(make_colleague("AML officer"), backend=BACKEND)
    answer = client.get("/desk/promises/rows/?rule=AML-5")
    assert str(made.reference) in answer.content.decode()


def test_what_went_under_a_rule_is_counted_by_month_with_certificates_and_entries(page):
    gone = make_list(rule="COL-60", status=DestructionList.Status.DONE, done_at=NOW, destroyed=7)
    with transaction.atomic():
        entry = audit.append("list.done", object=f"list:{gone.reference}", actor="worker")
    proof = ErasureProof.objects.create(
        source_digest=a_digest(),
        unit="dossier",
        reference="00000000-0000-4000-8000-000000000007",
        list_id=gone.pk,
        entry_id=entry,
    )
    text = page("/desk/promises/17/1/")
    assert "7 destroyed" in text
    assert f"/desk/retention/certificates/{proof.reference}/" in text
    assert f"/desk/ledger/{entry}/" in text
    assert "Nothing went" in page("/desk/promises/20/1/")


def test_what_code_keeps_names_the_code_and_what_people_keep_says_so(page):
    text = page("/desk/promises/23/1/")
    assert "Who received which data is kept" in text
    assert "subjects.models.Disclosure" in text
    assert "in the hands of people" in page("/desk/promises/24/3/")


def test_requests_are_counted_by_the_right_whatever_its_name_in_the_rows(client, page):
    RequestedRight.objects.create(request=make_request(), right=Right.MARKETING, article="21.2")
    answer = client.get("/desk/promises/31/5/")
    [right] = [one for one in answer.context["keepers"] if one.kind == "right"]
    assert right.amount == amounts.Amount(1, is_estimate=False)
    queue = reverse("requests:queue")
    assert f'href="{queue}?right=marketing"' in answer.content.decode()
    assert client.get(f"{queue}?right=marketing").status_code == 200


def test_no_sentence_costs_more_than_twenty_queries(client, page, django_assert_max_num_queries):
    for code in ("17.1", "20.2", "8.3", "30.3", "2.2", "31.3"):
        section, _dot, number = code.partition(".")
        with django_assert_max_num_queries(20):
            page(f"/desk/promises/{section}/{number}/")


def test_rows_are_counted_where_they_are_few_and_estimated_where_they_are_many(
    tables_as_new, monkeypatch
):
    person = make_involvement()
    for _ in range(3):
        make_record(person, "debt")
    make_record(person, "identity")
    wanted = [("data", "debt"), ("data", "criminal"), ("organisation", "")]
    exact = amounts.amounts(wanted)
    assert exact["data", "debt"] == amounts.Amount(3, is_estimate=False)
    assert exact["data", "criminal"] == amounts.Amount(0, is_estimate=False)
    monkeypatch.setattr(amounts, "FEW", 2)
    assert not amounts.amounts(wanted)["data", "debt"].is_known
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subjects_record")
    assert amounts.amounts(wanted)["data", "debt"] == amounts.Amount(3, is_estimate=True)


def test_an_estimate_pretends_no_more_than_two_digits():
    assert [amounts._rounded(number) for number in (7.4, 99, 123_456, 19_960_000)] == [
        7,
        99,
        120_000,
        20_000_000,
    ]


def test_each_code_that_keeps_a_promise_says_what_it_does_in_both_languages():
    named = {name for names in keepers().values() for name in names}
    assert SOFTWARE.keys() == named
    for name in named:
        with translation.override("en"):
            english = keeping._software(name).name
        with translation.override("nl"):
            dutch = keeping._software(name).name
        assert english != dutch, name
        assert all((english, dutch)), name


def test_the_events_that_show_a_promise_exist_in_code():
    from pathlib import Path

    code = "\n".join(
        path.read_text(encoding="utf-8")
        for app in ("audit", "policy", "subjects", "retention", "requests")
        for path in Path(settings.BASE_DIR, app).rglob("*.py")
        if "tests" not in path.parts
    )
    known = keeping.evidence()
    for group in known.values():
        for events in group.values():
            for event in events:
                assert event in code or event.rpartition(".")[2] in code, event
    assert known["software"].keys() <= {name for names in keepers().values() for name in names}


def test_a_sentence_that_does_not_exist_is_not_found(client, page):
    assert client.get("/desk/promises/99/1/").status_code == 404


def test_others_do_not_read_versions_or_promises(client):
    load_policy()
    client.force_login(make_colleague("marketing"), backend=BACKEND)
    for address in ("versions/", "versions/difference/", "promises/", "promises/17/1/"):
        assert client.get(f"/desk/{address}").status_code == 403


def test_who_may_not_see_retention_or_the_ledger_reads_the_sentence_without_them(client):
    load_policy()
    client.force_login(make_colleague("intake"), backend=BACKEND)
    answer = client.get("/desk/promises/17/1/")
    assert answer.status_code == 200
    assert not [name for name in ("due", "entries", "proofs") if name in answer.context]


# --- who was told ---------------------------------------------------------------------------------


def test_who_was_told_of_a_version_is_listed_by_channel_with_the_entry_that_proves_it(
    client, page, tmp_path
):
    people = [make_involvement(make_dossier()).subject for _ in range(3)]
    publish(tmp_path, "2027-01", **{"months: 36": "months: 48"})
    statement.tend(now=NOW)
    rows = StatementTold.objects.filter(version="2027-01")
    assert rows.count() == 3
    answer = client.get("/desk/told/statement/2027-01/people/")
    entry = audit.newest(event="statement.told")[0]
    shown = [(row.subject.reference, proof) for row, proof in answer.context["rows"]]
    assert shown == [(one.reference, entry.pk) for one in people]
    assert "El Amrani" not in answer.content.decode()


def test_the_list_of_the_told_goes_by_key_and_each_channel_has_its_own(
    client, page, tmp_path, monkeypatch
):
    from desk.told import people as told

    monkeypatch.setattr(told, "PAGE", 2)
    publish(tmp_path, "2027-01", **{"months: 36": "months: 48"})
    statement.begin(now=NOW)
    for number in range(5):
        how = ToldHow.LETTER if number == 4 else ToldHow.MAIL
        at = None if number == 4 else NOW
        StatementTold.objects.create(subject=make_subject(), version="2027-01", how=how, told_at=at)
    address, seen = "/desk/told/statement/2027-01/people/", []
    following = "?show=mail"
    while following:
        answer = client.get(address + following)
        seen += [row.pk for row, _proof in answer.context["rows"]]
        following = answer.context["next_page"]
    assert len(seen) == 4
    assert len(client.get(f"{address}?show=waiting").context["rows"]) == 1
    assert client.get(f"{address}?show=everybody").status_code == 404
    assert client.get("/desk/told/statement/1999-01/people/").status_code == 404
