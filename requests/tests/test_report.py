"""The access answer: everything the law asks for, and nothing the law forbids."""

import json
from dataclasses import replace
from datetime import date

import pytest

from policy.periods import Anchors
from policy.statement import Statement, document, newest_file
from requests.report.build import fields_of, in_invoice_phase
from requests.report.completeness import missing
from requests.report.pdf import report_json
from requests.tests.held import (
    IDENTITY,
    full_case,
    held,
    held_contact,
    held_decision,
    held_disclosure,
    held_record,
    report_of,
)


def text_of(report):
    return json.dumps(report, ensure_ascii=False)


def articles(report):
    return sorted({gap.article for gap in missing(report)})


def the_dossier(report):
    [purpose] = report["purposes"]
    [dossier] = purpose["dossiers"]
    return dossier


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_full_case_lacks_nothing(language):
    assert missing(report_of(full_case(), language=language)) == []


def test_every_record_letter_note_and_consent_is_in_the_copy():
    report = report_of(
        held(
            records=[held_record(content={"text": f"stuk {n}"}) for n in range(200)],
            contacts=[held_contact(note="Eerste brief"), held_contact(note="Belde terug")],
        )
    )
    text = text_of(report)
    assert all(f'"stuk {n}"' in text for n in range(200))
    assert "Eerste brief" in text
    assert "Belde terug" in text
    # And three of who the person is: the number is ours, the rest from the client.
    assert report["purposes"][0]["records"] == 203


def test_recipients_are_named_with_date_country_and_safeguard():
    report = report_of(full_case(), language="en")
    abroad = the_dossier(report)["recipients"]["disclosures"][1]
    assert abroad["name"] == "Istanbul Collect"
    assert abroad["on"] == "2024-09-02"
    assert abroad["country"] == "Türkiye"
    assert abroad["safeguard"] == "A contract with standard clauses of the European Commission"


def test_nobody_received_data_is_said_and_not_left_empty():
    report = report_of(held())
    assert "aan iemand buiten onze organisatie" in the_dossier(report)["recipients"]["text"]
    assert missing(report) == []


def test_each_dossier_says_when_it_goes_and_why():
    retention = the_dossier(report_of(held()))["retention"]
    assert retention["delete_from"] == "2030-09-06"
    assert retention["promise"].startswith("Persoonsgegevens die zijn verzameld tijdens")
    assert "5 september 2025" in retention["explanation"][0]


def test_the_promise_leads_to_where_the_statement_says_it_and_a_rule_of_ours_leads_nowhere(
    settings,
):
    settings.SITE_URL = "https://privacy.example.nl/"
    statement = Statement(document(newest_file()))
    report = report_of(held())
    retention = the_dossier(report)["retention"]
    page, _hash, place = retention["promise_at"].partition("#")
    assert page == f"https://privacy.example.nl/statement/{statement.version}/"
    said = {f"s{code}": one.text.nl for code, one in statement.promises.items()}
    assert said[place] == retention["promise"]
    rules = statement.rules.values()
    ours = [rule for rule in rules if rule.origin != "statement"]
    assert ours
    assert {statement.place_of_sentence(rule.words) for rule in ours} == {""}
    theirs = [rule for rule in rules if rule.origin == "statement"]
    assert all(statement.place_of_sentence(rule.words) for rule in theirs)


def test_a_running_case_says_that_its_period_has_not_begun():
    report = report_of(held(dossier={"anchors": Anchors()}), language="en")
    assert the_dossier(report)["retention"]["delete_from"] == ""
    assert "has not begun" in the_dossier(report)["retention"]["explanation"][0]
    assert missing(report) == []


def test_a_claim_that_holds_a_dossier_is_told():
    view = held()
    report = report_of(view, holds={view.dossier.pk: date(2026, 3, 2)}, language="en")
    assert "since 2 March 2026" in the_dossier(report)["retention"]["explanation"][-1]


def test_the_client_of_the_case_is_named_as_source():
    assert the_dossier(report_of(held()))["sources"] == [
        {"name": "De klant", "organisation": "Webwinkel De Zon", "records": 3},
        {"name": "Door ons afgeleid of vastgelegd", "organisation": "", "records": 1},
    ]


def test_a_source_is_named_once_whether_its_pieces_name_it_or_only_their_file_does():
    view = held(records=[held_record(), held_record(source_organisation="Webwinkel De Zon")])
    [source, _ours] = the_dossier(report_of(view))["sources"]
    assert (source["organisation"], source["records"]) == ("Webwinkel De Zon", 4)


def test_staff_are_not_named():
    assert "staff-7" not in text_of(report_of(held(decisions=[held_decision()])))


def test_nothing_found_is_an_answer_too():
    report = report_of(language="en")
    assert report["confirmation"]["found"] is False
    assert report["confirmation"]["text"].startswith("We found no personal data about you")
    assert report["rights"]
    assert missing(report) == []


def test_the_request_itself_does_not_count_as_something_found():
    own = held("RTS", records=[held_record(data_category="request", source="person")])
    report = report_of(own)
    assert report["confirmation"]["found"] is False
    assert [purpose["code"] for purpose in report["purposes"]] == ["RTS"]


def test_the_invoice_phase_names_the_seller_and_shows_no_data():
    view = held("INV", records=[held_record(content={"text": "factuurregel"})])
    report = report_of(view, language="en")
    assert in_invoice_phase(view)
    assert report["purposes"] == []
    assert report["forwarded"][0]["client"] == "Webwinkel De Zon"
    assert "factuurregel" not in text_of(report)
    assert report["confirmation"]["text"].startswith("We hold data about you only for a client")


def test_a_person_abroad_hears_of_the_authority_there():
    abroad = IDENTITY | {"addresses": [{"street": "Rue X", "country": "BE"}]}
    names = [body["name"] for body in report_of(held(identity=abroad))["complaint"]["authorities"]]
    assert names == ["Autoriteit Persoonsgegevens", "Gegevensbeschermingsautoriteit"]


def test_outside_the_eea_the_dutch_authority_takes_the_complaint():
    [body] = report_of(held(), country="SR")["complaint"]["authorities"]
    assert body["name"] == "Autoriteit Persoonsgegevens"


# --- what may not be told ------------------------------------------------------------------

REPORTED = date(2024, 6, 3)


def reported_check(**changes):
    return held(
        "AML",
        **{
            "dossier": {
                "anchors": Anchors(transaction_on=date(2024, 5, 1), unusual_report_on=REPORTED),
                "delete_from": date(2029, 6, 4),
            },
            "records": [
                held_record(
                    data_category="screening",
                    source="own",
                    collected_on=date(2024, 5, 1),
                    content={"text": "geen treffers"},
                ),
                held_record(data_category="unusual_report", content={"text": "GEHEIM-1"}),
                held_record(
                    data_category="screening",
                    source="own",
                    collected_on=REPORTED,
                    content={"text": "GEHEIM-2"},
                ),
            ],
            "disclosures": [
                held_disclosure(
                    recipient="FIU-Nederland",
                    role="authority",
                    purpose="AML",
                    data_categories=["unusual_report"],
                    disclosed_on=REPORTED,
                )
            ],
        }
        | changes,
    )


def unreported_check():
    view = reported_check()
    return replace(
        view,
        records=view.records[:1],
        disclosures=[],
        dossier=replace(view.dossier, anchors=Anchors(transaction_on=date(2024, 5, 1))),
    )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_report_of_an_unusual_transaction_leaves_no_trace(language):
    with_report = report_of(reported_check(), language=language)
    without = report_of(unreported_check(), language=language)

    def shown(report):
        dossier = the_dossier(report)
        return report["purposes"][0] | {
            "dossiers": [dossier | {"reference": "", "involvement": ""}]
        }

    assert shown(with_report) == shown(without)
    assert with_report["purposes"][0]["records"] == 4
    text = report_json(with_report).decode()
    for trace in ("GEHEIM", "FIU", "2024-06-03", "2029-06-04", "unusual", "ongebruikelijk"):
        assert trace not in text
    assert missing(with_report) == []


def test_a_check_that_held_only_a_report_does_not_exist():
    only = reported_check(
        records=[held_record(data_category="unusual_report")],
        disclosures=[],
        dossier={"anchors": Anchors(unusual_report_on=REPORTED)},
    )
    report = report_of(only)
    assert report["purposes"] == []
    assert report["confirmation"]["found"] is False


def test_a_report_without_content_does_not_make_the_answer_incomplete():
    view = reported_check(
        records=[
            held_record(data_category="screening", collected_on=date(2024, 5, 1)),
            held_record(data_category="unusual_report", content=None),
        ]
    )
    assert missing(report_of(view)) == []


def test_what_the_person_told_for_the_check_is_told_back_also_after_a_report():
    view = reported_check(
        records=[
            held_record(
                data_category="screening",
                source="person",
                collected_on=date(2024, 8, 1),
                content={"text": "eigen opgave"},
            )
        ]
    )
    assert "eigen opgave" in text_of(report_of(view))


# --- the gate ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("article", "view"),
    [
        ("15(1)(a)", held(records=[held_record(lawful_basis="6.1.z")])),
        ("15(1)(b)", held(records=[held_record(data_category="retired")])),
        ("15(1)(c)", held(disclosures=[held_disclosure(recipient="")])),
        ("15(1)(g)", held(records=[held_record(source="hearsay")])),
        ("15(1)(h)", held(decisions=[held_decision(account=None)])),
        ("15(1)(h)", held(decisions=[held_decision(account={"inputs": {"a": 1}, "result": "x"})])),
        ("15(2)", held(disclosures=[held_disclosure(country="TR")])),
        ("15(3)", held(records=[held_record(content=None)])),
        ("15(3)", held(identity=None)),
        ("15(3)", held(contacts=[held_contact(note=None)])),
    ],
)
def test_an_empty_item_is_named_with_its_dossier(article, view):
    gaps = missing(report_of(view))
    assert {gap.article for gap in gaps} == {article}
    assert gaps[0].dossier == str(view.dossier.reference)
    assert gaps[0].purpose == "COL"


def test_a_purpose_without_a_rule_lacks_name_ground_and_period():
    view = held()
    odd = replace(view, dossier=replace(view.dossier, purpose="ZZZ"))
    assert articles(report_of(odd)) == ["15(1)(a)", "15(1)(d)"]


def test_an_answer_without_rights_or_complaint_route_is_incomplete():
    report = report_of(held())
    report["rights"] = []
    report["complaint"]["authorities"] = []
    report["court"]["text"] = ""
    assert articles(report) == ["15(1)(e)", "15(1)(f)"]


def test_an_invoice_without_a_known_seller_is_incomplete():
    assert articles(report_of(held("INV", dossier={"client": ""}))) == ["28(3)(e)"]


# --- words ---------------------------------------------------------------------------------


def test_content_becomes_pairs_of_words():
    content = {
        "amount": "12.00",
        "paid": False,
        "empty": None,
        "addresses": [{"street": "Dam", "number": "1"}, {"street": "Ham", "number": "2"}],
        "inputs": {"days_late": 40},
        "tags": ["a", "b"],
    }
    assert fields_of(content) == [
        ("Bedrag", "12.00"),
        ("Betaald", "nee"),
        ("Adressen 1", "Dam, 1"),
        ("Adressen 2", "Ham, 2"),
        ("Gebruikte gegevens: Dagen te laat", "40"),
        ("Tags", "a, b"),
    ]
