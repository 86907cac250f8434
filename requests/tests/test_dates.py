"""Days as people write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests.dates import NotADay, parse_birth_date, parse_day

TODAY = date(2026, 11, 24)
DAYS = st.dates(min_value=date(1000, 1, 1))
DUTCH = "januari februari maart april mei juni juli augustus september oktober november december"
ENGLISH = "January February March April May June July August September October November December"
WAYS = [
    lambda d: f"{d.day}-{d.month}-{d.year:04}",
    lambda d: f" {d.day:02} / {d.month:02} / {d.year:04} ",
    lambda d: f"{d.day}.{d.month}.{d.year:04}",
    lambda d: f"{d.day} {d.month} {d.year:04}",
    lambda d: f"{d.day:02}{d.month:02}{d.year:04}",
    lambda d: d.isoformat(),
    lambda d: f"{d.day} {DUTCH.split()[d.month - 1]} {d.year:04}",
    lambda d: f"{d.day} {DUTCH.split()[d.month - 1][:3].upper()} {d.year:04}",
    lambda d: f"{ENGLISH.split()[d.month - 1]} {d.day}, {d.year:04}",
    lambda d: f"{d.year:04} {ENGLISH.split()[d.month - 1]} {d.day}",
]


@given(DAYS, st.sampled_from(WAYS))
def test_every_day_is_read_back_however_it_was_written(day, way):
    assert parse_day(way(day)) == day


@given(st.text(max_size=40) | st.from_regex(r"\d{0,5}[-/. ]\d{0,5}[-/. ]\d{0,9}", fullmatch=True))
def test_whatever_is_typed_it_is_a_day_or_a_sentence(text):
    said = ""
    try:
        assert isinstance(parse_birth_date(text, today=TODAY), date)
    except NotADay as error:
        said = str(error.reason)
    assert not said or said.endswith(".")


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("30-2-1984", "bestaat niet"),
        ("31 april 1984", "bestaat niet"),
        ("27-13-1984", "maand"),
        ("27-3-84", "vier cijfers"),
        ("25-11-2026", "nog komen"),
        ("1-1-1850", "te lang geleden"),
        ("27 foo 1984", "maand niet"),
        ("gisteren", "dag, maand en jaar"),
        ("", "dag, maand en jaar"),
        ("1984", "dag, maand en jaar"),
        ("1-2-3-1984", "dag, maand en jaar"),
        ("0-0-0000", "vier cijfers"),
        ("99999999999999999999-1-1984", "dag, maand en jaar"),
        ("³-3-1984", "maand niet"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(typed, word):
    with pytest.raises(NotADay) as error:
        parse_birth_date(typed, today=TODAY)
    assert word in str(error.value.reason)


def test_somebody_born_today_and_somebody_of_125_may_ask():
    assert parse_birth_date("24-11-2026", today=TODAY) == TODAY
    assert parse_birth_date("1-1-1901", today=TODAY) == date(1901, 1, 1)


def test_other_digits_than_ours_are_read_too():
    assert parse_day("٢٧-٣-١٩٨٤") == date(1984, 3, 27)
