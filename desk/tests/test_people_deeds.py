"""What colleagues record at a dossier: restrictions, disclosures and contacts."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from desk.tests.makers import Looking, make_colleague
from requests.constants import EffectKind, Right
from requests.models import Effect
from requests.tests.makers import make_request
from subjects.models import ContactEvent, Disclosure, RestrictionMark
from subjects.tests import makers
from vault import services as vault

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
DEEDS = ("restrict", "disclose", "contact")


@pytest.fixture
def client():
    return Looking()


@pytest.fixture
def sign_in(client):
    def as_colleague(*roles: str, **fields):
        user = make_colleague(*roles)
        for name, value in fields.items():
            setattr(user, name, value)
        user.save()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.why = "request"
        return user

    return as_colleague


@pytest.fixture
def officer(sign_in):
    return sign_in("privacy officer")


@pytest.fixture
def fatima():
    return makers.make_involvement(makers.make_dossier("COL", opened_on=date(2025, 1, 1)))


@pytest.fixture
def today():
    return timezone.localdate()


def page(name, involvement, *more) -> str:
    args = [involvement.dossier.reference, involvement.reference, *more]
    return reverse(f"people:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def test_an_officer_restricts_and_lifts_once_the_person_knows(client, officer, fatima, today):
    assert "Fatima" in text(client.get(page("restrict", fatima)))
    assert client.post(page("restrict", fatima), {}).status_code == 422
    assert client.post(page("restrict", fatima), {"ground": "18.1.a"}).status_code == 302
    again = client.post(page("restrict", fatima), {"ground": "18.1.a"})
    assert again.status_code == 422
    assert "al beperkt" in text(again)
    mark = RestrictionMark.objects.get()
    asked = make_request(rights=[Right.RESTRICTION])
    effect = Effect.objects.create(
        request=asked,
        right=asked.rights.get(),
        kind=EffectKind.RESTRICT,
        state="done",
        carried_out_at=timezone.now(),
        mark_id=mark.pk,
    )
    shown = text(client.get(reverse("people:dossier", args=[fatima.dossier.reference])))
    assert page("lift", fatima, mark.pk) in shown
    for day in ("", str(today + timedelta(days=1)), str(today - timedelta(days=1))):
        answer = client.post(page("lift", fatima, mark.pk), {"informed_on": day})
        assert answer.status_code == 422
    client.post(page("lift", fatima, mark.pk), {"informed_on": str(today)})
    mark.refresh_from_db()
    assert mark.lifted_on == today
    effect.refresh_from_db()
    assert effect.ended_at is not None
    assert client.get(page("lift", fatima, mark.pk)).status_code == 404
    told = Entry.objects.get(body__event="restriction.lifted").body
    assert (told["actor"], told["informed_on"]) == (f"user:{officer.pk}", str(today))


def disclosed(today, **fields) -> dict:
    return {
        "recipient": str(makers.make_recipient().pk),
        "disclosed_on": str(today),
        "purpose": "COL",
        "data_categories": ["identity"],
        "country": "nl",
        "mechanism": "",
        "reason": "Dagvaarding uitbrengen",
    } | fields


def test_an_officer_records_who_received_what_and_why(client, officer, fatima, today):
    assert client.get(page("disclose", fatima)).status_code == 200
    client.post(page("disclose", fatima), disclosed(today))
    made = Disclosure.objects.get()
    assert (made.country, made.purpose_id, made.data_categories) == ("NL", "COL", ["identity"])
    key = vault.open_key(fatima.key_id)
    assert key.unseal(made.sealed_reason, place=made.reason_place)["text"] == (
        "Dagvaarding uitbrengen"
    )
    assert "Dagvaarding" not in str(Entry.objects.get(body__event="disclosure.recorded").body)


def test_outside_europe_a_disclosure_names_what_makes_it_lawful(client, officer, fatima, today):
    answer = client.post(page("disclose", fatima), disclosed(today, country="TR"))
    assert answer.status_code == 422
    assert "Buiten Europa" in text(answer)
    assert "Dagvaarding uitbrengen" in text(answer)
    lawful = disclosed(today, country="TR", mechanism="46.2.c")
    assert client.post(page("disclose", fatima), lawful).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipient": "0"},
        {"disclosed_on": "2999-01-01"},
        {"data_categories": ["nothing"]},
        {"purpose": "XYZ"},
        {"country": "N1"},
        {"reason": ""},
    ],
)
def test_what_is_wrong_with_a_disclosure_is_said_and_nothing_is_kept(
    client, officer, fatima, today, wrong
):
    answer = client.post(page("disclose", fatima), disclosed(today, **wrong))
    assert answer.status_code == 422
    assert "field-wrong" in text(answer)
    assert not Disclosure.objects.exists()


def test_restricted_data_are_shared_only_for_a_claim(client, officer, fatima, today):
    client.post(page("restrict", fatima), {"ground": "18.1.a"})
    answer = client.post(page("disclose", fatima), disclosed(today))
    assert answer.status_code == 422
    assert "vordering" in text(answer)
    assert (
        client.post(page("disclose", fatima), disclosed(today, for_claim="on")).status_code == 302
    )


def test_an_officer_notes_a_call(client, officer, fatima):
    now = timezone.localtime()
    typed = {
        "direction": "in",
        "channel": "phone",
        "happened_at": now.strftime("%Y-%m-%dT%H:%M"),
        "note": "Belde over de rente",
    }
    ahead = typed | {"happened_at": (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")}
    assert client.post(page("contact", fatima), ahead).status_code == 422
    assert client.post(page("contact", fatima), typed).status_code == 302
    made = ContactEvent.objects.get()
    assert (made.direction, made.channel) == ("in", "phone")
    key = vault.open_key(fatima.key_id)
    assert key.unseal(made.sealed_note, place=made.note_place)["text"] == "Belde over de rente"


def test_a_person_of_another_dossier_is_not_found(client, officer, fatima):
    other = makers.make_dossier("COL")
    for name in DEEDS:
        wrong = reverse(f"people:{name}", args=[other.reference, fatima.reference])
        assert client.get(wrong).status_code == 404
        wrong = reverse(f"people:{name}", args=[uuid4(), fatima.reference])
        assert client.get(wrong).status_code == 404


def test_nobody_does_it_with_their_own_file(client, sign_in, fatima):
    sign_in("privacy officer", first_name="Fatima", last_name="El Amrani")
    for name in DEEDS:
        assert client.post(page(name, fatima), {"ground": "18.1.a"}).status_code == 403
    assert not RestrictionMark.objects.exists()


@pytest.mark.parametrize("role", ["auditor", "marketing", "AML officer"])
def test_other_roles_do_none_of_it(client, sign_in, fatima, role):
    sign_in(role)
    for name in DEEDS:
        assert client.post(page(name, fatima), {}).status_code == 403
    assert client.post(page("lift", fatima, 1), {}).status_code == 403


def test_intake_notes_calls_and_no_more(client, sign_in, fatima):
    sign_in("intake")
    assert client.get(page("contact", fatima)).status_code == 200
    for name in ("restrict", "disclose"):
        assert client.get(page(name, fatima)).status_code == 403


def test_a_money_laundering_check_is_for_those_who_handle_it(client, officer):
    check = makers.make_involvement(makers.make_dossier("AML"))
    for name in DEEDS:
        assert client.get(page(name, check)).status_code == 404


def test_every_form_is_a_look_that_is_logged(client, officer, fatima):
    client.get(page("contact", fatima))
    assert Entry.objects.filter(body__event="person.viewed").exists()
