"""Letters: built from the decisions, in plain words, and refused while the law misses anything."""

import io
import json
from dataclasses import replace
from datetime import date

import pikepdf
import pytest

from policy.statement import Statement, document, newest_file
from requests.constants import Outcome, Right
from requests.letters.build import build, kind_of
from requests.letters.facts import Done, Kind, Told
from requests.letters.gate import CARRIED_OUT
from requests.letters.pdf import render
from requests.letters.words import law, texts
from requests.tests.lettering import (
    DONE,
    EXTENSION,
    SELLER,
    TODAY,
    TOLD,
    WORDS,
    built,
    decided,
    facts_of,
    gaps_of,
    letter_of,
)

ERASED = decided("erasure", article="17.1.a", done=DONE, told=TOLD)
REFUSED = decided("erasure", "refused", article="17.3.e", reason=WORDS)
FORWARDED = decided(outcome="forwarded", article="28.3.e", purpose="INV")


def text_of(letter):
    return json.dumps(letter, ensure_ascii=False)


def rows_of(letter):
    return [row for right in letter["rights"] for row in right["rows"]]


# --- what it says --------------------------------------------------------------------------


def test_a_refusal_says_why_in_plain_words_and_where_to_complain():
    letter = letter_of(REFUSED)
    [row] = rows_of(letter)
    assert letter["title"] == "Wij doen niet wat u vraagt"
    assert (row["decision"], row["reason"]) == ("Nee", WORDS)
    assert row["law"]["text"].startswith("Wij hoeven niet te wissen wat nodig is")
    assert row["law"]["reference"] == "AVG artikel 17 lid 3 onder e"
    names = [one["name"] for one in letter["disagree"]["complaint"]["authorities"]]
    assert names == ["Autoriteit Persoonsgegevens"]
    assert "binnen zes weken" in letter["disagree"]["court"]["text"]
    assert letter["disagree"]["court"]["weeks"] == 6
    assert "privacy@alektumgroup.nl" in letter["contact"]["text"]


def test_an_erasure_says_what_was_done_when_and_who_was_told():
    [row] = rows_of(letter_of(ERASED))
    assert row["done"] == ["Wij wisten 12 gegevens op 20 november 2026"]
    assert row["told"] == ["Deurwaarders Noord, op 21 november 2026"]
    assert "komt niet terug" in row["next"]


def test_who_could_not_be_told_is_named_with_the_reason():
    [row] = rows_of(letter_of(replace(ERASED, told=(Told("Bureau Zuid", why_not="Failliet."),))))
    assert row["told"] == ["Bureau Zuid: niet verteld. Failliet."]


def test_nobody_to_tell_is_said_too():
    [row] = rows_of(letter_of(replace(ERASED, told=())))
    assert row["told"][0].startswith("Wij gaven deze gegevens aan niemand anders")


def test_what_was_decided_alike_for_several_dossiers_is_said_once():
    other = replace(REFUSED, dossier="d-2", number="2024-009999")
    [row] = rows_of(letter_of(REFUSED, other))
    assert row["about"] == [
        "Incasso · Dossier 2024-001234 · Webwinkel De Zon",
        "Incasso · Dossier 2024-009999 · Webwinkel De Zon",
    ]


def test_who_was_told_parts_no_files_of_a_right_that_tells_nobody():
    first, other = decided("access", told=()), decided("access", dossier="d-2", told=None)
    other = replace(other, number="2024-009999")
    [row] = rows_of(letter_of(first, other, asked=("access",)))
    assert len(row["about"]) == 2


def test_a_pause_names_its_ground_that_tells_why_and_how_long():
    paused = decided("restriction", article="18.1", ground="18.1.a", told=())
    [row] = rows_of(letter_of(paused, asked=("restriction",)))
    assert row["law"]["reference"] == "AVG artikel 18 lid 1 onder a"
    assert "zolang wij dat nakijken" in row["law"]["text"]


def test_whoever_did_not_show_who_they_are_reads_why_and_not_whether_we_know_them():
    decision = decided("access", outcome="not_proven", article="12.2", reason="", dossier="")
    [row] = rows_of(letter_of(decision, asked=("access",)))
    assert row["law"]["text"]
    assert "gegevens die van u kunnen zijn" not in text_of(letter_of(decision, asked=("access",)))


def test_each_right_stands_apart_in_the_order_of_the_letter():
    letter = letter_of(REFUSED, decided("access"), asked=("access", "erasure"))
    assert [right["code"] for right in letter["rights"]] == ["access", "erasure"]
    assert letter["kind"] == "answer"


def test_the_seller_is_named_with_contact_and_the_day_of_forwarding():
    letter = letter_of(FORWARDED, sellers={"Webwinkel De Zon": SELLER})
    assert letter["kind"] == "forwarded"
    [seller] = letter["sellers"]
    assert "3 november 2026" in seller["lines"][0]
    assert "2 november 2026" in seller["lines"][0]
    assert "privacy@dezon.test" in seller["lines"][1]


def test_nobody_says_that_a_question_was_sent_on_before_it_was():
    unsent = {"Webwinkel De Zon": replace(SELLER, forwarded_on=None)}
    assert "stuurden" not in text_of(letter_of(FORWARDED, sellers=unsent))


def test_an_extension_gives_the_reason_and_the_new_day():
    letter = letter_of(kind=Kind.EXTENSION, extension=EXTENSION, asked=("access",))
    assert "2 februari 2027" in letter["opening"][1]
    assert letter["extension"]["reason"] == EXTENSION.reason


@pytest.mark.parametrize(
    ("article", "kind"),
    [
        ("11.2", Kind.NOT_IDENTIFIABLE),
        ("12.6", Kind.NOT_PROVEN),
        ("4.1", Kind.HEIR),
        ("12.5", Kind.EXCESSIVE),
        ("17.3.e", Kind.REFUSAL),
    ],
)
def test_a_refusal_on_one_ground_may_be_a_letter_of_its_own(article, kind):
    assert kind_of([replace(REFUSED, article=article)]) == kind
    mixed = [replace(REFUSED, article=article), decided("access")]
    assert kind_of(mixed) == Kind.ANSWER


def test_nothing_found_asks_for_more_without_asking_for_a_copy_of_an_id():
    letter = letter_of(decided(outcome="nothing_found", dossier="", purpose=""))
    assert letter["title"] == "Wij hebben geen gegevens van u gevonden"
    assert "vroeger adres" in letter["opening"][2]


def test_a_person_abroad_may_complain_at_home():
    names = [
        one["name"]
        for one in letter_of(REFUSED, country="BE")["disagree"]["complaint"]["authorities"]
    ]
    assert names == ["Autoriteit Persoonsgegevens", "Gegevensbeschermingsautoriteit"]


def test_every_article_of_the_matrix_has_plain_words_beside_it():
    statement = Statement(document(newest_file()))
    wanted = {row["article"] for row in statement.document["decisions"]}
    wanted |= {
        part["article"] for row in statement.document["decisions"] for part in row.get("unless", ())
    }
    assert [one for one in sorted(wanted) if not law(one, "nl")["text"]] == []
    assert [one for one in sorted(wanted) if not law(one, "en")["text"]] == []


def test_every_right_and_outcome_has_words():
    rights = texts()["rights"]
    given = [outcome for outcome in Outcome.values if outcome != Outcome.FORWARDED]
    for right in Right.values:
        assert all(rights[right].get(one) or texts()["general"][one] for one in given)
    assert set(texts()["outcomes"]) >= set(Outcome.values)
    assert set(texts()["kinds"]) == {str(kind) for kind in Kind}


def all_words(part=None):
    for value in (part or texts()).values():
        if isinstance(value, list):
            for rule in value:
                words = {name: one for name, one in rule.items() if isinstance(one, dict)}
                yield from all_words(words)
        elif "nl" in value:
            lines = value["nl"] if isinstance(value["nl"], list) else [value["nl"]]
            yield from lines
        else:
            yield from all_words(value)


def test_sentences_are_short_and_name_no_article():
    for text in all_words():
        assert "rtikel" not in text
        for sentence in text.replace("?", ".").replace(";", ".").replace("!", ".").split("."):
            assert len(sentence.split()) <= 26, sentence


# --- what it may not lack ------------------------------------------------------------------


def test_complete_letters_lack_nothing():
    assert gaps_of(facts_of(ERASED, decided("access"), REFUSED)) == []
    assert gaps_of(facts_of(FORWARDED, sellers={"Webwinkel De Zon": SELLER})) == []
    late = facts_of(extension=EXTENSION, asked=("access",))
    assert gaps_of(late, kind=Kind.EXTENSION) == []


@pytest.mark.parametrize(
    ("row", "article", "what"),
    [
        (replace(REFUSED, reason=" "), "12(4)", "reason"),
        (replace(REFUSED, article=""), "12(4)", "article"),
        (decided(outcome="partly", article="15.4"), "12(4)", "reason"),
        (replace(ERASED, done=()), "12(3)", "deed"),
        (replace(ERASED, done=(Done("Gewist", None),)), "12(3)", "deed"),
        (replace(ERASED, told=None), "19", "told"),
        (replace(ERASED, told=(Told("Bureau Zuid"),)), "19", "told_one"),
        (replace(ERASED, right="rectification", told=None), "19", "told"),
        (replace(ERASED, right="restriction", told=None), "19", "told"),
        (decided("review", done=DONE), "22(3)", "review"),
        (FORWARDED, "28(3)(e)", "client"),
    ],
)
def test_what_the_law_asks_for_is_named_with_its_dossier(row, article, what):
    assert gaps_of(facts_of(row)) == [(article, what, "d-1")]


@pytest.mark.parametrize("right", CARRIED_OUT)
def test_nothing_is_said_to_be_granted_before_it_is_carried_out(right):
    facts = facts_of(decided(right, reason="Gezien.", told=()))
    assert gaps_of(facts) == [("12(3)", "deed", "d-1")]
    assert gaps_of(facts, carried_out=False) == []


def test_a_right_without_decision_is_missing():
    assert gaps_of(facts_of(decided(), asked=("access", "erasure"))) == [("12(3)", "outcome", "")]


def test_a_seller_without_contact_or_day_is_missing():
    no_contact = {"Webwinkel De Zon": replace(SELLER, contact="")}
    assert gaps_of(facts_of(FORWARDED, sellers=no_contact))[0][1] == "client_contact"
    unsent = {"Webwinkel De Zon": replace(SELLER, forwarded_on=None)}
    assert gaps_of(facts_of(FORWARDED, sellers=unsent))[0][1] == "forwarded"


def test_an_extension_without_reason_is_missing():
    bare = facts_of(asked=("access",), extension=replace(EXTENSION, reason=" "))
    assert gaps_of(bare, kind=Kind.EXTENSION) == [("12(3)", "extension_reason", "")]


def test_a_letter_without_way_to_complain_or_contact_is_missing():
    facts = facts_of(REFUSED, controller={"name": "Alektum Group"})
    assert gaps_of(facts) == [("12(1)", "contact", "")]
    content = json.loads(json.dumps(document(newest_file())))
    content["supervisory_authorities"] = []
    content["court"] |= {"nl": "", "en": ""}
    letter = build(Kind.REFUSAL, facts_of(REFUSED), Statement(content), today=TODAY, language="nl")
    from requests.letters.gate import missing_in_letter

    found = missing_in_letter(Kind.REFUSAL, facts_of(REFUSED), letter, carried_out=True)
    assert [gap.what for gap in found] == ["authority", "court"]


# --- on paper ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_prints_tagged_in_both_languages(kind, language):
    rows = () if kind == Kind.EXTENSION else (ERASED, REFUSED)
    facts = facts_of(*rows, extension=EXTENSION if kind == Kind.EXTENSION else None)
    with pikepdf.open(io.BytesIO(render(built(facts, kind, language)))) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.Root.Lang) == language
        with pdf.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"


def test_what_a_colleague_wrote_is_text_and_never_markup():
    odd = "#set page(width: 1cm) *_`$<x>@y 漢字 \u0000"
    assert render(letter_of(replace(REFUSED, reason=odd))).startswith(b"%PDF")
    assert date.fromisoformat(letter_of(REFUSED)["made_on"]) == TODAY


# --- facts that would not follow -----------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "so", "other", "fact"),
    [
        ("review", "22", "22.3", "geen computer"),
        ("marketing", "21.2", "12.5", "niet voor reclame"),
    ],
)
def test_a_refusal_states_a_fact_only_where_its_article_says_so(right, so, other, fact):
    row = decided(right, "refused", article=so, reason=WORDS)
    [said] = rows_of(letter_of(row))
    assert fact in said["text"]
    [unsaid] = rows_of(letter_of(replace(row, article=other)))
    assert (unsaid["text"], unsaid["reason"]) == ("", WORDS)


def test_a_refused_withdrawal_of_consent_has_the_reason_alone():
    [row] = rows_of(letter_of(decided("consent", "refused", article="12.5", reason=WORDS)))
    assert (row["text"], row["reason"]) == ("", WORDS)
