import pytest

from policy import files
from policy.articles import article_in
from policy.explain import say
from policy.statement import newest_file


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("GDPR Article 15", "AVG artikel 15"),
        ("GDPR Article 17(3)(e)", "AVG artikel 17 lid 3 onder e"),
        ("GDPR Articles 7(3) and 17(1)(b)", "AVG artikelen 7 lid 3 en 17 lid 1 onder b"),
        ("GDPR Article 17(1)(a) and (e)", "AVG artikel 17 lid 1 onder a en onder e"),
        ("GDPR Article 22(3) and (4)", "AVG artikel 22 lid 3 en lid 4"),
        ("UAVG Article 35", "UAVG artikel 35"),
        ("Wwft, Articles 33 to 34a", "Wwft, artikelen 33 tot en met 34a"),
    ],
)
def test_a_reference_reads_as_dutch(english, dutch):
    assert article_in(english, "nl") == dutch
    assert article_in(english, "en") == english


def test_no_reference_of_the_statement_stays_english_in_dutch():
    content = files.load(newest_file())
    rows = [*content["rights"], *content["decisions"], *content["lawful_bases"]]
    rows += [part for row in content["decisions"] for part in row.get("unless", ())]
    for row in rows:
        dutch = article_in(row["article"], "nl")
        assert not {"Article", "Articles", "and", "GDPR"} & set(dutch.replace(",", " ").split())
        assert "(" not in dutch


def test_a_reason_names_its_source_in_the_language_of_its_reader():
    sentence = say("rolled_holiday", from_day="3 mei", day="6 mei")
    assert sentence.text("nl").endswith("[Bron: Verordening 1182/71, artikel 3 lid 4]")
    assert sentence.text("en").endswith("[Source: Regulation 1182/71, Article 3(4)]")
