"""How well what was typed fits what is held."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects.matching import Evidence, Field, Kind, best_of, compare, score
from subjects.names import Person

HELD = Person(
    first_name="Fatima",
    last_name="El Amrani",
    birth_date=date(1984, 3, 9),
    addresses=(("1234 AB", "12"),),
    emails=("fatima@example.nl",),
    phones=("0612345678",),
    ibans=("NL91ABNA0417164300",),
    dossier_numbers=("2026-123",),
)


def kind_of(typed: Person, held: Person = HELD) -> Kind:
    [evidence] = compare(typed, held)
    return evidence.kind


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        (Person(last_name="Amrani"), Kind.EQUAL),
        (Person(last_name="el amrani"), Kind.EQUAL),
        (Person(last_name="Amrni"), Kind.NEAR),
        (Person(last_name="Amrani-Bakker"), Kind.NEAR),
        (Person(last_name="Bakker"), Kind.DIFFERS),
        (Person(first_name="FATIMA"), Kind.EQUAL),
        (Person(first_name="Fatma"), Kind.NEAR),
        (Person(first_name="Karel"), Kind.DIFFERS),
        (Person(initials="F."), Kind.EQUAL),
        (Person(initials="K."), Kind.DIFFERS),
        (Person(birth_date=date(1984, 3, 9)), Kind.EQUAL),
        (Person(birth_date=date(1984, 9, 3)), Kind.NEAR),
        (Person(birth_date=date(1983, 3, 9)), Kind.NEAR),
        (Person(birth_date=date(1984, 3, 19)), Kind.NEAR),
        (Person(birth_date=date(1971, 6, 30)), Kind.DIFFERS),
        (Person(birth_year=1984), Kind.EQUAL),
        (Person(birth_year=1985), Kind.DIFFERS),
        (Person(addresses=(("1234ab", ""),)), Kind.EQUAL),
        (Person(addresses=(("1235AB", ""),)), Kind.NEAR),
        (Person(addresses=(("9999ZZ", ""),)), Kind.DIFFERS),
        (Person(addresses=(("", "12"),)), Kind.EQUAL),
        (Person(addresses=(("", "13"),)), Kind.DIFFERS),
        (Person(emails=("Fatima@Example.nl",)), Kind.EQUAL),
        (Person(emails=("fatma@example.nl",)), Kind.NEAR),
        (Person(emails=("info@example.com",)), Kind.DIFFERS),
        (Person(phones=("+31 6 12345678",)), Kind.EQUAL),
        (Person(ibans=("NL91 ABNA 0417 1643 00",)), Kind.EQUAL),
        (Person(dossier_numbers=("2026123",)), Kind.EQUAL),
    ],
)
def test_what_is_typed_is_judged_against_what_is_held(typed, kind):
    assert kind_of(typed) == kind


@pytest.mark.parametrize(
    ("typed", "held"),
    [("Kuijper", "Cuyper"), ("Jansen", "Janssen"), ("Zanders", "Sanders"), ("Bos", "Bas")],
)
def test_another_spelling_is_near_and_never_equal(typed, held):
    assert kind_of(Person(last_name=typed), Person(last_name=held)) == Kind.NEAR


def test_of_what_is_not_held_nothing_is_said():
    typed = replace(HELD, initials="")
    assert {evidence.kind for evidence in compare(typed, Person())} == {Kind.UNKNOWN}


def test_an_initial_where_a_first_name_was_typed_is_near():
    assert kind_of(Person(first_name="Fatima"), Person(initials="F.")) == Kind.NEAR
    assert kind_of(Person(first_name="Fatima"), Person(initials="K.")) == Kind.DIFFERS


def test_only_what_was_typed_counts():
    assert compare(Person(), HELD) == []
    assert score([]) == 0
    typed = Person(last_name="Amrani", birth_year=1984)
    assert [e.field for e in compare(typed, HELD)] == [Field.LAST_NAME, Field.BIRTH_YEAR]


def test_all_right_scores_one_and_each_thing_wrong_less():
    whole = score(compare(HELD, HELD))
    misspelt = score(compare(replace(HELD, last_name="El Amrni"), HELD))
    wrong = score(compare(replace(HELD, last_name="Bakker"), HELD))
    assert 1 == whole > misspelt > wrong > 0


def test_a_name_written_out_does_not_weigh_down_a_right_date():
    right_date = compare(Person(last_name="Amrani", birth_date=date(1984, 3, 9)), HELD)
    wrong_date = compare(Person(last_name="Amrani", birth_date=date(1984, 3, 10)), HELD)
    assert score(right_date) > score(wrong_date)


def test_of_two_dossiers_the_best_of_each_field_counts():
    old = [Evidence(Field.POSTCODE, Kind.DIFFERS, 0), Evidence(Field.LAST_NAME, Kind.EQUAL, 1)]
    new = [Evidence(Field.POSTCODE, Kind.EQUAL, 1), Evidence(Field.LAST_NAME, Kind.NEAR, 0.8)]
    assert [evidence.kind for evidence in best_of([old, new])] == [Kind.EQUAL, Kind.EQUAL]


TEXT = st.text(max_size=20)
PEOPLE = st.builds(
    Person,
    first_name=TEXT,
    initials=TEXT,
    last_name=TEXT,
    birth_date=st.none() | st.dates(),
    addresses=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    emails=st.lists(TEXT, max_size=2).map(tuple),
    phones=st.lists(TEXT, max_size=2).map(tuple),
)


@given(PEOPLE, PEOPLE)
def test_anything_typed_can_be_compared_with_anything_held(typed, held):
    evidence = compare(typed, held)
    assert all(0 <= one.likeness <= 1 for one in evidence)
    assert 0 <= score(evidence) <= 1
