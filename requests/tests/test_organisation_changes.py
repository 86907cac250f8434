"""Where an organisation hears from us takes two people to change, and its old address is told."""

import io
import json
import re

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from policy.tests.makers import load_policy
from requests.exceptions import SecondPersonNeeded, WrongState
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.organisations import changes as organisation_changes
from requests.organisations import mail as organisation_mail
from requests.organisations.changes import Wanted
from requests.organisations.models import AddressChange
from requests.tests.journey import text_of
from requests.tests.makers import ANOTHER, OFFICER
from requests.tests.test_desk import enter
from requests.tests.test_four_eyes import colleague
from requests.tests.test_telling import NOW, told_recipient
from subjects.ingest import ingest
from subjects.models import Organisation
from subjects.tests.makers import make_organisation

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
NEW = Wanted("link", "nieuw@example.nl", "", "")
KEYED = Wanted("mail", "avg@bureau.example", "EEN SLEUTEL", "AB12")


def make(**fields):
    return make_organisation("Bureau", **{"privacy_email": "avg@bureau.example"} | fields)


def ask(organisation, wanted=NEW, officer=OFFICER):
    return organisation_changes.ask(organisation.pk, wanted, officer=officer, now=NOW)


def confirm(officer=ANOTHER):
    change = AddressChange.objects.get(ended_at=None)
    return organisation_changes.confirm(change.pk, officer=officer, now=NOW)


def events():
    return [one.body["event"] for one in Entry.objects.order_by("pk")]


@pytest.mark.parametrize("wanted", [NEW, KEYED])
def test_another_address_or_key_is_used_once_a_second_colleague_confirms_it(wanted):
    organisation = make()
    ask(organisation, wanted)
    organisation.refresh_from_db()
    assert (organisation.privacy_email, organisation.mail_key) == ("avg@bureau.example", "")
    with pytest.raises(SecondPersonNeeded):
        confirm(OFFICER)
    confirm()
    organisation.refresh_from_db()
    used = (organisation.privacy_email, organisation.mail_key, organisation.mail_key_fingerprint)
    assert used == (wanted.privacy_email, wanted.mail_key, wanted.fingerprint)
    assert "organisation.address_asked" in events()
    assert "organisation.address_confirmed" in events()
    with pytest.raises(WrongState):
        organisation_changes.confirm(AddressChange.objects.get().pk, officer=ANOTHER, now=NOW)


def test_the_first_address_too_waits_for_a_second_colleague():
    organisation = make(privacy_email="")
    assert ask(organisation) is None
    organisation.refresh_from_db()
    assert organisation.privacy_email == ""


def test_who_asks_and_who_confirms_at_the_same_moment_do_not_wait_for_each_other():
    organisation = make()
    locked = []
    for deed in (lambda: ask(organisation), lambda: ask(organisation, KEYED), confirm):
        with CaptureQueriesContext(connection) as asked:
            deed()
        order = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"]]
        locked.append(['FROM "subjects_organisation"' in sql for sql in order])
    assert all(first is True for first, *_rest in locked)


def test_the_database_itself_refuses_one_person():
    ask(make())
    with pytest.raises(IntegrityError), transaction.atomic():
        AddressChange.objects.update(used=True, ended_by=OFFICER, ended_at=NOW)


def test_until_it_is_confirmed_notices_go_where_they_went():
    notice = told_recipient()
    organisation = notice.recipient.organisation
    ask(organisation)
    (pk,) = organisation_mail.send_links(now=NOW)
    assert mailing.content_of(OutgoingMail.objects.get(pk=pk))["to"] == organisation.privacy_email


@pytest.mark.parametrize("taken_away", [True, False])
def test_links_that_went_to_the_old_address_open_nothing_and_what_they_told_goes_anew(taken_away):
    notice = told_recipient()
    organisation = notice.recipient.organisation
    (pk,) = organisation_mail.send_links(now=NOW)
    body = mailing.content_of(OutgoingMail.objects.get(pk=pk))["body"]
    [token] = re.findall(r"/organisations/link/([^/\s]+)/", body)
    assert organisation_mail.open_link(token, now=NOW) is not None
    if taken_away:
        ask(organisation, Wanted("link", "", "", ""))
    else:
        ask(organisation)
        confirm()
    assert organisation_mail.open_link(token, now=NOW) is None
    sent = organisation_mail.send_links(now=NOW)
    assert len(sent) == (0 if taken_away else 1)
    for mail in sent:
        assert mailing.content_of(OutgoingMail.objects.get(pk=mail))["to"] == "nieuw@example.nl"


def test_another_key_alone_ends_no_link():
    notice = told_recipient()
    organisation = notice.recipient.organisation
    organisation_mail.send_links(now=NOW)
    ask(organisation, Wanted("mail", organisation.privacy_email, "SLEUTEL", "AB"))
    confirm()
    notice.refresh_from_db()
    assert (notice.state, notice.link.expires_at > NOW) == ("sent", True)


def test_the_old_address_is_told_at_once_and_not_which_one_comes():
    pk = ask(make())
    told = mailing.content_of(OutgoingMail.objects.get(pk=pk))
    assert told["to"] == "avg@bureau.example"
    assert "nieuw@example.nl" not in told["body"]
    assert "iemand anders hier" in told["body"]


def test_a_refused_change_leaves_all_as_it_was():
    organisation = make()
    ask(organisation)
    organisation_changes.refuse(AddressChange.objects.get().pk, officer=OFFICER, now=NOW)
    organisation.refresh_from_db()
    assert organisation.privacy_email == "avg@bureau.example"
    assert AddressChange.objects.get().used is False
    assert organisation_changes.waiting() == []


def test_a_later_change_takes_the_place_of_one_that_waits():
    organisation = make()
    ask(organisation)
    ask(organisation, KEYED, ANOTHER)
    with pytest.raises(SecondPersonNeeded):
        confirm(ANOTHER)
    assert confirm(OFFICER).mail_key == "EEN SLEUTEL"


def test_to_take_a_key_away_needs_one():
    organisation = make(mail_key="OUD", mail_key_fingerprint="CD")
    told = ask(organisation, Wanted("link", "avg@bureau.example", "", ""))
    organisation.refresh_from_db()
    assert (organisation.mail_key, organisation.mail_key_fingerprint) == ("", "")
    assert not AddressChange.objects.exists()
    assert mailing.content_of(OutgoingMail.objects.get(pk=told))["to"] == "avg@bureau.example"


def test_who_takes_the_old_address_away_first_changes_it_no_less_heard():
    organisation = make()
    told = mailing.content_of(
        OutgoingMail.objects.get(pk=ask(organisation, Wanted("link", "", "", "")))
    )
    assert told["to"] == "avg@bureau.example"
    assert "weggehaald" in told["body"]
    assert ask(organisation) is None


# --- what a system gives -------------------------------------------------------------------


def deliver(organisation, email=None):
    line = {"type": "organisation", "id": organisation.source_id, "name": "Bureau"}
    if email is not None:
        line["privacy_email"] = email
    source = organisation.source_system
    ingest(io.BytesIO(json.dumps(line).encode()), source=source, results=io.StringIO())
    organisation.refresh_from_db()


def offered(limit=200):
    return organisation_changes.ask_offered(now=NOW, limit=limit)


def test_a_system_changes_no_address_alone_and_a_colleague_confirms_it():
    load_policy()
    organisation = make(source_email="avg@bureau.example", mail_key="OUD")
    deliver(organisation, "nieuw@example.nl")
    assert organisation.privacy_email == "avg@bureau.example"
    [told] = offered()
    assert mailing.content_of(OutgoingMail.objects.get(pk=told))["to"] == "avg@bureau.example"
    assert offered() == []
    assert "organisation.address_asked" in events()
    # The key was of who had the address.
    assert (used := confirm(OFFICER)).privacy_email == "nieuw@example.nl"
    assert used.mail_key == ""


@pytest.mark.parametrize("given", ["avg@bureau.example", "", None])
def test_what_a_system_gives_again_or_leaves_out_takes_nothing_back(given):
    load_policy()
    organisation = make(source_email="avg@bureau.example")
    ask(organisation)
    confirm()
    deliver(organisation, given)
    assert organisation.privacy_email == "nieuw@example.nl"
    assert offered() == []
    assert not AddressChange.objects.filter(ended_at=None).exists()


def test_what_a_colleague_asks_for_is_not_set_aside_by_a_system_and_neither_is_lost():
    load_policy()
    organisation = make(source_email="avg@bureau.example")
    ask(organisation)
    deliver(organisation, "systeem@example.nl")
    assert offered() == []
    confirm()
    assert len(offered()) == 1
    assert AddressChange.objects.get(ended_at=None).privacy_email == "systeem@example.nl"


def test_an_address_that_a_colleague_refused_is_not_asked_again_until_there_is_another():
    load_policy()
    organisation = make(source_email="avg@bureau.example")
    deliver(organisation, "nieuw@example.nl")
    offered()
    organisation_changes.refuse(AddressChange.objects.get().pk, officer=OFFICER, now=NOW)
    deliver(organisation, "nieuw@example.nl")
    assert offered() == []
    deliver(organisation, "derde@example.nl")
    assert len(offered()) == 1


def test_who_is_new_hears_at_the_address_that_their_system_gives():
    load_policy()
    line = {"type": "organisation", "id": "nieuw", "name": "Bureau", "privacy_email": "a@b.example"}
    ingest(io.BytesIO(json.dumps(line).encode()), source="core", results=io.StringIO())
    made = Organisation.objects.get(source_id="nieuw")
    assert (made.privacy_email, made.source_email) == ("a@b.example", "a@b.example")
    assert offered() == []


def test_on_the_page_another_colleague_confirms_it(client):
    organisation = make()
    page = f"/desk/told/recipients/{organisation.reference}/"
    enter(client, "privacy officer")
    given = {"do": "channel", "privacy_email": "nieuw@example.nl", "notice_channel": "link"}
    assert client.post(page, given).status_code == 302
    shown = text_of(client.get(page))
    assert "wacht op een tweede collega" in shown
    assert "Bevestigen en gebruiken" not in shown
    assert "Bureau" in text_of(client.get("/desk/told/recipients/"))
    number = {"change": AddressChange.objects.get().reference}
    client.post(page, number | {"do": "confirm"})
    organisation.refresh_from_db()
    assert organisation.privacy_email == "avg@bureau.example"
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(colleague("bea", role="privacy officer"), backend=backend)
    assert "Bevestigen en gebruiken" in text_of(client.get(page))
    client.post(page, {"change": "iets anders", "do": "confirm"})
    assert AddressChange.objects.get().ended_at is None
    client.post(page, number | {"do": "confirm"})
    organisation.refresh_from_db()
    assert organisation.privacy_email == "nieuw@example.nl"


def test_who_may_only_look_confirms_nothing(client):
    organisation = make()
    ask(organisation)
    enter(client, "auditor")
    number = {"change": AddressChange.objects.get().reference, "do": "confirm"}
    answer = client.post(f"/desk/told/recipients/{organisation.reference}/", number)
    assert answer.status_code in (403, 404)
    assert AddressChange.objects.get().used is None
