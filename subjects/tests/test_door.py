"""The door: what comes in, what is answered, and what stays out."""

import io
import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from policy.tests.makers import load_policy
from subjects.ingest import ingest
from subjects.models import (
    Consent,
    Disclosure,
    Dossier,
    ErasureProof,
    Involvement,
    Organisation,
    Record,
    Subject,
    Suppression,
    Unit,
)
from vault import services as vault
from vault.keystore.models import DataKey

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

ORGANISATION = {"type": "organisation", "id": "kpn", "name": "KPN", "is_client": True}
BAILIFF = {"type": "organisation", "id": "dw", "name": "Deurwaarders", "roles": ["adviser"]}
DOSSIER = {
    "type": "dossier",
    "id": "d1",
    "purpose": "COL",
    "phase": "collection",
    "client": "kpn",
    "number": "2020-17",
    "opened_on": "2020-01-05",
    "closed_on": "2022-05-20",
}
INVOLVEMENT: dict[str, Any] = {
    "type": "involvement",
    "id": "i1",
    "dossier": "d1",
    "person": "p1",
    "category": "debtor",
    "identity": {
        "first_name": "Sanne",
        "last_name": "de Vries",
        "birth_date": "1984-03-02",
        "addresses": [{"street": "Dorpsstraat", "number": "1", "postcode": "1234 AB"}],
        "emails": ["sanne@example.org"],
    },
}
RECORD = {
    "type": "record",
    "id": "r1",
    "involvement": "i1",
    "data_category": "debt",
    "source": "client",
    "source_organisation": "kpn",
    "basis": "6.1.f",
    "collected_on": "2020-01-05",
    "content": {"amount": "120.00"},
}
DISCLOSURE = {
    "type": "disclosure",
    "id": "s1",
    "involvement": "i1",
    "recipient": "dw",
    "role": "adviser",
    "data_categories": ["debt"],
    "disclosed_on": "2021-01-05",
    "reason": "Dagvaarding",
}
CONSENT = {
    "type": "consent",
    "id": "c1",
    "involvement": "i1",
    "purpose": "COL",
    "given_on": "2020-02-01",
    "proof": "Formulier van 1 februari 2020",
}
BLOCK: list[dict[str, Any]] = [DOSSIER, INVOLVEMENT, RECORD, DISCLOSURE]
FILE = [ORGANISATION, BAILIFF, *BLOCK]


@pytest.fixture(autouse=True)
def _policy(db):
    load_policy()


def send(*lines: Any, every_line: bool = False, source: str = "core"):
    """Send lines, dicts or raw bytes; return the run and its answers by line number."""
    raw = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )
    results = io.StringIO()
    run = ingest(io.BytesIO(raw), source=source, results=results, every_line=every_line)
    answers = [json.loads(line) for line in results.getvalue().splitlines()]
    return run, {answer["line"]: answer for answer in answers}


def outcomes(*lines: Any) -> list[str]:
    _, answers = send(*lines, every_line=True)
    return [answers[number]["outcome"] for number in sorted(answers)]


def refusal_of(*lines: Any) -> str:
    """Return why the last line is refused, and make sure that no dossier came in."""
    _, answers = send(ORGANISATION, BAILIFF, *lines)
    assert not Dossier.objects.exists()
    assert not Record.objects.exists()
    return answers[len(lines) + 2]["reason"]


# --- in ------------------------------------------------------------------------------------


def test_a_dossier_comes_in_with_all_its_lines_and_its_date():
    run, answers = send(*FILE)
    assert (run.taken, run.refused, answers) == (6, 0, {})
    dossier = Dossier.objects.get()
    assert (dossier.rule, dossier.delete_from) == ("COL-60", date(2027, 5, 21))
    assert dossier.client == Organisation.objects.get(source_id="kpn")
    assert Disclosure.objects.get().recipient.category_id == "adviser"


def test_what_is_personal_is_sealed_and_opens_with_its_key():
    send(*FILE)
    involvement, record = Involvement.objects.get(), Record.objects.get()
    assert b"Sanne" not in bytes(involvement.sealed_identity)
    key = vault.open_key(involvement.key_id)
    identity = key.unseal(involvement.sealed_identity, place=involvement.identity_place)
    assert identity["first_name"] == "Sanne"
    assert identity["dossier_number"] == "2020-17"
    assert key.unseal(record.sealed_content, place=record.content_place) == {"amount": "120.00"}


def test_a_person_is_found_by_the_tokens_that_came_in():
    send(*FILE)
    key_id = Involvement.objects.get().key_id
    wanted = [vault.token("email", "sanne@example.org"), vault.token("dossier", "202017")]
    assert vault.probe(wanted) == [[key_id], [key_id]]


def test_a_second_run_changes_nothing():
    send(*FILE)
    before = bytes(Record.objects.get().sealed_content)
    assert outcomes(*FILE) == ["unchanged"] * 6
    assert bytes(Record.objects.get().sealed_content) == before
    assert DataKey.objects.count() == 1


def test_one_person_in_two_dossiers_is_one_subject_with_two_keys():
    second = [DOSSIER | {"id": "d2"}, INVOLVEMENT | {"id": "i2", "dossier": "d2"}]
    send(*FILE, *second)
    send(DOSSIER | {"id": "d3"}, INVOLVEMENT | {"id": "i3", "dossier": "d3"})
    assert Subject.objects.count() == 1
    assert DataKey.objects.count() == 3


def test_the_same_ids_from_another_source_are_other_people():
    send(*FILE)
    send(*FILE, source="other")
    assert Dossier.objects.count() == Subject.objects.count() == 2


# --- changes -------------------------------------------------------------------------------


def test_a_moved_anchor_moves_the_date_and_is_told_in_the_ledger():
    send(*FILE)
    assert outcomes(DOSSIER | {"closed_on": "2023-05-20"}) == ["updated"]
    dossier = Dossier.objects.get()
    assert dossier.delete_from == date(2028, 5, 21)
    entry = Entry.objects.get(body__event="dossier.changed")
    assert entry.body["object"] == f"dossier:{dossier.reference}"


def test_a_reopened_case_has_no_date():
    send(*FILE)
    send(DOSSIER | {"reopened_on": "2023-01-01"})
    assert Dossier.objects.get().delete_from is None


def test_what_a_line_leaves_out_stays_and_null_takes_it_away():
    send(*FILE)
    short = {"type": "dossier", "id": "d1", "purpose": "COL"}
    assert outcomes(short) == ["unchanged"]
    assert outcomes(short | {"closed_on": None}) == ["updated"]
    assert Dossier.objects.get().delete_from is None


def test_a_new_name_is_found_and_the_old_one_is_not():
    send(*FILE)
    married = INVOLVEMENT["identity"] | {"last_name": "Jansen"}
    assert outcomes(INVOLVEMENT | {"identity": married}) == ["updated"]
    old, new = vault.token("fold", "fris"), vault.token("fold", "jansen")
    assert [len(found) for found in vault.probe([old, new])] == [0, 1]


def test_a_record_with_other_content_is_sealed_anew():
    send(*FILE)
    assert outcomes(RECORD | {"content": {"amount": "80.00"}}) == ["updated"]
    record = Record.objects.get()
    key = vault.open_key(record.involvement.key_id)
    assert key.unseal(record.sealed_content, place=record.content_place) == {"amount": "80.00"}


def test_a_claim_passes_from_invoice_phase_to_collection():
    send(ORGANISATION, DOSSIER | {"purpose": "INV", "phase": "invoice", "closed_on": None})
    assert outcomes(DOSSIER) == ["updated"]
    assert Dossier.objects.get().purpose_id == "COL"


def test_another_change_of_purpose_is_refused():
    send(*FILE)
    _, answers = send(DOSSIER | {"purpose": "MKT"})
    assert "keeps the purpose" in answers[1]["reason"]


# --- never half a dossier -------------------------------------------------------------------


def test_a_bad_line_keeps_its_dossier_out_and_lets_the_others_in():
    bad = RECORD | {"id": "r2", "basis": "because"}
    other = [DOSSIER | {"id": "d2"}, INVOLVEMENT | {"id": "i2", "dossier": "d2"}]
    run, answers = send(ORGANISATION, BAILIFF, *BLOCK, bad, *other)
    assert run.refused == 5
    assert "basis" in answers[7]["reason"]
    assert answers[3]["reason"] == "Line 7 of the same dossier was refused."
    assert Involvement.objects.get().dossier == Dossier.objects.get()


def test_a_line_refused_late_undoes_what_its_block_changed():
    send(*FILE)
    _, answers = send(
        DOSSIER | {"closed_on": "2023-05-20"},
        RECORD | {"dossier": "d1", "id": "r9"},
        RECORD | {"id": "r8", "dossier": "d1", "source_organisation": "nobody"},
    )
    assert "source_organisation" in answers[3]["reason"]
    assert Dossier.objects.get().closed_on == date(2022, 5, 20)


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b'"text"', b"\xff\xfe", b'{"type": "dossier"', b'{"type": ["a"]}']
)
def test_a_line_that_cannot_be_read_is_answered_with_its_number(raw):
    _, answers = send(ORGANISATION, raw)
    assert answers[2]["outcome"] == "refused"
    assert Organisation.objects.count() == 1


def test_a_line_nested_too_deep_keeps_only_its_dossier_out():
    deep: Any = "x"
    for _ in range(300):
        deep = [deep]
    other = [DOSSIER | {"id": "d2"}, INVOLVEMENT | {"id": "i2", "dossier": "d2"}]
    run, answers = send(
        ORGANISATION, BAILIFF, *BLOCK, RECORD | {"id": "r7", "content": {"a": deep}}, *other
    )
    assert "nested too deep" in answers[7]["reason"]
    assert run.taken == 4


def test_an_unreadable_line_within_a_dossier_keeps_it_out():
    send(ORGANISATION, BAILIFF, *BLOCK, b"{broken")
    assert not Dossier.objects.exists()


def test_a_line_of_two_megabytes_is_refused_and_the_next_is_read():
    run, answers = send(RECORD | {"content": {"text": "x" * 2_000_000}}, ORGANISATION)
    assert "1 MB" in answers[1]["reason"]
    assert run.taken == 1


def test_the_same_id_twice_in_one_dossier_is_refused():
    assert "earlier line" in refusal_of(*BLOCK[:2], CONSENT, CONSENT)
    assert "earlier line" in refusal_of(*BLOCK[:2], RECORD, RECORD)


def test_what_only_the_database_can_refuse_keeps_one_dossier_out():
    """Two involvements of one person in one dossier and category."""
    twice = [DOSSIER, INVOLVEMENT, INVOLVEMENT | {"id": "i2"}]
    other = [DOSSIER | {"id": "d2"}, INVOLVEMENT | {"id": "i3", "dossier": "d2"}]
    run, answers = send(ORGANISATION, *twice, *other)
    assert (run.taken, run.refused) == (3, 3)
    assert "contradict" in answers[2]["reason"]
    assert Involvement.objects.count() == 1


# --- the gates of the law -------------------------------------------------------------------


def changed(line: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in (line | fields).items() if value != "absent"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (changed(DOSSIER, purpose="FUN"), "purpose: the statement has no such code"),
        (changed(DOSSIER, closed_on="2019-01-01"), "closed_on: lies before opened_on"),
        (changed(DOSSIER, closed_on="2021-02-30"), "closed_on: there is no such day"),
        (changed(DOSSIER, closed_on="2921-02-03"), "closed_on: lies in the future"),
        (changed(DOSSIER, phase="invoice", client="absent"), "client: a dossier in the invoice"),
        (changed(DOSSIER, client="unknown"), "client: this organisation is not known"),
        (changed(DOSSIER, colour="red"), "colour"),
    ],
)
def test_a_dossier_that_cannot_be_is_refused(line, words):
    assert words in refusal_of(line)


def references(*lines: Any, outcome: str) -> dict[str, str | None]:
    _, answers = send(*lines, every_line=True)
    return {
        answer["type"]: answer.get("reference")
        for answer in answers.values()
        if answer["outcome"] == outcome
    }


def test_dossiers_and_involvements_are_answered_with_our_reference_every_time():
    first = references(*FILE, outcome="taken")
    assert first["dossier"] == str(Dossier.objects.get().reference)
    assert first["involvement"] == str(Involvement.objects.get().reference)
    assert [first[kind] for kind in ("organisation", "record", "disclosure")] == [None] * 3
    kept = {kind: first[kind] for kind in ("dossier", "involvement")}
    assert references(*FILE, outcome="unchanged") == first
    changed = [DOSSIER | {"closed_on": None}, INVOLVEMENT | {"verified_on": "2021-01-01"}]
    assert references(*changed, outcome="updated") == kept


def test_a_refused_line_has_no_reference():
    told = references(*FILE, RECORD | {"basis": "because"}, outcome="refused")
    assert told == dict.fromkeys(("dossier", "involvement", "record", "disclosure"))


def test_what_was_destroyed_is_answered_with_the_reference_of_its_proof():
    reference = uuid4()
    destroyed("dossier", "d1", Unit.DOSSIER, reference)
    told = references(*FILE, outcome="destroyed")
    assert told["dossier"] == str(reference)
    assert told["involvement"] is None


def test_a_later_line_sent_alone_finds_its_involvement():
    send(*FILE)
    assert outcomes(RECORD | {"id": "r2"}, RECORD | {"id": "r3", "dossier": "d1"}) == [
        "taken",
        "taken",
    ]
    assert Record.objects.count() == 3


def test_a_later_line_that_finds_nothing_is_told_to_name_its_dossier():
    _, answers = send(RECORD)
    assert "involvement: is not known here; name its dossier too" in answers[1]["reason"]
    _, answers = send(RECORD | {"dossier": "d1"})
    assert answers[1]["reason"] == "involvement: is not known here."


def test_a_line_that_names_another_dossier_than_its_involvements_is_refused():
    send(*FILE, DOSSIER | {"id": "d2"})
    _, answers = send(RECORD | {"id": "r2", "dossier": "d2"})
    assert "dossier: is not the one" in answers[1]["reason"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"category": "neighbour"}, "category: the statement has no such code"),
        ({"identity": {"birth_date": "1984-02-30"}}, "birth_date: there is no such day"),
        ({"identity": {"birth_date": "2084-02-03"}}, "nobody alive"),
        ({"identity": {"source": "hearsay"}}, "source: the statement has no such code"),
        ({"identity": {"collected_on": "2024-02-30"}}, "collected_on: there is no such day"),
        ({"identity": {"collected_on": "2084-02-03"}}, "collected_on: lies in the future"),
        ({"dossier": "d9"}, "dossier: is not known here"),
        ({"identity": {"bsn": "111222333"}}, "bsn"),
    ],
)
def test_an_involvement_that_cannot_be_is_refused(fields, words):
    _, answers = send(ORGANISATION, DOSSIER, INVOLVEMENT | fields)
    assert words in answers[3]["reason"]
    assert not Involvement.objects.exists()


SPECIAL = {"ground": "9.2.f", "case": "d1", "approver": "jdv"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"data_category": "health"}, "special: health and criminal data need"),
        ({"data_category": "health", "special": {"ground": "9.2.f"}}, "special"),
        ({"data_category": "marketing"}, "data_category: the statement has no marketing for COL"),
        ({"basis": "6.1.d"}, "basis: the statement has no 6.1.d for COL"),
        ({"content": {"bsn": "1"}}, "citizen service number"),
        ({"content": {"note": "BSN 111222333"}}, "citizen service number"),
        ({"consent": "c9"}, "consent: is not known here"),
        ({"basis": "6.1.a"}, "consent: data kept by consent"),
        ({"source": "gossip"}, "source: the statement has no such code"),
        ({"special": SPECIAL | {"case": "d9"}, "data_category": "health"}, "special.case"),
    ],
)
def test_a_record_that_may_not_come_in_is_refused(fields, words):
    assert words in refusal_of(*BLOCK[:2], RECORD | fields)


def test_a_source_that_the_statement_has_for_other_purposes_only_is_refused():
    address = {"data_category": "contact", "source": "address_provider"}
    assert send(*FILE, RECORD | {"id": "r2"} | address)[0].refused == 0
    books = [DOSSIER | {"id": "b1", "purpose": "ACC"}, INVOLVEMENT | {"id": "bi", "dossier": "b1"}]
    _, answers = send(*books, RECORD | {"id": "r3", "involvement": "bi"} | address)
    assert answers[3]["reason"] == "source: the statement has no address_provider for ACC."


def test_a_person_of_a_category_that_the_purpose_does_not_have_is_refused():
    _, answers = send(*FILE, INVOLVEMENT | {"id": "i2", "category": "prospect_contact"})
    assert answers[7]["reason"] == "category: the statement has no prospect_contact for COL."
    assert not Dossier.objects.exists()


def test_a_recipient_that_the_purpose_does_not_have_is_refused():
    bureau = ORGANISATION | {"id": "cb", "roles": ["credit_bureau", "client"]}
    to_bureau = DISCLOSURE | {"recipient": "cb", "role": "credit_bureau"}
    assert send(ORGANISATION, bureau, *BLOCK[:2], to_bureau)[0].refused == 0
    _, answers = send(to_bureau | {"id": "s2", "purpose": "ACC"})
    assert answers[1]["reason"] == "role: the statement has no credit_bureau for ACC."


def test_data_that_the_purpose_of_a_disclosure_does_not_have_are_refused():
    send(*FILE)
    _, answers = send(DISCLOSURE | {"id": "s2", "data_categories": ["debt", "marketing"]})
    assert answers[1]["reason"] == "data_categories: the statement has no marketing for COL."


def test_special_data_come_in_with_ground_case_and_approver():
    send(*FILE, RECORD | {"id": "r2", "data_category": "health", "special": SPECIAL})
    record = Record.objects.get(is_special=True)
    assert record.special_case == Dossier.objects.get().reference


def test_a_nine_digit_number_that_nobody_calls_a_bsn_comes_in():
    run, _ = send(*FILE, RECORD | {"id": "r2", "content": {"invoice": "111222333"}})
    assert run.refused == 0


def test_a_transfer_outside_the_eea_needs_its_mechanism():
    abroad = DISCLOSURE | {"country": "TR"}
    assert "mechanism" in refusal_of(*BLOCK[:2], abroad)


def test_a_transfer_with_its_mechanism_comes_in():
    run, _ = send(*FILE[:4], DISCLOSURE | {"country": "TR", "mechanism": "46.2.c"})
    assert run.refused == 0


def test_a_legal_step_that_nobody_confirmed_is_refused():
    step = {
        "type": "automated_decision",
        "id": "a1",
        "involvement": "i1",
        "kind": "legal_step",
        "rule_version": "7",
        "decided_at": "2021-03-01T10:00:00+01:00",
        "inputs": {"debt": 120},
        "result": "summons",
        "effect": "a summons is sent",
    }
    assert "confirmed_by" in refusal_of(*BLOCK[:2], step)
    assert send(*FILE[:4], step | {"confirmed_by": "jdv"})[0].refused == 0


# --- consent and marketing ------------------------------------------------------------------


def test_a_withdrawn_consent_ends_the_records_that_rest_on_it_alone():
    special = {"data_category": "health", "special": SPECIAL | {"ground": "9.2.a"}}
    on_consent = RECORD | {"id": "r2", "consent": "c1"} | special
    send(*FILE, CONSENT, on_consent)
    assert Record.objects.get(is_special=True).delete_from is None
    assert outcomes(CONSENT | {"withdrawn_on": "2023-07-01"}) == ["updated"]
    record = Record.objects.get(is_special=True)
    assert (record.rule, record.delete_from) == ("SPC", date(2023, 7, 1))
    assert Consent.objects.get().withdrawn_on == date(2023, 7, 1)


def test_data_of_an_insolvency_register_go_when_the_register_drops_them():
    send(
        *FILE,
        RECORD
        | {
            "id": "r2",
            "data_category": "insolvency",
            "source": "insolvency_register",
            "register_removed_on": "2024-01-31",
        },
    )
    assert Record.objects.get(rule="INS").delete_from == date(2024, 1, 31)


MARKETING = {"type": "dossier", "id": "m1", "purpose": "MKT", "last_contact_on": "2025-03-31"}
PROSPECT = INVOLVEMENT | {"id": "im", "dossier": "m1", "category": "prospect_contact"}
CALL = {
    "type": "contact_event",
    "id": "e1",
    "involvement": "im",
    "direction": "in",
    "channel": "phone",
    "happened_at": "2026-02-01T00:30:00+01:00",
    "note": "Belde over een aanbod",
}


def test_contact_by_the_person_renews_a_marketing_period_and_a_mailing_does_not():
    send(MARKETING, PROSPECT, CALL | {"id": "e0", "direction": "out"})
    assert Dossier.objects.get().delete_from == date(2028, 4, 1)
    send(CALL)
    assert Dossier.objects.get().last_contact_on == date(2026, 2, 1)
    assert Dossier.objects.get().delete_from == date(2029, 2, 2)


def test_an_unsubscribed_person_is_suppressed_and_marketing_does_not_come_back():
    send(MARKETING, PROSPECT)
    send(MARKETING | {"unsubscribed_on": "2026-01-15"}, PROSPECT)
    assert Dossier.objects.get().delete_from == date(2026, 1, 15)
    assert Involvement.objects.get().use_ended_at is not None
    assert Suppression.objects.filter(is_address=True).count() == 1
    send(MARKETING | {"unsubscribed_on": None})
    assert Dossier.objects.get().unsubscribed_on == date(2026, 1, 15)
    _, answers = send(MARKETING | {"id": "m2"}, PROSPECT | {"id": "im2", "dossier": "m2"})
    assert "must not be used for marketing" in answers[2]["reason"]


def test_an_unsubscription_sent_alone_suppresses_the_address_too():
    send(MARKETING, PROSPECT)
    send(MARKETING | {"unsubscribed_on": "2026-01-15"})
    assert Suppression.objects.filter(is_address=True).count() == 1


def test_a_withdrawn_consent_ends_marketing_for_that_person_alone_and_nothing_revives_it():
    other = PROSPECT | {"id": "im2", "person": "p2", "identity": {"emails": ["b@example.org"]}}
    consent = CONSENT | {"involvement": "im", "purpose": "MKT"}
    send(MARKETING, PROSPECT, other, consent)
    send(consent | {"withdrawn_on": "2026-02-01"})
    assert Dossier.objects.get().consent_withdrawn_on is None
    ended = Involvement.objects.get(delete_from=date(2026, 2, 1))
    assert ended.use_ended_at is not None
    assert Involvement.objects.filter(delete_from=None, use_ended_at=None).count() == 1
    assert Suppression.objects.filter(is_address=True).count() == 1


def test_a_withdrawn_consent_of_the_only_person_ends_the_dossier_and_stays_withdrawn():
    consent = CONSENT | {"involvement": "im", "purpose": "MKT"}
    send(MARKETING, PROSPECT, consent | {"withdrawn_on": "2026-02-01"})
    assert Dossier.objects.get().delete_from == date(2026, 2, 1)
    send(MARKETING | {"consent_withdrawn_on": None})
    assert Dossier.objects.get().delete_from == date(2026, 2, 1)


def test_a_missing_anchor_is_listed_and_never_guessed():
    send(MARKETING | {"last_contact_on": None})
    dossier = Dossier.objects.get()
    assert (dossier.missing_anchor, dossier.delete_from) == ("last_contact_on", None)


# --- what was destroyed ---------------------------------------------------------------------


def destroyed(kind: str, source_id: str, unit: Unit, reference: UUID | None = None) -> None:
    digest = vault.digest("core", kind, source_id)
    ErasureProof.objects.create(
        source_digest=digest, unit=unit, reference=reference, list_id=1, entry_id=1
    )


def test_a_destroyed_dossier_does_not_come_back():
    destroyed("dossier", "d1", Unit.DOSSIER)
    assert outcomes(*FILE) == ["taken", "taken", *["destroyed"] * 4]
    assert not Dossier.objects.exists()
    assert outcomes(RECORD | {"dossier": "d1"}) == ["destroyed"]


def test_a_destroyed_involvement_stays_out_of_a_dossier_that_lives():
    other = INVOLVEMENT | {"id": "i2", "person": "p2"}
    destroyed("involvement", "i1", Unit.INVOLVEMENT)
    assert outcomes(*FILE, other)[2:] == ["taken", *["destroyed"] * 3, "taken"]


def test_a_destroyed_record_stays_out_and_the_rest_comes_in():
    destroyed("record", "r1", Unit.RECORD)
    assert outcomes(*FILE)[2:] == ["taken", "taken", "destroyed", "taken"]


def test_the_ledger_tells_of_a_run_without_a_word_of_its_content():
    send(*FILE)
    entry = Entry.objects.get(body__event="ingest.chunk")
    assert entry.body["taken"] == 6
    assert "Sanne" not in json.dumps(entry.body)


def test_the_command_takes_a_file_in_and_writes_its_answers(tmp_path, capsys):
    file = tmp_path / "lines.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in [*FILE, RECORD | {"basis": "no"}]))
    call_command("ingest", str(file), source="core")
    assert "2 taken, 0 updated, 0 unchanged, 0 destroyed, 5 refused" in capsys.readouterr().out
    assert "basis" in (tmp_path / "lines.results.jsonl").read_text()


@pytest.mark.parametrize(
    ("file", "source", "words"),
    [("x.jsonl", "no slug!", "--source"), ("x.jsonl", "core", "x.jsonl")],
)
def test_the_command_says_in_a_sentence_what_is_wrong(tmp_path, file, source, words):
    with pytest.raises(CommandError, match=words):
        call_command("ingest", str(tmp_path / file), source=source)
