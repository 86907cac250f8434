"""Finding a person among sealed data."""

from datetime import date

import pytest

from subjects import search
from subjects.matching import Field, Kind
from subjects.names import Person
from subjects.search import find
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture
def fatima():
    identity = makers.an_identity(dossier_number="2026-123", ibans=["NL91ABNA0417164300"])
    return makers.make_involvement(identity=identity)


@pytest.fixture
def jan():
    identity = makers.an_identity(
        first_name="Jan",
        initials="J.",
        last_name="de Vries",
        birth_date="1970-01-01",
        addresses=[],
        emails=["jan@example.nl"],
        phones=[],
    )
    return makers.make_involvement(identity=identity)


def found(query: Person) -> list[int]:
    return [match.subject_id for match in find(query).matches]


@pytest.mark.parametrize(
    "query",
    [
        Person(emails=("FATIMA@example.nl",)),
        Person(dossier_numbers=("2026 123",)),
        Person(ibans=("NL91 ABNA 0417 1643 00",)),
        Person(phones=("+31612345678",)),
        Person(first_name="Fatima", last_name="El Amrani"),
        Person(first_name="Fatima", last_name="El Amrny"),
        Person(first_name="Gatima", last_name="Amrani"),
        Person(initials="F", last_name="Amranni"),
        Person(last_name="Amrni", birth_year=1984),
        Person(last_name="Bakker", birth_date=date(1984, 3, 9)),
        Person(addresses=(("1234AB", "12"),)),
        Person(
            first_name="Fatima",
            last_name="El Amrani",
            birth_date=date(1999, 12, 31),
            addresses=(("9999 ZZ", "1"),),
        ),
    ],
)
def test_a_person_is_found_by_what_people_know(fatima, jan, query):
    assert found(query)[0] == fatima.subject_id


@pytest.mark.parametrize(
    "query",
    [
        Person(),
        Person(first_name="Fatima"),
        Person(last_name="Zoutberg", first_name="Pieter"),
        Person(emails=("nobody@example.nl",)),
        Person(last_name="\x00😀"),
    ],
)
def test_nobody_is_found_where_nothing_fits(fatima, jan, query):
    answer = find(query)
    assert (answer.matches, answer.more) == ((), False)


def test_the_evidence_says_for_each_field_how_it_fits(fatima):
    query = Person(
        last_name="Amrni", first_name="Fatima", birth_date=date(1971, 6, 30), ibans=("NL00X",)
    )
    [match] = find(query).matches
    assert {one.field: one.kind for one in match.evidence} == {
        Field.LAST_NAME: Kind.NEAR,
        Field.FIRST_NAME: Kind.EQUAL,
        Field.BIRTH_DATE: Kind.DIFFERS,
        Field.IBAN: Kind.DIFFERS,
    }
    assert match.reference == fatima.subject.reference
    assert match.involvements == (fatima.pk,)
    assert match.identity["last_name"] == "El Amrani"
    assert "Amrani" not in repr(match)


def test_the_dossiers_of_one_person_are_one_match_with_the_best_of_both(fatima):
    moved = makers.make_involvement(
        subject=fatima.subject, identity=makers.an_identity(birth_date=None, addresses=[])
    )
    query = Person(first_name="Fatima", last_name="El Amrani", birth_date=date(1984, 3, 9))
    [match] = find(query).matches
    assert match.involvements == (fatima.pk, moved.pk)
    assert match.score == 1


def test_a_family_that_shares_an_address_is_told_apart_by_name(fatima):
    brother = makers.make_involvement(identity=makers.an_identity(first_name="Omar"))
    query = Person(first_name="Omar", last_name="El Amrani", emails=("fatima@example.nl",))
    assert found(query)[0] == brother.subject_id


def test_a_unique_number_with_another_name_does_not_hide_who_bears_the_name(fatima, jan):
    query = Person(first_name="Jan", last_name="de Vries", emails=("fatima@example.nl",))
    assert set(found(query)) == {fatima.subject_id, jan.subject_id}


def test_a_unique_number_alone_asks_nothing_of_names(fatima, django_assert_num_queries):
    query = Person(first_name="Fatima", last_name="Amrny", emails=("fatima@example.nl",))
    # The transaction of the probe takes two of the five.
    with (
        django_assert_num_queries(2),
        django_assert_num_queries(6, using="keystore"),
    ):
        assert found(query) == [fatima.subject_id]


def test_more_than_ten_namesakes_are_told_and_a_birth_year_helps():
    for year in range(1960, 1972):
        makers.make_involvement(identity=makers.an_identity(birth_date=f"{year}-05-01"))
    answer = find(Person(first_name="Fatima", last_name="El Amrani"))
    assert (len(answer.matches), answer.more) == (10, True)
    answer = find(Person(first_name="Fatima", last_name="El Amrani", birth_year=1965))
    assert answer.matches[0].identity["birth_date"] == "1965-05-01"
    assert not any(one.kind == Kind.EQUAL for one in answer.matches[1].evidence[-1:])


def test_ten_namesakes_exactly_are_all_there_are():
    for _ in range(10):
        makers.make_involvement()
    answer = find(Person(first_name="Fatima", last_name="El Amrani"))
    assert (len(answer.matches), answer.more) == (10, False)


def test_where_every_list_was_cut_short_others_may_match_as_well(monkeypatch):
    monkeypatch.setattr(search, "COMPLETE", 2)
    for _ in range(4):
        makers.make_involvement()
    assert find(Person(first_name="Fatima", last_name="El Amrani")).more


def test_the_number_of_queries_does_not_grow_with_the_candidates(django_assert_max_num_queries):
    for _ in range(12):
        makers.make_involvement()
    with (
        django_assert_max_num_queries(2),
        django_assert_max_num_queries(6, using="keystore"),
    ):
        find(Person(first_name="Fatima", last_name="Amrani"))


def test_no_more_candidates_are_opened_than_the_dial_says(monkeypatch):
    monkeypatch.setattr(search, "CANDIDATES", 3)
    for _ in range(6):
        makers.make_involvement()
    assert len(found(Person(first_name="Fatima", last_name="Amrani"))) == 3


def test_who_was_destroyed_is_not_found(fatima):
    makers.lose_key(fatima)
    assert found(Person(emails=("fatima@example.nl",))) == []
