"""Everybody is told once of a changed statement, by e-mail or with the next letter."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Entry
from policy.models import PolicyVersion
from policy.tests.makers import load_policy
from requests.constants import MailState
from requests.mail import mailing, statement
from requests.models import OutgoingMail
from retention.running import destroy_list
from retention.tests.makers import TODAY, make_list
from subjects import letters, services
from subjects.constants import RestrictionGround
from subjects.models import StatementRun, StatementTold, Subject
from subjects.tests import makers
from subjects.tests.test_door_api import client_of
from vault import services as vault
from vault.keystore.models import DataKey

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
NOW = timezone.now()
NEW = "2027-01"
ADDRESS = "/api/v1/statement/letters/"


def publish(version: str = NEW) -> None:
    """Publish a version after the one that is there."""
    document = load_policy().document | {"version": version}
    PolicyVersion.objects.create(
        version=version,
        digest="0" * 64,
        document=document,
        status="published",
        published_on=timezone.localdate() + timedelta(days=1),
    )


def make_person(email="", subject=None, dossier=None, **fields):
    identity = makers.an_identity(emails=[email] if email else [])
    return makers.make_involvement(dossier, subject, identity=identity, **fields)


def told() -> dict[int, str]:
    return dict(StatementTold.objects.values_list("subject", "how"))


def test_who_has_an_address_gets_a_mail_and_the_others_a_letter():
    with_mail, without = make_person("fatima@example.nl"), make_person()
    publish()
    (mail_id,) = statement.tend(now=NOW)
    content = mailing.content_of(OutgoingMail.objects.get(pk=mail_id))
    assert content["to"] == "fatima@example.nl"
    assert "Amrani" not in content["subject"] + content["body"]
    assert "privacyverklaring" in content["subject"]
    assert "privacy statement" in content["body"]
    assert told() == {with_mail.subject_id: "mail", without.subject_id: "letter"}
    statement.tend(now=NOW)
    run = StatementRun.objects.get(pk=NEW)
    assert (run.mailed, run.letters, run.passed) == (1, 1, 0)
    assert run.finished_at is not None
    body = Entry.objects.get(body__event="statement.told").body
    assert (body["mailed"], body["letters"]) == (1, 1)


def test_the_first_statement_changes_nothing():
    load_policy()
    make_person("fatima@example.nl")
    assert statement.tend(now=NOW) == []
    assert not StatementRun.objects.exists()


def test_one_person_in_several_dossiers_is_told_once_at_the_newest_address():
    old = make_person("old@example.nl")
    make_person("new@example.nl", old.subject)
    make_person("", old.subject)
    publish()
    (mail_id,) = statement.tend(now=NOW)
    assert mailing.content_of(OutgoingMail.objects.get(pk=mail_id))["to"] == "new@example.nl"
    assert StatementTold.objects.count() == 1


def test_who_unsubscribed_from_marketing_is_told_all_the_same():
    person = make_person("fatima@example.nl", dossier=makers.make_dossier("MKT"))
    publish()
    services.unsubscribe(person.pk, now=NOW, actor="user:1")
    assert len(statement.tend(now=NOW)) == 1


def test_restricted_data_are_not_used_to_write_to_and_the_client_tells_its_own():
    restricted = make_person("fatima@example.nl")
    services.place_restriction(
        restricted.pk, RestrictionGround.ACCURACY, today=timezone.localdate(), actor="user:1"
    )
    make_person("bill@example.nl", dossier=makers.make_dossier(phase="invoice"))
    publish()
    assert statement.tend(now=NOW) == []
    assert told() == {restricted.subject_id: "letter"}
    assert StatementRun.objects.get().passed == 1


def test_whom_we_hold_for_a_report_only_hears_nothing_and_is_not_on_the_list_of_the_told():
    known = make_person("een@example.nl")
    check = makers.make_dossier("AML", unusual_report_on=NOW.date())
    both = make_person("geheim@example.nl", known.subject, check)
    makers.make_record(both, "unusual_report", source="own")
    only = make_person(
        "twee@example.nl", dossier=makers.make_dossier("AML", unusual_report_on=NOW.date())
    )
    makers.make_record(only, "unusual_report", source="own")
    publish()
    (mail_id,) = statement.tend(now=NOW)
    content = mailing.content_of(OutgoingMail.objects.get(pk=mail_id))
    assert content["to"] == "een@example.nl"
    assert told() == {known.subject_id: "mail"}
    statement.tend(now=NOW)
    run = StatementRun.objects.get(pk=NEW)
    assert (run.mailed, run.letters, run.passed) == (1, 0, 1)


def test_who_heard_the_new_version_at_the_first_contact_is_passed():
    person = make_person("fatima@example.nl")
    publish()
    makers.make_notice(person, statement_version=NEW)
    assert statement.tend(now=NOW) == []
    assert told() == {}


def test_a_run_that_is_killed_goes_on_and_tells_nobody_twice(monkeypatch):
    people = [make_person(f"p{n}@example.nl") for n in range(7)]
    publish()
    monkeypatch.setattr(statement, "WINDOW", 2)
    assert len(statement.tend(now=NOW, most=3)) == 4
    with transaction.atomic():
        statement._window(NEW, NOW, 2)
        transaction.set_rollback(True)  # killed before its commit
    assert len(statement.tend(now=NOW)) == 3
    assert statement.tend(now=NOW) == []
    assert set(told()) == {person.subject_id for person in people}
    assert OutgoingMail.objects.filter(kind="statement").count() == 7


def test_a_run_told_again_from_the_start_as_after_a_restore_finds_all_told():
    make_person("fatima@example.nl")
    publish()
    statement.tend(now=NOW)
    StatementRun.objects.update(last_subject=0, finished_at=None)
    assert statement.tend(now=NOW) == []


def test_an_officer_lets_it_wait_and_go_on():
    make_person("fatima@example.nl")
    publish()
    statement.begin(now=NOW)
    for _twice in range(2):
        statement.pause(NEW, stop=True, actor="user:1", now=NOW)
    assert statement.tend(now=NOW) == []
    statement.pause(NEW, stop=False, actor="user:1", now=NOW)
    assert len(statement.tend(now=NOW)) == 1


def test_whom_a_mail_could_not_reach_gets_a_letter():
    person = make_person("fatima@example.nl")
    publish()
    (mail_id,) = statement.tend(now=NOW)
    OutgoingMail.objects.filter(pk=mail_id).update(state=MailState.FAILED)
    assert statement.letters_for_failed(now=NOW) == 1
    assert statement.letters_for_failed(now=NOW) == 0
    assert told() == {person.subject_id: "letter"}
    run = StatementRun.objects.get()
    assert (run.mailed, run.letters) == (0, 1)


def test_a_mail_that_went_out_is_deleted_a_day_later_with_its_key_and_the_proof_stays():
    make_person("fatima@example.nl")
    publish()
    (mail_id,) = statement.tend(now=NOW)
    key_id = OutgoingMail.objects.get(pk=mail_id).key_id
    OutgoingMail.objects.filter(pk=mail_id).update(state=MailState.SENT)
    assert statement.forget_sent(now=NOW) == 0
    assert statement.forget_sent(now=NOW + timedelta(days=2)) == 1
    vault.drain_outbox()
    assert not DataKey.objects.filter(pk=key_id or 0).exists()
    assert StatementTold.objects.get().told_at == NOW


def test_the_number_of_statements_does_not_grow_with_the_people(django_assert_max_num_queries):
    for n in range(40):
        make_person(f"p{n}@example.nl")
    publish()
    with django_assert_max_num_queries(40):
        statement.tend(now=NOW)


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_the_proof_goes_with_the_person():
    dossier = makers.make_dossier(rule="COL-60", closed_on=TODAY, delete_from=TODAY)
    gone = make_person("fatima@example.nl", dossier=dossier)
    stays = make_person("other@example.nl")
    publish()
    statement.tend(now=NOW)
    listed = make_list(dossier)
    assert destroy_list(listed.pk, today=TODAY)
    assert not Subject.objects.filter(pk=gone.subject_id).exists()
    assert set(told()) == {stays.subject_id}


# --- letters, as the source system reads them -----------------------------------------------------


def in_system(system="core", subject=None):
    return make_person(subject=subject, dossier=makers.make_dossier(source_system=system))


def test_a_system_reads_its_own_people_once_and_says_to_whom_it_wrote():
    mine = [in_system() for _ in range(3)]
    other = in_system("other")
    publish()
    statement.tend(now=NOW)
    client, seen, address = client_of(), [], f"{ADDRESS}?limit=2"
    while address:
        page = client.get(address).json()
        assert page["version"] == NEW
        seen += [row["involvement"] for row in page["people"]]
        address = page["next"]
    assert seen == [str(person.reference) for person in mine]
    body = {
        "version": NEW,
        "sent_on": str(timezone.localdate()),
        "involvements": [seen[0], str(other.reference), str(uuid4())],
    }
    assert client.post(ADDRESS, body, format="json").json() == {"told": 1}
    assert client.post(ADDRESS, body, format="json").json() == {"told": 0}
    assert len(client.get(ADDRESS).json()["people"]) == 2


def test_who_stands_in_two_systems_is_written_to_by_one():
    first = in_system()
    in_system("other", first.subject)
    publish()
    statement.tend(now=NOW)
    assert len(letters.to_tell(NEW, system="other")) == 1
    sent_on = timezone.localdate()
    letters.note_told(NEW, [first.reference], system="core", sent_on=sent_on, now=NOW)
    assert letters.to_tell(NEW, system="other") == []


def test_a_letter_of_tomorrow_was_not_sent():
    publish()
    tomorrow = str(timezone.localdate() + timedelta(days=1))
    body = {"version": NEW, "sent_on": tomorrow, "involvements": []}
    assert client_of().post(ADDRESS, body, format="json").status_code == 400


def test_without_a_change_nobody_is_to_be_written_to(client):
    assert client_of().get(ADDRESS).json() == {"version": None, "people": [], "next": None}
    assert client.get(ADDRESS).status_code == 401
