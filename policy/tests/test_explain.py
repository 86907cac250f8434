"""A rule explains itself to a reader: one day, two days, and its source apart."""

import re
from datetime import date

import pytest

from policy.deadlines import Extension, Question, Suspension, due_on
from policy.explain import LANGUAGES, _texts, read, say

DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("key", "number", "nl", "en"),
    [
        ("paused", {"days": 1}, "één dag stil", "for one day"),
        ("paused", {"days": 2}, "2 dagen stil", "for 2 days"),
        ("months", {"months": 1}, "één maand", "one month"),
        ("months", {"months": 3}, "3 maanden", "3 months"),
        ("extended", {"months": 1}, "één maand bij", "One month is added"),
        ("extended", {"months": 2}, "2 maanden bij", "2 months are added"),
    ],
)
def test_one_is_told_as_one_and_more_as_more(key, number, nl, en):
    sentence = say(key, day=DAY, **number)
    assert nl in sentence.words("nl")
    assert en in sentence.words("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_writes_one_and_more_at_once(language):
    for key, told in _texts().items():
        said = told[language]
        for words in said.values() if isinstance(said, dict) else [said]:
            assert not re.search(r"\w\((?:en|s|n)\)", words), key


def test_a_reader_gets_days_in_words_and_the_source_apart():
    sentence = say("rolled_saturday", from_day=date(2026, 11, 28), day=date(2026, 11, 30))
    assert read(sentence, "nl").words.endswith("op de volgende werkdag: 30 november 2026.")
    assert read(sentence, "nl").source == "Verordening 1182/71, artikel 3 lid 4"
    assert read(sentence, "en").words.startswith("28 November 2026 is a Saturday. ")


def test_the_statements_own_sentence_stands_with_the_source_and_not_in_the_words():
    found = read(say("open_case", "Bewaard tot 60 maanden.", rule="COL-60"), "nl")
    assert "Bewaard" not in found.words
    assert found.source.endswith("privacyverklaring: “Bewaard tot 60 maanden.”")


def test_a_command_gets_one_text_with_days_as_iso_and_the_source_at_its_end():
    text = say("suspended", day=DAY).text("nl")
    assert "2026-11-26" in text
    assert text.endswith("[Bron: AVG artikelen 11 lid 2 en 12 lid 6]")


def test_the_time_zone_is_named_only_where_it_is_another():
    assert "tijdzone" not in due_on(DAY).why[0].text("nl")
    assert "tijdzone Asia/Tokyo" in due_on(DAY, zone="Asia/Tokyo").why[0].text("nl")


def test_every_sentence_of_the_clock_reads_in_both_languages():
    clocks = [
        due_on(DAY, question=question, suspensions=asked, extension=more)
        for question in Question
        for asked in ([], [Suspension(DAY, None, True)], [Suspension(DAY, DAY, False)])
        for more in (None, Extension(DAY, 2, "x"), Extension(DAY, 1, " "))
    ]
    for language in LANGUAGES:
        for sentence in (one for clock in clocks for one in clock.why):
            words = read(sentence, language).words
            assert words.endswith(".")
            assert not re.search(r"\d{4}-\d\d|[{}\[\]]", words)
