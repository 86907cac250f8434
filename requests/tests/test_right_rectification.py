"""Rectification: old, new and evidence kept; the file, the search and the source follow."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from audit.services import entries_about
from requests import services
from requests.constants import Outcome, Right, Situation, State
from requests.decisions.lines import Choice
from requests.exceptions import Incomplete, OwnFile
from requests.letters.making import draft_answer
from requests.models import Effect, Rectification
from requests.redaction.redactions import held_for
from requests.tests.held import report_of
from requests.tests.makers import ANOTHER, OFFICER
from requests.tests.rights import NOW, TODAY, approve, decide, line_of, make_asked
from requests.tests.test_four_eyes import colleague
from subjects import rights as registry
from subjects.constants import InstructionKind
from subjects.models import ContactEvent, Instruction, RecipientNotice, Record
from subjects.names import person_of, search_keys
from subjects.search import PersonQuery, find
from subjects.services import person_view
from subjects.tests.makers import (
    an_identity,
    make_contact,
    make_decision,
    make_disclosure,
    make_dossier,
    make_involvement,
    make_record,
)
from vault import services as vault
from vault.keystore.models import SearchTokens

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def make_case(**fields):
    return make_involvement(make_dossier(opened_on=date(2025, 1, 1), **fields))


def note_name(asked, name="Bouali", **fields):
    return services.note_identity(
        asked.pk,
        "last_name",
        name,
        evidence="Uittreksel BRP gezien",
        officer=OFFICER,
        now=NOW,
        **fields,
    )


def identity_of(person):
    [view] = person_view(involvement_ids=[person.pk])
    return view.identity


def tokens_of(person):
    return set(SearchTokens.objects.get(key_id=person.key_id).tokens)


def test_a_name_is_corrected_in_every_file_and_old_new_and_evidence_are_kept():
    person = make_case()
    other = make_involvement(make_dossier("MKT"), person.subject)
    asked = make_asked(Right.RECTIFICATION, people=[person, other])
    note_name(asked)
    approve(asked)
    assert identity_of(person)["last_name"] == identity_of(other)["last_name"] == "Bouali"
    rows = services.corrections_of(asked)
    assert [values["old"] for _row, values in rows] == ["El Amrani", "El Amrani"]
    assert rows[0][1]["evidence"] == "Uittreksel BRP gezien"
    assert rows[0][0].carried_out_at == NOW
    assert b"Bouali" not in bytes(rows[0][0].sealed_values)
    effects = Effect.objects.values_list("kind", "state")
    assert list(effects) == [("rectify", "done"), ("rectify", "done")]


def test_a_file_of_which_nothing_may_be_told_is_not_corrected_and_leaves_no_row():
    """Else the rows of the page would count a report of an unusual transaction too (Wwft 23)."""
    person = make_case()
    check = make_dossier("AML", unusual_report_on=date(2025, 3, 1))
    reported = make_involvement(check, person.subject)
    record = make_record(reported, "unusual_report", content={"text": "GEHEIM"}, source="own")
    asked = make_asked(Right.RECTIFICATION, people=[person, reported])
    assert [row.dossier_reference for row in note_name(asked)] == [person.dossier.reference]
    told: Any = {"evidence": "Gezien", "officer": OFFICER, "now": NOW}
    with pytest.raises(Incomplete):
        services.note_record(asked.pk, record.pk, "text", "Anders", **told)
    with pytest.raises(Incomplete):
        services.note_statement(asked.pk, "record", record.pk, "Dat klopt niet", **told)
    with pytest.raises(Incomplete):
        note_name(asked, involvement=reported.reference)
    approve(asked)
    assert identity_of(person)["last_name"] == "Bouali"
    assert all(row.carried_out_at for row, _values in services.corrections_of(asked))


@pytest.mark.parametrize(("role", "sees"), [("privacy officer", False), ("AML officer", True)])
def test_what_is_corrected_in_a_check_is_shown_to_who_may_see_it_only(client, role, sees):
    person = make_case()
    check = make_involvement(make_dossier("AML", transaction_on=date(2025, 1, 1)), person.subject)
    record = make_record(check, "unusual_report", content={"result": "GEHEIM"}, source="own")
    asked = make_asked(Right.RECTIFICATION, people=[person, check])
    services.note_record(
        asked.pk, record.pk, "result", "Anders", evidence="Pas", officer=OFFICER, now=NOW
    )
    note_name(asked, involvement=person.reference)
    client.force_login(colleague(role=role), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/desk/requests/{asked.reference}/").content.decode()
    assert "Bouali" in page
    assert ("GEHEIM" in page) is sees
    assert ("Anders" in page) is sees


def test_the_person_is_found_by_the_new_name_and_no_longer_by_the_old(
    django_capture_on_commit_callbacks,
):
    person = make_case()
    asked = make_asked(Right.RECTIFICATION, people=[person])
    note_name(asked)
    before = tokens_of(person)
    with django_capture_on_commit_callbacks(execute=False):
        approve(asked)
    # Until the commit both are there: nobody is hidden whatever happens now.
    new = set(vault.tokens(search_keys(person_of(identity_of(person)))))
    assert tokens_of(person) == before | new
    with django_capture_on_commit_callbacks(execute=True):
        from subjects import rights

        rights.trim_tokens(person.pk)
    assert tokens_of(person) == new
    found = find(PersonQuery(last_name="Bouali", birth_date=date(1984, 3, 9)))
    assert [match.subject_id for match in found.matches] == [person.subject_id]


def test_a_piece_of_data_gets_its_new_value_and_its_kind_stays():
    person = make_case()
    record = make_record(person, content={"amount": 120.0, "note": "x"})
    asked = make_asked(Right.RECTIFICATION, people=[person])
    services.note_record(
        asked.pk, record.pk, "amount", "90", evidence="Factuur", officer=OFFICER, now=NOW
    )
    approve(asked)
    [view] = person_view(involvement_ids=[person.pk])
    assert view.records[0].content == {"amount": 90.0, "note": "x"}


def test_the_source_is_told_old_and_new():
    person = make_case(source_system="casus")
    asked = make_asked(Right.RECTIFICATION, people=[person])
    note_name(asked)
    approve(asked)
    told = Instruction.objects.get(kind=InstructionKind.RECTIFY)
    assert (told.case, told.involvement_id) == (asked.reference, person.pk)
    from subjects.instructions import payloads_of

    [payload] = payloads_of([told]).values()
    assert payload["changes"] == [{"field": "last_name", "old": "El Amrani", "new": "Bouali"}]


def test_in_the_books_the_old_line_stays_and_a_correction_stands_beside_it():
    person = make_involvement(make_dossier("ACC"))
    line = make_record(person, "invoice", content={"amount": "120.00"}, lawful_basis="6.1.c")
    asked = make_asked(Right.RECTIFICATION, people=[person])
    assert line_of(asked, Right.RECTIFICATION, person).proposed.outcome == Outcome.PARTLY
    services.note_record(
        asked.pk, line.pk, "amount", "100.00", evidence="Factuur", officer=OFFICER, now=NOW
    )
    approve(asked)
    [view] = person_view(involvement_ids=[person.pk])
    old, beside = sorted(view.records, key=lambda record: record.pk)
    assert old.content == {"amount": "120.00"}
    assert beside.content is not None
    assert (beside.content["old"], beside.content["new"]) == ("120.00", "100.00")
    assert Effect.objects.get().kind == "book"


def test_a_score_is_not_overwritten_but_computed_again():
    person = make_case(source_system="casus")
    score = make_record(person, "score", source="own", content={"score": 3})
    asked = make_asked(Right.RECTIFICATION, people=[person])
    note_name(asked)
    part = line_of(asked, Right.RECTIFICATION, person, "score")
    assert part.proposed.outcome == Outcome.PARTLY
    approve(asked)
    assert Effect.objects.filter(kind="recompute", state="done").exists()
    before = bytes(score.sealed_content)
    assert bytes(Record.objects.get(pk=score.pk).sealed_content) == before


def test_what_is_granted_and_corrects_nothing_is_not_approved():
    person = make_case()
    asked = make_asked(Right.RECTIFICATION, people=[person])
    with pytest.raises(Incomplete):
        approve(asked)
    asked.refresh_from_db()
    assert asked.state == State.HANDLING


def test_a_file_in_which_nothing_is_wrong_is_left_as_it_is():
    person = make_case()
    other = make_involvement(make_dossier("MKT"), person.subject)
    asked = make_asked(Right.RECTIFICATION, people=[person, other])
    note_name(asked, involvement=person.reference)
    spare = line_of(asked, Right.RECTIFICATION, other)
    reason = "In dit dossier staat uw naam goed."
    approve(asked, choices={spare.key: Choice(Outcome.NOT_APPLICABLE, "16", reason)})
    assert identity_of(other)["last_name"] == "El Amrani"


def test_a_second_value_for_a_field_takes_the_place_of_the_first_and_can_be_taken_back():
    person = make_case()
    asked = make_asked(Right.RECTIFICATION, people=[person])
    note_name(asked, "Bouaali")
    [row] = note_name(asked, "Bouali")
    assert Rectification.objects.get().pk == row.pk
    services.drop_correction(row.reference, officer=OFFICER)
    services.drop_correction(row.reference, officer=OFFICER)
    assert not Rectification.objects.exists()


def test_no_field_no_value_no_person_of_another_request():
    person, stranger = make_case(), make_record(make_case())
    asked = make_asked(Right.RECTIFICATION, people=[person])
    common: dict[str, Any] = {"evidence": "-", "officer": OFFICER, "now": NOW}
    for name, value in (("subject_id", "1"), ("last_name", "")):
        with pytest.raises(Incomplete):
            services.note_identity(asked.pk, name, value, **common)
    with pytest.raises(Incomplete):
        services.note_record(asked.pk, stranger.pk, "amount", "1", **common)


def test_a_dispute_is_noted_with_the_file_the_source_asks_the_client_and_nothing_is_erased():
    person = make_case(source_system="casus")
    asked = make_asked(
        Right.RECTIFICATION,
        people=[person],
        situation=Situation.DISPUTE,
        words="Ik heb dit nooit besteld.",
    )
    line = line_of(asked, Right.RECTIFICATION, person)
    assert line.proposed.outcome == Outcome.PARTLY
    assert "betalen" in line.reason
    approve(asked)
    person.refresh_from_db()
    assert person.disputed_on == TODAY
    [view] = person_view(involvement_ids=[person.pk])
    assert view.contacts[0].note == "Ik heb dit nooit besteld."
    assert Instruction.objects.filter(kind=InstructionKind.RECTIFY).count() == 1
    assert person.delete_from is None
    assert person.use_ended_at is None
    [law] = laws(asked)
    assert "16" in law
    assert "18" not in law


def laws(asked):
    """Return the articles that the letter cites for the correction."""
    letter = draft_answer(asked, held_for(asked), today=TODAY, carried_out=False).letter
    [right] = [one for one in letter["rights"] if one["code"] == Right.RECTIFICATION]
    return [row["law"]["reference"] for row in right["rows"]]


def test_a_dispute_that_asks_a_pause_gets_it_on_its_ground():
    person = make_case()
    asked = make_asked(
        Right.RECTIFICATION, Right.RESTRICTION, people=[person], situation=Situation.DISPUTE
    )
    assert line_of(asked, Right.RESTRICTION, person).ground == "18.1.a"
    approve(asked)
    assert person.restrictions.get().ground == "18.1.a"
    assert ContactEvent.objects.filter(involvement=person).count() == 1
    [law] = laws(asked)
    assert "18" in law


def test_an_officer_corrects_nothing_in_their_own_file(django_user_model):
    me = django_user_model.objects.create_user("me", email="fatima@example.nl")
    asked = make_asked(Right.RECTIFICATION, people=[make_case()])
    with pytest.raises(OwnFile):
        services.note_identity(asked.pk, "last_name", "X", evidence="-", officer=me.pk, now=NOW)


def test_who_approves_alone_needs_nobody_for_a_correction():
    asked = make_asked(Right.RECTIFICATION, people=[make_case()])
    note_name(asked)
    decide(asked, officer=ANOTHER)
    assert approve(asked, officer=ANOTHER).state == State.APPROVED


# --- taken away, completed, added to -------------------------------------------------------


def test_a_wrong_telephone_number_is_taken_away_and_the_file_of_the_source_is_told():
    person = make_case(source_system="casus")
    asked = make_asked(Right.RECTIFICATION, people=[person])
    shown: dict[str, Any] = {"evidence": "Nummer van een ander", "officer": OFFICER, "now": NOW}
    with pytest.raises(Incomplete):
        services.note_identity(asked.pk, "phones", [], **shown)
    services.note_identity(asked.pk, "phones", None, removes=True, **shown)
    approve(asked)
    identity = identity_of(person)
    assert identity["phones"] == []
    assert identity["sources"]["phones"]["source"] == "person"
    [(_row, values)] = services.corrections_of(asked)
    assert (values["old"], values["new"]) == (["0612345678"], [])
    assert Instruction.objects.get(kind=InstructionKind.RECTIFY)


def test_what_was_empty_is_completed():
    person = make_involvement(make_dossier(), identity=an_identity(phones=[], birth_date=None))
    asked = make_asked(Right.RECTIFICATION, people=[person])
    shown: dict[str, Any] = {"evidence": "Opgave", "officer": OFFICER, "now": NOW}
    services.note_identity(asked.pk, "phones", ["0687654321"], **shown)
    approve(asked)
    assert identity_of(person)["phones"] == ["0687654321"]


def test_a_field_of_a_piece_goes_and_the_last_one_does_not():
    person = make_case()
    two = make_record(person, content={"amount": "120.00", "employer": "Bakker"})
    one = make_record(person, content={"employer": "Bakker"})
    asked = make_asked(Right.RECTIFICATION, people=[person])
    shown: dict[str, Any] = {
        "evidence": "Werkt daar niet",
        "officer": OFFICER,
        "now": NOW,
        "removes": True,
    }
    services.note_record(asked.pk, two.pk, "employer", "", **shown)
    with pytest.raises(Incomplete, match="erasure"):
        services.note_record(asked.pk, one.pk, "employer", "", **shown)
    approve(asked)
    [view] = person_view(involvement_ids=[person.pk])
    kept = next(record for record in view.records if record.pk == two.pk)
    assert kept.content == {"amount": "120.00", "employer": None}


def test_the_person_adds_to_a_note_a_decision_and_a_piece_which_stay_as_they_are():
    person = make_case(source_system="casus")
    pieces = {
        "contact": make_contact(person, note="Zei dat hij niet wil betalen."),
        "decision": make_decision(person),
        "record": make_record(person),
    }
    make_disclosure(person, data_categories=["correspondence"])
    asked = make_asked(Right.RECTIFICATION, people=[person])
    shown: dict[str, Any] = {"evidence": "Brief van 1 juni", "officer": OFFICER, "now": NOW}
    for kind, piece in pieces.items():
        services.note_statement(asked.pk, kind, piece.pk, f"Ik zei iets anders: {kind}", **shown)
    approve(asked)
    [view] = person_view(involvement_ids=[person.pk])
    added = [one.note for one in view.contacts if one.channel == "statement"]
    assert len(added) == 3
    about = "Aanvulling bij wat op 1 februari 2024 is geschreven of gezegd"
    assert added[0] == f"{about}: Ik zei iets anders: contact"
    assert "Zei dat hij niet wil betalen." in [one.note for one in view.contacts]
    # Beside it in every later answer, told to the source, and to who received such data.
    report = report_of(view)
    letters = report["purposes"][0]["dossiers"][0]["letters"]
    assert [one["channel"] for one in letters].count("Uw aanvulling") == 3
    assert Instruction.objects.filter(kind=InstructionKind.RECTIFY).count() == 3
    assert RecipientNotice.objects.filter(event="rectification").count() == 1
    entries = entries_about(f"involvement:{person.reference}")
    assert entries.filter(body__event="statement.added").count() == 3
    assert [values["new"] for _row, values in services.corrections_of(asked)] == [
        f"Ik zei iets anders: {kind}" for kind in pieces
    ]


def test_adding_twice_leaves_one_statement():
    person = make_case()
    note = make_contact(person)
    case = uuid4()
    for _ in range(2):
        registry.add_statement(note, "Anders.", case=case, now=NOW, actor="user:1")
    assert ContactEvent.objects.filter(channel="statement").count() == 1


def test_nobody_adds_to_a_piece_of_somebody_else_or_nothing_at_all():
    person, other = make_case(), make_case()
    mine, theirs = make_contact(person), make_contact(other)
    asked = make_asked(Right.RECTIFICATION, people=[person])
    shown: dict[str, Any] = {"evidence": "x", "officer": OFFICER, "now": NOW}
    for kind, piece, words in (
        ("contact", theirs.pk, "Anders."),
        ("contact", mine.pk, "  "),
        ("dossier", mine.pk, "Anders."),
    ):
        with pytest.raises(Incomplete):
            services.note_statement(asked.pk, kind, piece, words, **shown)
