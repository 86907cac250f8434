"""Letters, mails and telephone notes yield the rights they invoke: all of them, and no others."""

import itertools
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from requests.constants import Kind, Mention, Right
from requests.intake.named_articles import articles_in
from requests.intake.recognise import LONGEST_READ, marked, recognise
from requests.intake.words import one_apart, words_of

LETTERS = Path(__file__).parent / "letters"
CORPUS: list[dict[str, Any]] = yaml.safe_load((LETTERS / "corpus.yaml").read_text("utf-8"))
_BLOCK = re.compile(r"\[(\w+)>([^\[\]]*)\]")


def rendered(name: str, flags: set[str], **filled: str) -> str:
    """Return a letter with its placeholders filled in; blocks print where their flag is on."""
    text = (LETTERS / f"{name}-default.nl.txt").read_text("utf-8")
    text = _BLOCK.sub(lambda block: block[2] if block[1] in flags else "", text)
    text = re.sub(r"</?italic>", "", text)
    return re.sub(r"\{(\w+)\}", lambda name: filled.get(name[1], "…"), text)


def flags_of(name: str) -> list[set[str]]:
    text = (LETTERS / f"{name}-default.nl.txt").read_text("utf-8")
    flags = sorted({match[1] for match in _BLOCK.finditer(text)})
    return [
        {flag for flag, on in zip(flags, chosen, strict=True) if on}
        for chosen in itertools.product((False, True), repeat=len(flags))
    ]


FILLED = {
    "erasure_data": "mijn telefoonnummer en e-mailadres",
    "objection_reason": "Ik word door de registratie in mijn werk gehinderd.",
    "rectification_data": "Adres: Dorpsstraat 12, 1234 AB Utrecht",
    "runs_list": "de webwinkel",
    "id_data": "Naam: F. El Amrani\nGeboortedatum: 9 maart 1984\nDossiernummer: D-100",
}


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        (name, frozenset(flags))
        for name in ("access", "erasure", "objection", "rectification")
        for flags in flags_of(name)
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(sorted(value)) or "plain",
)
def test_a_letter_yields_all_and_only_what_it_invokes(name, flags):
    rights, mentions = {
        "access": ({"access"}, {"safeguards"}),
        "erasure": ({"erasure", "consent"}, {"recipients", "published"}),
        "objection": ({"marketing", "consent"}, set()),
        "rectification": ({"rectification"}, {"recipients"}),
    }[name]
    if "data_portability" in flags:
        rights |= {"portability"}
    if "include_objection" in flags:
        rights |= {"objection", "restriction"}
    for filled in (FILLED, {}):
        found = recognise(rendered(name, set(flags), **filled))
        assert set(found.rights) == rights
        assert set(found.mentions) == mentions
        assert found.kind == Kind.REQUEST
        assert found.language == "nl"


def test_the_erasure_letter_with_objection_shows_each_article():
    found = recognise(rendered("erasure", {"erase_all", "include_objection"}, **FILLED))
    named = {one.article for one in found.articles if not one.mentioned}
    assert {"17", "17.1", "17.2", "18.1.d", "19", "21.1"} <= named
    assert found.article_of(Right.RESTRICTION) == "18.1.d"
    assert found.article_of(Right.CONSENT) == "7.3"
    assert found.article_of(Right.OBJECTION) == "21.1"


@pytest.mark.parametrize("case", CORPUS, ids=[case["text"][:50] for case in CORPUS])
def test_what_people_write_yields_all_and_only_what_they_ask(case):
    found = recognise(case["text"])
    shown = {
        str(key): [case["text"][span.start : span.end] for span in spans]
        for key, spans in [*found.rights.items(), *found.mentions.items()]
    }
    assert set(map(str, found.rights)) == set(case.get("rights", ())), shown
    assert set(map(str, found.mentions)) == set(case.get("mentions", ())), shown


def test_the_corpus_is_large_and_mixed():
    assert len(CORPUS) >= 40
    languages = [recognise(case["text"]).language for case in CORPUS]
    assert languages.count("en") >= 12
    asked = {right for case in CORPUS for right in case.get("rights", ())}
    assert asked == set(Right.values)


def test_the_words_that_show_it_are_pointed_at():
    text = "Beste, graag inzage in mijn dossier. Ik betwist de rekening."
    found = recognise(text)
    [access] = {text[one.start : one.end] for one in found.rights[Right.ACCESS]} & {"graag inzage"}
    assert access
    dispute = {text[one.start : one.end] for one in found.mentions[Mention.DISPUTE]}
    assert "betwist de rekening" in dispute


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("artikel 17", ["17"]),
        ("art. 21, lid 1", ["21.1"]),
        ("21(2) AVG", ["21.2"]),
        ("Article 15 GDPR", ["15"]),
        ("18, lid 1(d)", ["18.1.d"]),
        ("artikel 18 lid 1 onder d van de AVG", ["18.1.d"]),
        ("Art. 17(1)(b) GDPR", ["17.1.b"]),
        ("artt. 15, 16 en 17 AVG", ["15", "16", "17"]),
        ("artikel 22, leden 1 en 4, AVG", ["22.1", "22.4"]),
        ("7(3) GDPR", ["7.3"]),
        ("artikel 6:96 BW", []),
        ("artikel 15 Grondwet", []),
        ("artikel 7 lid 3 Wbp", []),
        ("article 12 of your terms and conditions", []),
        ("artikel 100 AVG", []),
        ("Dorpsstraat 17, 1234 AB, tel. 020-1234567, € 15, om 16.30 uur", []),
    ],
)
def test_articles_are_read_as_people_name_them(text, articles):
    assert [one.article for one in articles_in(text)] == articles


@pytest.mark.parametrize(
    "text",
    [
        "zoals bedoeld in artikel 15 AVG",
        "als vermeld in artikel 22, lid 1",
        "Ik doe geen beroep op artikel 17 AVG",
        "no exception under Article 17 GDPR applies",
    ],
)
def test_an_article_that_is_only_mentioned_asks_nothing(text):
    assert all(one.mentioned for one in articles_in(text))
    assert not recognise(text).rights


def test_a_reminder_tells_of_which_letter():
    found = recognise("Herinnering: mijn verzoek AP-2026-000123 van 3 april 2026 en 2026-05-01.")
    assert found.numbers == ["AP-2026-000123"]
    assert [day.isoformat() for day in found.days] == ["2026-04-03", "2026-05-01"]
    assert Mention.REMINDER in found.mentions


def test_a_complaint_that_is_only_announced_is_none():
    text = "Als u niet antwoordt dien ik een klacht in bij de autoriteit."
    assert Mention.COMPLAINT not in recognise(text).mentions


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hoe lang bewaren jullie iets?", Kind.ENQUIRY),
        ("Ik heb een klacht over u.", Kind.COMPLAINT),
        ("Ik heb een klacht over u en wil inzage in mijn gegevens.", Kind.REQUEST),
        ("Ik ben dit niet verschuldigd, hoe kan dat?", Kind.REQUEST),
        ("zomaar iets", Kind.REQUEST),
    ],
)
def test_it_is_told_what_came_in(text, kind):
    assert recognise(text).kind == kind


def test_sentences_end_where_readers_see_them_end():
    words = words_of("Zie art. 17 AVG. Groet\n\nJ. Jansen, don’t café")
    assert [(word.text, word.sentence) for word in words] == [
        ("zie", 0),
        ("art", 0),
        ("17", 0),
        ("avg", 0),
        ("groet", 1),
        ("j", 2),
        ("jansen", 2),
        ("dont", 2),
        ("cafe", 2),
    ]


def test_one_letter_wrong_is_near_and_two_are_not():
    for typed in ("toestemmming", "toestemmin", "toestemmign", "toestemning"):
        assert one_apart(typed, "toestemming"), typed
    assert not one_apart("toestanding", "toestemming")


# --- whatever comes


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=2_000))
def test_no_text_breaks_it_and_every_span_lies_in_the_text(text):
    found = recognise(text)
    for spans in [*found.rights.values(), *found.mentions.values()]:
        for span in spans:
            assert 0 <= span.start < span.end <= len(text)


_PIECES = [
    "artikel",
    "17",
    "lid 3",
    ", ",
    "(",
    ")",
    "AVG",
    "niet",
    "verwijder",
    "mijn",
    "gegevens",
    ".",
    "\n",
    "art",
    "1(d)",
    "geen",
    "bezwaar",
    "inzage",
    "🙂",
    "\u0301",
    "’",
    "\u202e",
    "€",
    "wil",
]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=200).map(" ".join))
def test_pieces_of_letters_in_any_order_do_not_break_it(text):
    found = recognise(text)
    pieces = list(marked(text, {span: "x" for spans in found.rights.values() for span in spans}))
    assert "".join(piece for piece, _ in pieces) == text


@pytest.mark.parametrize(
    "piece",
    [
        "verwijder mijn gegevens niet ",
        "artikel 17, lid 1, 2, 3, 4 en 5 (a) (b) ",
        "art. art. art. ",
        "a" * 50,
        "((((((((((",
        "1, 2, 3, 4, ",
        "ik heb wil mijn gegevens inzage ",
        "\u0301\u0301’a’",
        "lid " * 3,
        "toestemmingx",
    ],
)
def test_ten_megabytes_are_read_in_bounded_time(piece):
    text = piece * (10_000_000 // len(piece))
    began = time.process_time()
    found = recognise(text)
    assert time.process_time() - began < 15
    assert found.unread == len(text) - LONGEST_READ


def test_reading_takes_time_in_proportion_to_the_length():
    def seconds(times: int) -> float:
        began = time.process_time()
        recognise(
            "Ik wil niet dat u mijn gegevens wist, artikel 17, lid 3 AVG, maar wel inzage " * times
        )
        return time.process_time() - began

    seconds(100)
    short, long = min(seconds(400) for _ in range(3)), min(seconds(3_200) for _ in range(2))
    assert long < short * 8 * 4
