"""The desk's pages of what others were told: who sees them, and what they do."""

from uuid import uuid4

import pytest
from django.utils import timezone

from alektum_privacy.tests.chance import without_chance
from audit.models import Entry
from desk.tests.makers import make_colleague
from requests.mail import statement
from requests.organisations import changes as organisation_changes
from requests.organisations import notices_file
from requests.report.withheld import withheld_rules
from requests.tests.makers import make_handled
from requests.tests.test_statement import make_person, publish
from requests.tests.test_telling import contact, give, give_to, told_recipient
from subjects import instructions, recipients_told, telling
from subjects.constants import (
    UNTOLD_RECIPIENTS,
    InstructionKind,
    NoticeEvent,
    RefusalReason,
)
from subjects.models import Instruction, RecipientNotice
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
NOW = timezone.now()


@pytest.fixture
def officer(client):
    user = make_colleague("privacy officer")
    client.force_login(user, backend=BACKEND)
    return user


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("officer")
class TestSystems:
    def test_open_instructions_are_counted_by_system_with_their_age(self, client):
        contact()
        give(days=5)
        page = text_of(client, "/desk/told/")
        assert "core" in page
        assert "beheer@example.nl" in page
        reference = str(Instruction.objects.get().dossier_reference)
        page = text_of(client, "/desk/told/systems/core/")
        assert reference in page
        assert ">Incasso<" in page

    def test_a_use_in_spite_of_a_restriction_stands_there_without_a_name(self, client):
        person = makers.make_involvement(makers.make_dossier(source_system="core"))
        makers.make_disclosure(person, despite_restriction=True)
        makers.make_contact(person, despite_restriction=True)
        aml = makers.make_involvement(makers.make_dossier("AML"))
        makers.make_disclosure(aml, despite_restriction=True)
        page = text_of(client, "/desk/told/")
        assert page.count(str(person.dossier.reference)) == 2
        assert str(aml.dossier.reference) not in page
        assert "Amrani" not in page

    def test_a_refusal_shows_why_and_is_sent_again_or_settled(self, client):
        give()
        row = Instruction.objects.get()
        for deed, state in (("again", "open"), ("settle", "acknowledged")):
            instructions.refuse(
                row.reference, RefusalReason.OTHER, "Dossier loopt nog", system="core", now=NOW
            )
            assert "Dossier loopt nog" in text_of(client, "/desk/told/")
            client.post(f"/desk/told/instructions/{row.reference}/", {"do": deed})
            row.refresh_from_db()
            assert row.state == state
        wrong = client.post(f"/desk/told/instructions/{row.reference}/", {"do": "nonsense"})
        assert wrong.status_code == 404


def confirmed_by_another(organisation):
    change = organisation_changes.waiting_of(organisation)
    assert change is not None
    organisation_changes.confirm(change.pk, officer=9_000, now=timezone.now())


@pytest.mark.usefixtures("officer")
class TestRecipients:
    def test_an_organisation_without_an_address_is_marked_and_given_one(self, client):
        notice = told_recipient(email="")
        organisation = notice.recipient.organisation
        assert "geen adres" in text_of(client, "/desk/told/recipients/")
        page = f"/desk/told/recipients/{organisation.reference}/"
        wrong = client.post(page, {"do": "channel", "privacy_email": "x", "notice_channel": "link"})
        assert wrong.status_code == 422
        assert 'value="x"' in wrong.content.decode()
        empty = client.post(page, {"do": "channel", "privacy_email": "", "notice_channel": "link"})
        assert empty.status_code == 422
        told = {"do": "channel", "privacy_email": "avg@example.nl", "notice_channel": "link"}
        assert client.post(page, told).status_code == 302
        client.post(f"{page}link/")
        notice.refresh_from_db()
        assert notice.state == "to_send"
        confirmed_by_another(organisation)
        client.post(f"{page}link/")
        notice.refresh_from_db()
        assert notice.state == "sent"

    def test_who_changes_an_organisation_after_a_colleague_did_is_told_and_loses_nothing(
        self, client
    ):
        organisation = told_recipient(email="oud@example.nl").recipient.organisation
        page = f"/desk/told/recipients/{organisation.reference}/"
        seen = client.get(page).context["channel_form"]["seen"].value()
        told = {"do": "channel", "privacy_email": "een@example.nl", "notice_channel": "link"}
        assert client.post(page, told | {"seen": seen}).status_code == 302
        second = told | {"privacy_email": "twee@example.nl", "seen": seen}
        answer = client.post(page, second)
        assert answer.status_code == 409
        assert "Iemand heeft deze organisatie gewijzigd" in answer.content.decode()
        assert 'value="twee@example.nl"' in answer.content.decode()
        waits = organisation.address_changes.get(ended_at=None)
        assert waits.privacy_email == "een@example.nl"
        now = answer.context["channel_form"]["seen"].value()
        assert client.post(page, second | {"seen": now}).status_code == 302

    @pytest.mark.parametrize(
        ("outcome", "state", "reason"),
        [("confirmed", "acknowledged", ""), ("ended", "impossible", "ended")],
    )
    def test_notices_end_confirmed_or_with_a_reason(self, client, outcome, state, reason):
        notice = told_recipient()
        page = f"/desk/told/recipients/{notice.recipient.organisation.reference}/"
        assert client.post(page, {"do": "end", "to": notice.pk}).status_code == 422
        client.post(page, {"do": "end", "to": notice.pk, "outcome": outcome})
        notice.refresh_from_db()
        assert (notice.state, notice.reason) == (state, reason)

    def test_what_waits_for_an_erasure_and_has_no_address_ends_with_a_reason_only(self, client):
        notice = told_recipient(email="")
        RecipientNotice.objects.update(state="waiting", ready_at=None)
        page = f"/desk/told/recipients/{notice.recipient.organisation.reference}/"
        assert "geen adres" in text_of(client, "/desk/told/recipients/")
        for outcome, state in (("confirmed", "waiting"), ("no_address", "impossible")):
            client.post(page, {"do": "end", "to": notice.pk, "outcome": outcome})
            notice.refresh_from_db()
            assert notice.state == state

    def test_the_file_says_whom_it_is_about_runs_no_formula_and_is_in_the_ledger(self, client):
        notice = told_recipient(last_name="=HYPERLINK(1)", first_name="")
        page = f"/desk/told/recipients/{notice.recipient.organisation.reference}/file/"
        text = client.post(page).content.decode("utf-8-sig")
        assert ";'=HYPERLINK(1);" in text
        assert "El Amrani;Amrani" in text
        notice.refresh_from_db()
        assert notice.state == "sent"
        body = Entry.objects.get(body__event="notice.exported").body
        assert (body["notices"], body["new"]) == (1, 1)
        assert client.post(page).content.decode("utf-8-sig") == text

    def test_the_name_of_the_person_is_on_no_page_of_the_desk(self, client):
        notice = told_recipient()
        pages = ["", f"{notice.recipient.organisation.reference}/"]
        assert not any(
            "Amrani" in text_of(client, f"/desk/told/recipients/{page}") for page in pages
        )


def test_money_laundering_checks_are_told_of_to_their_own_role_only(client):
    checked = makers.make_involvement(makers.make_dossier("AML", source_system="core"))
    makers.make_disclosure(checked, makers.make_recipient("FIU", "authority"))
    (notice,) = telling.tell_recipients(
        NoticeEvent.RESTRICTION, involvement=checked, case=uuid4(), actor="user:1", now=NOW
    )
    give_to(checked)
    organisation = notice.recipient.organisation.reference
    reference = str(checked.dossier.reference)
    assert notice.case is not None
    assert recipients_told.told(notice.case) == []
    pages = ["systems/core/", "recipients/", f"recipients/{organisation}/"]
    client.force_login(make_colleague("privacy officer"), backend=BACKEND)
    for page in pages:
        text = text_of(client, f"/desk/told/{page}")
        assert reference not in text
    assert "FIU" not in without_chance(text_of(client, "/desk/told/recipients/"))
    # Not even how many there are.
    assert "core" not in without_chance(text_of(client, "/desk/told/"))
    file = client.post(f"/desk/told/recipients/{organisation}/file/")
    assert reference not in file.content.decode()
    both = make_colleague("privacy officer", "AML officer")
    client.force_login(both, backend=BACKEND)
    assert reference in text_of(client, "/desk/told/systems/core/")
    assert "FIU" in text_of(client, "/desk/told/recipients/")


def test_whom_no_answer_names_no_list_of_the_told_names_either():
    for purpose, rule in withheld_rules().items():
        assert rule.recipients <= UNTOLD_RECIPIENTS[purpose]


@pytest.mark.usefixtures("officer")
def test_what_waits_for_a_seller_is_listed_and_noted_by_hand(client):
    subject = makers.make_subject()
    seller = makers.make_organisation()
    makers.make_involvement(makers.make_dossier(phase="invoice", client=seller), subject)
    privacy_request = make_handled(subject)
    assert "Doorsturen" in text_of(client, f"/desk/requests/{privacy_request.reference}/")
    client.post(f"/desk/requests/{privacy_request.reference}/forward/")
    assert privacy_request.forwardings.count() == 1
    page = text_of(client, "/desk/told/forwarded/")
    assert privacy_request.number in page
    assert "geen adres" in page
    row = privacy_request.forwardings.get()
    client.post(f"/desk/told/forwarded/{row.reference}/")
    assert privacy_request.number not in text_of(client, "/desk/told/forwarded/")


def test_the_request_shows_what_others_still_have_to_do(client, officer):
    subject = makers.make_subject()
    person = makers.make_involvement(subject=subject)
    makers.make_disclosure(person)
    privacy_request = make_handled(subject)
    with instructions.transaction.atomic():
        instructions.instruct(
            InstructionKind.RESTRICT,
            involvement=person,
            case=privacy_request.reference,
            actor=f"user:{officer.pk}",
            now=NOW,
        )
    telling.tell_recipients(
        NoticeEvent.RESTRICTION,
        involvement=person,
        case=privacy_request.reference,
        actor=f"user:{officer.pk}",
        now=NOW,
    )
    page = text_of(client, f"/desk/requests/{privacy_request.reference}/")
    assert "Nog niet gedaan" in page
    assert "Deurwaarder BV" in page


def test_the_auditor_reads_and_changes_nothing(client):
    notice = told_recipient()
    client.force_login(make_colleague("auditor"), backend=BACKEND)
    organisation = notice.recipient.organisation.reference
    for page in ("", "recipients/", f"recipients/{organisation}/", "forwarded/"):
        assert client.get(f"/desk/told/{page}").status_code == 200
    assert client.post(f"/desk/told/recipients/{organisation}/file/").status_code == 403
    assert client.post(f"/desk/told/recipients/{organisation}/link/").status_code == 403
    end = {"do": "end", "to": notice.pk, "outcome": "confirmed"}
    assert client.post(f"/desk/told/recipients/{organisation}/", end).status_code == 404
    notice.refresh_from_db()
    assert notice.state == "to_send"


def test_who_does_intake_sees_none_of_it(client):
    client.force_login(make_colleague("intake"), backend=BACKEND)
    assert client.get("/desk/told/").status_code == 403
    assert client.get("/desk/told/recipients/").status_code == 403


@pytest.mark.parametrize("text", ["=1+1", "+31", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_nothing_in_a_file_is_taken_for_a_formula(text):
    assert notices_file.guarded(text) == f"'{text}"


def test_progress_of_a_changed_statement_is_shown_and_an_officer_lets_it_wait(client, officer):
    make_person("fatima@example.nl")
    publish()
    statement.begin(now=NOW)
    assert "0%" in text_of(client, "/desk/told/statement/")
    client.post("/desk/told/statement/2027-01/", {"do": "pause"})
    assert statement.tend(now=NOW) == []
    client.post("/desk/told/statement/2027-01/", {"do": "resume"})
    assert len(statement.tend(now=NOW)) == 1
    statement.tend(now=NOW)
    assert "0%" not in text_of(client, "/desk/told/statement/")


def test_an_auditor_sees_the_progress_and_stops_nothing(client):
    publish()
    statement.begin(now=NOW)
    client.force_login(make_colleague("auditor"), backend=BACKEND)
    assert client.get("/desk/told/statement/").status_code == 200
    answer = client.post("/desk/told/statement/2027-01/", {"do": "pause"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("page", "current"),
    [
        ("", "Systemen"),
        ("recipients/", "Ontvangers"),
        ("forwarded/", "Doorgestuurd naar verkopers"),
    ],
)
def test_the_tabs_mark_the_page_one_is_on(client, page, current):
    client.force_login(make_colleague("privacy officer"), backend=BACKEND)
    text = text_of(client, f"/desk/told/{page}")
    assert text.count('aria-current="page"') == (2 if not page else 1)
    assert f' aria-current="page">{current}</a>' in text
