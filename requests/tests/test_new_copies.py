"""A copy made anew gives what the answer gave, and nothing that nobody looked at since."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.formats import date_format

from requests import services
from requests.decisions import deciding
from requests.exceptions import PackGone, WrongState
from requests.models import Pack
from requests.packs import making, taking
from requests.tests.answers import NOW, choices_for, make_approved, make_case, make_ready
from requests.tests.test_four_eyes import colleague
from requests.tests.test_looked_at_again import approved_for_another
from requests.tests.test_page import opened, post, text_of
from subjects.models import Record
from subjects.tests.makers import make_contact, make_dossier, make_involvement, make_record
from vault import services as vault

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
LATER = NOW + timedelta(days=40)


def given(person):
    request = make_approved(person)
    making.build_pack(request.pk, now=NOW)
    taking.empty_expired(now=LATER)
    request.refresh_from_db()
    return request


def renewed(request):
    made = making.renew(making.ask_renewal(request.pk, actor="person", now=LATER), now=LATER)
    assert made.pack
    return taking.open_pack(made.pack, "json", actor="person", now=LATER).decode()


def messages(request):
    return [words for _message, words in services.messages_of(request)]


def change(record, **content):
    key = vault.open_key(record.involvement.key_id)
    record.sealed_content = key.seal(content, place=record.content_place)
    record.save()


def test_what_came_since_is_left_out_and_counted_by_purpose():
    person = make_case()
    request = given(person)
    make_record(person, content={"text": "BUURVROUW DE WIT BELDE"})
    make_contact(person, note="GEBELD MET DE BUURMAN")
    data = renewed(request)
    assert "BUURVROUW" not in data
    assert "BUURMAN" not in data
    assert "120.00" in data
    report = json.loads(data)
    assert report["came_since"] == {"COL": 2}
    assert "is er niet bij" in report["confirmation"]["text"]
    assert "Doe een nieuw verzoek" in report["confirmation"]["text"]
    assert any("(2)" in words for words in messages(request))


def test_a_piece_that_changed_since_is_another_piece():
    person = make_case()
    record = Record.objects.filter(involvement=person).earliest("pk")
    request = given(person)
    change(record, text="NU OVER DE BUURMAN")
    data = renewed(request)
    assert "BUURMAN" not in data
    assert json.loads(data)["came_since"] == {"COL": 1}


def test_a_file_that_is_another_persons_by_now_is_left_out_whole():
    person = make_case()
    other = make_involvement(make_dossier(closed_on=date(2025, 9, 5)), person.subject)
    make_record(other, content={"text": "BLIJFT"})
    request = given(person)
    key = vault.open_key(person.key_id)
    person.sealed_identity = key.seal({"last_name": "Wit"}, place=person.identity_place)
    person.save()
    data = renewed(request)
    assert "BLIJFT" in data
    assert "120.00" not in data
    assert '"Wit"' not in data


def test_what_was_erased_since_is_not_counted():
    person = make_case()
    request = given(person)
    Record.objects.filter(involvement=person).earliest("pk").delete()
    report = json.loads(renewed(request))
    assert report["came_since"] == {}
    assert report["confirmation"]["text"].startswith("Ja, wij gebruiken")
    assert not any("nieuwe kopie" in words for words in messages(request))


def test_a_report_made_since_is_not_even_counted():
    person = make_case()
    check = make_involvement(
        make_dossier(purpose="AML", transaction_on=date(2025, 1, 1)), person.subject
    )
    request = make_ready(person)
    officer = colleague(role="AML officer")
    deciding.decide_and_approve(request.pk, choices_for(request), officer=officer.pk, now=NOW)
    making.build_pack(request.pk, now=NOW)
    taking.empty_expired(now=LATER)
    check.dossier.unusual_report_on = NOW.date()
    check.dossier.save()
    make_record(check, data_category="unusual_report", source="own")
    assert json.loads(renewed(request))["came_since"] == {}


def test_a_second_new_copy_gives_no_more_than_the_first_answer():
    person = make_case()
    request = given(person)
    make_record(person, content={"text": "LATER"})
    renewed(request)
    much_later = LATER + timedelta(days=40)
    taking.empty_expired(now=much_later)
    again = making.renew(
        making.ask_renewal(request.pk, actor="person", now=much_later), now=much_later
    )
    assert again.pack
    data = taking.open_pack(again.pack, "json", actor="person", now=much_later).decode()
    assert json.loads(data)["came_since"] == {"COL": 1}


def test_an_answer_of_which_nobody_knows_what_it_gave_is_not_made_anew():
    request = given(make_case())
    Pack.objects.update(sealed_pieces=None)
    assert not making.may_renew(request, now=LATER)
    with pytest.raises(WrongState):
        making.ask_renewal(request.pk, actor="person", now=LATER)


# --- a mandate that ended after the answer -------------------------------------------------


def given_to_another(until):
    request = approved_for_another(until=until)
    making.build_pack(request.pk, now=NOW)
    request.refresh_from_db()
    return request


def test_a_representative_takes_the_answer_until_the_mandates_last_day(client):
    request = given_to_another(NOW.date() + timedelta(days=5))
    [pack] = taking.for_person(request, now=NOW + timedelta(days=5))
    assert taking.open_pack(pack, "json", actor="person", now=NOW + timedelta(days=5))


def test_a_representative_whose_mandate_ended_sees_neither_data_nor_letter(client):
    request = given_to_another(NOW.date() + timedelta(days=5))
    pack = Pack.objects.get()
    letter = request.answers.get()
    after = NOW + timedelta(days=6)
    with time_machine.travel(after, tick=False):
        there = opened(client, request)
        page = text_of(client.get(there))
        assert "u mag niet meer namens die ander" in page
        assert str(pack.reference) not in page
        assert "Onze brieven" not in page
        for path in (
            f"pack/{pack.reference}/",
            f"pack/{pack.reference}/json/",
            f"letter/{letter.reference}/",
        ):
            assert client.get(f"{there}{path}").status_code == 404
        typed = {"passphrase": "een lange zin"}
        assert post(client, f"{there}pack/{pack.reference}/file/", typed).status_code == 404
        assert post(client, f"{there}renew/").status_code == 302
    with pytest.raises(PackGone):
        taking.open_pack(pack, "json", actor="person", now=after)
    assert not pack.downloads.exists()
    assert not request.renewals.exists()


def asked_again(until):
    """A representative asks a new copy on the last day of their mandate."""
    request = given_to_another(until)
    taking.empty_expired(now=LATER)
    request.refresh_from_db()
    return request, making.ask_renewal(request.pk, actor="person", now=LATER)


@pytest.mark.parametrize("days_left", [1, 0])
def test_a_copy_is_made_up_to_and_including_the_mandates_last_day(days_left):
    _request, renewal = asked_again(timezone.localdate(LATER) + timedelta(days=days_left))
    assert making.renew(renewal, now=LATER).pack
    assert making.renewals_waiting() == []


def test_a_copy_asked_on_the_last_day_and_made_a_day_after_is_refused_once_and_the_page_says_so(
    client,
):
    request, renewal = asked_again(timezone.localdate(LATER))
    after = LATER + timedelta(days=1)
    first = making.renew(renewal, now=after)
    assert first.pack is None
    assert first.mail_id is not None  # Something is to be seen on the page.
    assert making.renew(renewal, now=after) == making.Built(None)
    assert making.renewals_waiting() == []
    row = request.renewals.get()
    assert (row.made_at, row.refused_at) == (None, after)
    assert row.mandate_ended_on == timezone.localdate(LATER)
    assert Pack.objects.filter(key_id__isnull=False).count() == 0
    with time_machine.travel(after, tick=False):
        page = text_of(client.get(opened(client, request)))
        assert "Die hebben wij niet gemaakt" in page
        day = date_format(timezone.localdate(LATER), "DATE_FORMAT")
        assert f"Uw machtiging liep tot en met {day}" in page
        assert "Doe dan een nieuw verzoek" in page
        assert "Wij maken een nieuwe kopie" not in page
    with pytest.raises(WrongState):
        making.ask_renewal(request.pk, actor="person", now=after)
