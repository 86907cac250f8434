"""Rectification: old, new and evidence kept; the file, the search and the source follow."""

from datetime import date
from typing import Any

import pytest

from requests import services
from requests.constants import Outcome, Right, Situation, State
from requests.decisions.lines import Choice
from requests.exceptions import Incomplete, OwnFile
from requests.letters.making import draft_answer
from requests.models import Effect, Rectification
from requests.redaction.redactions import held_for
from requests.tests.makers import ANOTHER, OFFICER
from requests.tests.rights import NOW, TODAY, approve, decide, line_of, make_asked
from subjects.constants import InstructionKind
from subjects.models import ContactEvent, Instruction, Record
from subjects.names import person_of, search_keys
from subjects.search import PersonQuery, find
from subjects.services import person_view
from subjects.tests.makers import make_dossier, make_involvement, make_record
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
