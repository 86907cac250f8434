"""Who a person is stands in the answer as any data: with category, meaning, source and day."""

from datetime import date

from requests.report.completeness import missing
from requests.tests.held import IDENTITY, held, held_record, report_of


def the_dossier(report):
    [purpose] = report["purposes"]
    [dossier] = purpose["dossiers"]
    return dossier


def pieces(report):
    return {
        (category["code"], name): record
        for category in the_dossier(report)["categories"]
        for record in category["records"]
        for name in record["content"]
    }


def test_name_and_address_are_data_with_category_meaning_source_and_day():
    view = held(dossier={"known_since": date(2024, 2, 1)})
    [identity, contact, _debt] = the_dossier(report_of(view))["categories"]
    assert (identity["name"], contact["name"]) == (
        "Naam en geboortedatum",
        "Contact- en adresgegevens",
    )
    assert identity["explanation"]
    by_name = pieces(report_of(view))
    for part in (("identity", "last_name"), ("contact", "addresses"), ("contact", "emails")):
        assert by_name[part]["source"] == "De klant"
        assert by_name[part]["organisation"] == "Webwinkel De Zon"
        assert by_name[part]["collected_on"] == "2024-02-01"
        assert by_name[part]["law"]
    assert by_name["identity", "dossier_number"]["source"] == "Door ons afgeleid of vastgelegd"


def test_a_dossier_without_records_still_has_who_the_person_is():
    report = report_of(held(records=[], dossier={"known_since": date(2024, 2, 1)}))
    assert report["purposes"][0]["records"] == 3
    assert missing(report) == []


def test_a_part_that_somebody_else_gave_later_has_its_own_source_and_day():
    corrected = {"phones": {"source": "person", "collected_on": "2026-06-24"}}
    given = IDENTITY | {"phones": ["0612345678"], "sources": corrected}
    found = held_record(
        data_category="contact",
        source="address_provider",
        collected_on=date(2025, 1, 3),
        content={"addresses": IDENTITY["addresses"]},
    )
    by_name = pieces(report_of(held(identity=given, records=[found])))
    assert by_name["contact", "phones"]["source"] == "De persoon zelf"
    assert by_name["contact", "phones"]["collected_on"] == "2026-06-24"
    assert by_name["contact", "phones"]["provided_by_you"] is True
    assert by_name["contact", "addresses"]["source"] == "Dienstverlener voor adresgegevens"
    assert by_name["contact", "addresses"]["collected_on"] == "2025-01-03"
    assert by_name["contact", "emails"]["source"] == "De klant"


def test_the_source_that_the_door_gave_goes_before_that_of_the_dossier():
    noted = IDENTITY | {"source": "credit_bureau", "collected_on": "2024-05-06"}
    by_name = pieces(report_of(held(identity=noted)))
    assert by_name["contact", "emails"]["source"] == "Kredietinformatiebureau"
    assert by_name["contact", "emails"]["collected_on"] == "2024-05-06"
    assert by_name["contact", "emails"]["organisation"] == ""
    unknown = report_of(held(identity=IDENTITY | {"source": "hearsay"}))
    assert [gap.what for gap in missing(unknown)] == ["source"]


def test_where_nobody_noted_the_source_all_that_the_statement_names_are_told():
    view = held("MKT", dossier={"known_since": date(2026, 1, 2)}, records=[])
    by_name = pieces(report_of(view, language="en"))
    assert by_name["contact", "emails"]["source"] == (
        "one of these: The person, The client, Derived or recorded by us"
    )
    assert missing(report_of(view)) == []


def test_where_a_part_comes_from_is_no_field_of_its_own():
    noted = IDENTITY | {"source": "client", "collected_on": "2024-05-06", "sources": {}}
    report = report_of(held(identity=noted))
    assert {"source", "sources", "collected_on"}.isdisjoint(the_dossier(report)["identity"])
    explained = {one["field"] for one in report["glossary"]}
    assert {"addresses", "emails"} <= explained
    assert {"source", "sources", "collected_on"}.isdisjoint(explained)
