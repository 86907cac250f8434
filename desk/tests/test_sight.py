"""Whoever stands in a report of an unusual transaction only is on no page of who may not know it.

Two people of the same shape are made: one in a collection case, one in such a report. Each role
walks every page it can reach by links, and is to meet no trace of the second.

Source: Wwft, Article 23; `docs/decisions/not-there.md`.
"""

import re
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit import hiding
from audit import services as audit
from audit.models import Entry
from desk.roles import ROLES
from desk.tests.access_matrix import addresses
from desk.tests.makers import Looking, make_colleague
from policy.calendars import add_months
from policy.models import RetentionRule
from policy.tests.makers import load_policy
from retention import due, forecast, services
from retention.destruction import destroy_slice
from retention.models import DestructionList, HoldKind, LegalHold
from retention.sight import Sight
from retention.simulation_models import SimulatedCount, Simulation
from retention.tests.makers import make_dossier as make_bare_dossier
from retention.tests.makers import make_list, make_rule
from subjects.constants import InstructionKind, LookPurpose, NoticeEvent, ToldHow
from subjects.instructions import instruct
from subjects.looking import note_look
from subjects.models import ErasureProof, StatementRun, StatementTold, Unit
from subjects.telling import tell_recipients
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LINK = re.compile(r'href="([^"#]+)')
# Files are read too; what ends the visit, or leads out of the desk, is not.
NOT_WALKED = re.compile(
    r"sign-out|/language/|/static/|\.(pdf|py|xlsx|jsonld)$|/account/|/calculators/|/versions/"
    r"|/requests/export/|sort=|kind=|/retention/simulations/\?"
)
MANY, EACH = 400, 3


class Traces:
    """A person in one dossier, and all that the product keeps of both."""

    def __init__(self, purpose, rule, name):
        today = timezone.localdate()
        row = makers.make_dossier(purpose, rule=rule, delete_from=today + timedelta(days=40))
        row.client = makers.make_organisation(f"{name} Handel")
        if purpose == "AML":
            row.unusual_report_on = date(2023, 3, 4)
        row.save()
        self.dossier = row
        identity = makers.an_identity(last_name=name, emails=[f"{name}@voorbeeld.example"])
        self.person = person = makers.make_involvement(row, identity=identity)
        makers.make_record(person, "unusual_report" if purpose == "AML" else "debt", source="own")
        makers.make_disclosure(person, makers.make_recipient())
        without_date = makers.make_dossier(purpose, rule=rule, missing_anchor="closed_on")
        gone = make_bare_dossier(purpose=purpose, rule=rule, due=today - timedelta(days=1))
        waits = make_list(row, rule=rule, status=DestructionList.Status.PLANNED)
        content = make_rule(rule).digest
        done = make_list(gone, rule=rule, rule_digest=content, first_day=today, runs_from=today)
        destroy_slice(done.pk, 0, 1, today=today)
        DestructionList.objects.filter(pk=done.pk).update(status="done", done_at=timezone.now())
        told: Any = {"involvement": person, "case": uuid4(), "actor": "user:1"}
        told["now"] = timezone.now()
        instruct(InstructionKind.RESTRICT, **told)
        tell_recipients(NoticeEvent.RESTRICTION, **told)
        note_look([person.subject.reference], actor="user:1", purpose=LookPurpose.REQUEST)
        note_look(
            [person.subject.reference],
            actor="user:1",
            purpose=LookPurpose.REQUEST,
            dossier=str(row.reference),
        )
        StatementTold.objects.create(
            subject=person.subject, version="2026-11", how=ToldHow.MAIL, told_at=timezone.now()
        )
        self.lists = waits, done
        self.words = [
            *(str(one.reference) for one in (row, without_date, gone, person, person.subject)),
            name,
        ]


@pytest.fixture
def both():
    load_policy()
    RetentionRule.objects.update(dates_digest=F("digest"))
    StatementRun.objects.create(version="2026-11", started_at=timezone.now(), to_subject=0)
    seen, unseen = Traces("COL", "COL-60", "Zichtbaar"), Traces("AML", "AML-5", "Verborgen")
    run = Simulation.objects.create(
        reference=uuid4(),
        changes={"AML-5": {"months": 72}},
        purposes=["AML"],
        last=0,
        version="2026-11",
        today=timezone.localdate(),
        asked_by=1,
    )
    for one, rule in ((seen, "COL-60"), (unseen, "AML-5")):
        SimulatedCount.objects.create(
            simulation=run, rule=rule, client_id=one.dossier.client_id, what="later", dossiers=1
        )
    forecast.count(timezone.now())
    return seen, unseen


def kind_of(address):
    """Return the kind of page an address leads to: without references, numbers and values."""
    path, _mark, query = address.partition("?")
    asked = "&".join(sorted(part.partition("=")[0] for part in query.split("&")))
    return re.sub(r"(?<=/)\d+(?=/)", "N", UUID.sub("REF", path)) + "?" + asked


def walk(client):
    """Return what the pages that links lead to say, by address: some of each kind."""
    pages: dict[str, str] = {}
    kinds: Counter[str] = Counter()
    queue = ["/desk/"]
    plain = (one for one in addresses() if one.startswith("desk/") and not set("<^") & set(one))
    queue += [f"/{address}" for address in plain]
    while queue and len(pages) < MANY:
        address = queue.pop()
        kind = kind_of(address)
        if address in pages or NOT_WALKED.search(address) or kinds[kind] == EACH:
            continue
        kinds[kind] += 1
        answer = client.get(address)
        if answer.status_code == 405:
            continue
        pages[address] = text = (
            b"".join(answer.streaming_content) if answer.streaming else answer.content
        ).decode("utf-8", "replace")
        if answer.get("Content-Type", "").startswith("text/html") and answer.status_code == 200:
            base = address.partition("?")[0]
            for link in LINK.findall(text):
                found = link.replace("&amp;", "&")
                found = base + found if found.startswith("?") else found
                if found.startswith("/desk/"):
                    queue.append(found)
    assert len(pages) < MANY
    return pages


@pytest.fixture
def looking():
    def of(role):
        client = Looking()
        client.why = "request"
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        client.force_login(make_colleague(*role.split("+")), backend=BACKEND)
        return client

    return of


@pytest.mark.parametrize("role", [role for role in ROLES if role != "AML officer"])
def test_who_may_not_know_meets_no_trace_on_any_page(both, looking, role):
    _seen, unseen = both
    pages = walk(looking(role))
    # The two have no role that sees rows of people.
    assert role in ("marketing", "administrator") or len(pages) > 20
    found = {
        (address, word) for address, text in pages.items() for word in unseen.words if word in text
    }
    assert not found


def test_the_same_walk_meets_every_trace_of_who_is_not_hidden(both, looking):
    seen, unseen = both
    pages = "".join(walk(looking("senior officer+AML officer")).values())
    assert [word for word in [*seen.words, *unseen.words] if word not in pages] == []


# --- page by page, of somebody who stands elsewhere too ------------------------------------------


@pytest.fixture
def check():
    """A person in a collection case and in a check, both under one hold."""
    load_policy()
    day = timezone.localdate() + timedelta(days=40)
    case = makers.make_involvement(makers.make_dossier("COL", rule="COL-60", delete_from=day))
    row = makers.make_dossier("AML", rule="AML-5", delete_from=day, transaction_on=date(2022, 1, 2))
    other = makers.make_involvement(row, case.subject)
    services.place_hold(
        HoldKind.ACCESS,
        uuid4(),
        [case.dossier.pk, row.pk],
        today=timezone.localdate(),
        actor="user:1",
    )
    return other


def test_a_hold_shows_and_counts_what_its_reader_may_know_of(check, looking):
    hold, reference = LegalHold.objects.get(), str(check.dossier.reference)
    page = reverse("retention:hold", args=[hold.reference])
    for role, seen in (("senior officer", 1), ("senior officer+AML officer", 2)):
        client = looking(role)
        assert len(client.get(page).context["rows"]) == seen
        assert (reference in client.get(page).content.decode()) is (seen == 2)
        [row] = client.get(reverse("retention:holds")).context["holds"]
        assert row.held == seen
    # The ledger is for all its readers.
    assert Entry.objects.get(body__event="hold.placed").body["dossiers"] == 1


def test_a_check_and_a_made_up_reference_are_refused_in_the_same_words(check, looking):
    client, said = looking("senior officer"), set()
    for reference in (check.dossier.reference, uuid4()):
        answer = client.post(
            reverse("retention:propose_hold"), {"dossiers": str(reference), "purposes": "COL"}
        )
        assert answer.status_code == 422
        said.add(str(answer.context["form"].errors["dossiers"]))
    assert len(said) == 1


def test_what_is_held_of_a_check_is_no_figure_either(check, looking):
    forecast.count(timezone.now())
    day = check.dossier.delete_from
    row = forecast.Expected(day.replace(day=1), "AML-5", Unit.DOSSIER, 3, held=1)
    officer = make_colleague("senior officer")
    assert Sight.of(officer).total(row) == (4, 0)
    assert Sight.of(make_colleague("senior officer", "AML officer")).total(row) == (3, 1)
    for role, held in (("senior officer", 1), ("senior officer+AML officer", 2)):
        client = looking(role)
        assert client.get(reverse("retention:home")).context["year_held"] == held
        assert client.get(reverse("desk:home")).context["expected"].held == held
        asked = client.get(reverse("retention:due") + "?held=1").context
        assert asked["number"] == asked["counted"][0] == held


def test_of_a_check_no_row_that_goes_is_shown_or_counted(check, looking):
    begin = timezone.localdate().replace(day=1)
    for role, seen in (("auditor", []), ("auditor+AML officer", [check.dossier.reference])):
        sight = Sight.of(make_colleague(*role.split("+")))
        for unit in Unit:
            for rules in ([], ["AML-5"], ["AML-5", "COL-60"]):
                asked = due.Asked(
                    begin, begin, add_months(begin, 23), unit, rules, held=True, sight=sight
                )
                rows = due.rows_of(asked, None)
                assert len(rows) == due.number_of(asked)
                found = [row.dossier for row in rows if row.purpose == "AML"]
                assert found == (seen if unit == Unit.DOSSIER else [])


def test_nothing_of_a_check_is_taken_off_a_list_by_who_does_not_see_it(check, looking):
    make_rule("AML-5")
    listed = make_list(
        check.dossier, rule="AML-5", status="planned", runs_from=check.dossier.delete_from
    )
    take_off = reverse("retention:take_off", args=[listed.reference])
    assert looking("senior officer").post(take_off, {"position": "1"}).status_code == 404
    assert listed.items.get().taken_off_at is None
    both_roles = looking("senior officer+AML officer")
    assert both_roles.post(take_off, {"position": "1"}).status_code == 302
    assert listed.items.get().taken_off_at is not None


def test_a_list_of_checks_is_approved_by_who_sees_what_stands_on_it(check, looking):
    make_rule("AML-5")
    listed = make_list(
        check.dossier, rule="AML-5", status="planned", runs_from=check.dossier.delete_from
    )
    DestructionList.objects.filter(pk=listed.pk).update(prepared_by=1)
    page = reverse("retention:list", args=[listed.reference])
    approve = reverse("retention:approve", args=[listed.reference])
    senior = looking("senior officer")
    text = senior.get(page).content.decode()
    assert "The money laundering officer looks at it and approves" in text
    assert approve not in text
    assert senior.post(approve).status_code == 403
    officer = looking("AML officer")
    theirs = reverse("retention:approve_checks", args=[listed.reference])
    text = officer.get(page).content.decode()
    assert theirs in text
    assert str(check.dossier.reference) in text
    assert officer.post(approve).status_code == 403
    assert officer.post(theirs).status_code == 302
    listed.refresh_from_db()
    assert listed.status == DestructionList.Status.APPROVED


def test_who_sees_checks_approves_no_other_list_by_that(check, looking):
    make_rule("COL-60")
    case = makers.make_dossier("COL", rule="COL-60", delete_from=timezone.localdate())
    listed = make_list(case, rule="COL-60", status="planned", runs_from=case.delete_from)
    DestructionList.objects.filter(pk=listed.pk).update(prepared_by=1)
    page = reverse("retention:list", args=[listed.reference])
    theirs = reverse("retention:approve_checks", args=[listed.reference])
    officer = looking("AML officer")
    assert "/approve" not in officer.get(page).content.decode()
    assert officer.post(theirs).status_code == 403
    listed.refresh_from_db()
    assert listed.status == DestructionList.Status.PLANNED


def test_who_put_a_list_of_checks_forward_does_not_approve_it(check, looking):
    make_rule("AML-5")
    listed = make_list(
        check.dossier, rule="AML-5", status="planned", runs_from=check.dossier.delete_from
    )
    both_roles = looking("privacy officer+AML officer")
    prepare = reverse("retention:prepare", args=[listed.reference])
    assert both_roles.post(prepare).status_code == 302
    theirs = reverse("retention:approve_checks", args=[listed.reference])
    assert both_roles.post(theirs).status_code == 422
    listed.refresh_from_db()
    assert listed.status == DestructionList.Status.PLANNED


def test_how_many_checks_stayed_when_a_list_ran_is_told_to_nobody_else(both, looking):
    _seen, unseen = both
    done = unseen.lists[1]
    DestructionList.objects.filter(pk=done.pk).update(destroyed=41, kept=8_675_309)
    entry = audit.append(
        "list.done",
        object=f"list:{done.reference}",
        actor="worker",
        destroyed=41,
        kept=8_675_309,
        rule="AML-5",
    )
    addresses = [
        reverse("retention:list", args=[done.reference]),
        reverse("statements:promise", args=[19, 1]),
        f"{reverse('audit:ledger')}?object=list%3A{done.reference}",
    ]
    for role in ("senior officer", "auditor"):
        client = looking(role)
        pages = [client.get(address).content.decode() for address in addresses]
        for number in ("8,675,309", "8675309"):
            assert number not in "".join(pages)
        assert "who may see money-laundering checks" in pages[0]
        assert "Money-laundering checks are left out" in pages[1]
        assert client.get(reverse("audit:entry", args=[entry])).status_code == 404
    client = looking("auditor+AML officer")
    assert "8,675,309 kept" in client.get(addresses[1]).content.decode()
    assert client.get(reverse("audit:entry", args=[entry])).status_code == 200


def test_what_a_check_left_when_it_went_is_not_there_for_others(both, looking):
    _seen, unseen = both
    gone = ErasureProof.objects.get(list_id=unseen.lists[1].pk, reference__isnull=False).reference
    page = reverse("retention:certificate", args=[gone])
    note_look([uuid4()], actor="user:1", purpose=LookPurpose.REQUEST, dossier=str(gone))
    look = Entry.objects.latest("pk")
    for role, status in (("auditor", 404), ("auditor+AML officer", 200)):
        client = looking(role)
        assert client.get(page).status_code == status
        assert (client.get(page).context["proof"] is None) is (status == 404)
        assert client.get(reverse("audit:entry", args=[look.pk])).status_code == status


def test_a_look_at_a_check_that_went_is_not_told_on_the_page_of_the_person_either(both, looking):
    seen, unseen = both
    gone = ErasureProof.objects.get(list_id=unseen.lists[1].pk, reference__isnull=False).reference
    person = seen.person.subject.reference
    note_look([person], actor="user:1", purpose=LookPurpose.REQUEST, dossier=str(gone))
    look, shown = Entry.objects.latest("pk"), {}
    for role in ("senior officer", "senior officer+AML officer"):
        answer = looking(role).get(reverse("people:person", args=[person]))
        shown[role] = [row.at.isoformat() for row in answer.context["looks"].rows]
    assert [look.body["at"] in rows for rows in shown.values()] == [False, True]


def test_looks_at_whom_only_a_check_knows_are_not_in_the_ledger_of_others(both):
    _seen, unseen = both
    about = Entry.objects.filter(body__object=f"subject:{unseen.person.subject.reference}")
    assert about.count() == 2
    assert hiding.seen_by(make_colleague("auditor"), about) == []
    assert len(hiding.seen_by(make_colleague("auditor", "AML officer"), about)) == 2


def test_hiding_costs_the_same_few_queries_however_many_rows_there_are(both):
    auditor = make_colleague("auditor")
    entries = list(Entry.objects.all())
    auditor.has_perm("audit.view_entry")
    with CaptureQueriesContext(connection) as queries:
        hiding.seen_by(auditor, entries)
    assert len(queries) <= 6
