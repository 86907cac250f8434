"""The file of a request goes with everything that belongs to it, down the one road."""

from datetime import date

import pytest
from django.apps import apps
from django.utils import timezone

from policy.models import RetentionRule
from requests import services
from requests.constants import Direction, Outcome, Right
from requests.erasers import TABLES
from requests.figures.models import PublicFigure
from requests.files.types import looked_at
from requests.identity.models import CalendarFeed
from requests.incidents.models import Incident
from requests.models import Forwarding, PrivacyRequest
from requests.organisations.models import AddressChange
from requests.portal import drafts
from requests.queue.models import QueueExport, QueueExportPiece, QueueView
from requests.tests.identity_makers import make_identity_rows
from requests.tests.journey import ask
from requests.tests.lettering import make_letter_rows
from requests.tests.makers import (
    ANOTHER,
    LATER,
    OFFICER,
    make_handled,
    make_request,
    make_rights_rows,
)
from requests.tests.test_page import make_pack
from retention.running import destroy_list
from retention.tests.makers import make_list
from subjects.models import Dossier, ErasureProof
from subjects.tests.makers import make_involvement, make_organisation
from vault import services as vault
from vault.constants import KeyKind
from vault.keystore.models import DataKey

BOTH = ["default", "keystore"]
pytestmark = pytest.mark.django_db(transaction=True, databases=BOTH)
DUE = date(2031, 6, 12)


def make_closed() -> PrivacyRequest:
    """Make a request with something in every table, answered and closed on 11 June 2026."""
    involvement = make_involvement()
    privacy_request = make_handled(involvement.subject)
    services.send_message(privacy_request.pk, "Bericht", officer=OFFICER, now=LATER)
    services.decide(
        privacy_request.pk,
        Right.ACCESS,
        dossier=involvement.dossier,
        outcome=Outcome.GRANTED,
        reason="",
        officer=OFFICER,
        now=LATER,
    )
    make_identity_rows(privacy_request, involvement)
    services.approve(privacy_request.pk, officer=ANOTHER, now=LATER)
    make_rights_rows(privacy_request, involvement)
    Forwarding.objects.create(
        request=privacy_request,
        client=make_organisation(),
        dossiers=[involvement.dossier.reference],
        key_id=vault.create_key(KeyKind.FORWARD).id,
        forwarded_by=OFFICER,
        created_at=LATER,
        due_on=DUE,
    )
    pack = make_pack(privacy_request)
    make_letter_rows(privacy_request, pack)
    pack.downloads.create(form="pdf", actor="person", downloaded_at=LATER)
    services.answer(privacy_request.pk, actor="worker", now=LATER)
    draft = drafts.start(language="nl", now=timezone.now())
    paper = looked_at("brief.txt", b"Brief")
    drafts.add_file(draft.reference, paper)
    services.attach(
        privacy_request.pk, [paper], direction=Direction.BY_PERSON, actor="worker", now=LATER
    )
    draft.request, draft.sent_at = privacy_request, timezone.now()
    draft.save()
    return services.close(privacy_request.pk, actor="worker", now=LATER)


def destroy(dossier: Dossier, today: date) -> None:
    rule = RetentionRule.objects.get(code="RTS-60")
    listed = make_list(
        dossier, rule=rule.code, rule_digest=rule.digest, first_day=today, runs_from=today
    )
    destroy_list(listed.pk, today=today)


# A colleague's own, the files of breaches, which test_incidents.py lets go, organisations'
# addresses, mere counts, and exports of the queue, which test_queue_export.py empties.
OF_OTHERS = {
    AddressChange,
    CalendarFeed,
    Incident,
    PublicFigure,
    QueueExport,
    QueueExportPiece,
    QueueView,
}
EXPORTS = {"requests_queueexport", "requests_queueexportpiece"}


def rows() -> dict[str, int]:
    models = set(apps.get_app_config("requests").get_models()) - OF_OTHERS
    return {model._meta.db_table: model._default_manager.count() for model in models}


def test_every_table_of_the_app_is_covered():
    assert {*rows(), "requests_incident"} | EXPORTS == TABLES


def test_five_years_after_closing_nothing_of_a_request_is_left():
    privacy_request = make_closed()
    full = rows()
    assert [table for table, number in full.items() if not number] == []
    other = make_request()
    dossier = Dossier.objects.get(pk=privacy_request.dossier_id)
    keys = list(DataKey.objects.exclude(pk=other.key_id).values_list("pk", flat=True))
    destroy(dossier, DUE)
    vault.drain_outbox()
    assert not Dossier.objects.filter(pk=dossier.pk).exists()
    assert [one.pk for one in PrivacyRequest.objects.all()] == [other.pk]
    assert {table for table, number in rows().items() if number} == {
        "requests_privacyrequest",
        "requests_requestedright",
        "requests_clockevent",
        "requests_emailcode",
        "requests_pagelink",
        "requests_outgoingmail",
    }
    assert services.body_of(other)["words"]
    assert ErasureProof.objects.filter(reference=dossier.reference).exists()
    left = set(DataKey.objects.filter(pk__in=keys).values_list("kind", flat=True))
    assert left == {1, 4}  # the person in the registry, and the mail of the other request


def test_a_day_early_everything_stays():
    privacy_request = make_closed()
    before = rows()
    destroy(privacy_request.dossier, date(2031, 6, 11))
    assert rows() == before


def test_an_open_request_never_goes():
    privacy_request = make_request()
    destroy(privacy_request.dossier, date(2040, 1, 1))
    assert PrivacyRequest.objects.filter(pk=privacy_request.pk).exists()


@pytest.mark.worker
def test_a_worker_looks_for_the_person_and_sends_the_mail_of_what_the_portal_took(
    client, celery_worker
):
    from embedded.worker import until
    from policy.tests.makers import load_policy

    load_policy()
    involvement = make_involvement()
    privacy_request = ask(client)
    until(privacy_request.matches.exists)
    until(privacy_request.mails.filter(state="sent").exists)
    [match] = privacy_request.matches.all()
    assert match.subject_reference == involvement.subject.reference
