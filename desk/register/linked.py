"""The register as JSON-LD, in the terms of the W3C Data Privacy Vocabulary.

Source: Data Privacy Vocabulary 2.3, with its extensions for the GDPR and for personal data.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from desk.register.building import Register, measures
from policy.statement import Words

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "pd": "https://w3id.org/dpv/pd#",
    "dct": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
NAME = "urn:alektum-privacy"
TITLE = Words("Verwerkingsregister", "Record of processing activities")

Node = dict[str, Any]


@lru_cache(maxsize=1)
def _terms() -> dict[str, dict[str, str]]:
    path = Path(__file__).parent / "terms.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def linked(register: Register) -> Node:
    """Return the register as one JSON-LD document, ready for JSON."""
    ours = _us(register)
    document = {
        "@context": CONTEXT,
        "@id": f"{NAME}:register:{register['statement_version']}",
        "@type": "dpv:ROPA",
        "dct:title": _text(TITLE),
        "dct:hasVersion": register["statement_version"],
        "dct:issued": _day(register["published_on"]),
        "dpv:hasDataController": ours,
        "dpv:hasPersonalDataProcess": [
            *(_process(row, {"dpv:hasDataController": _us_by_name()}) for row in _ours(register)),
            *(_process(row, _for_clients(register)) for row in register["as_processor"]),
        ],
        "dpv:hasTechnicalOrganisationalMeasure": [
            *(
                {"@type": "dpv:SecurityProcedure", **_labelled(text)}
                for text in register["security"]
            ),
            *(_measure(row) for row in measures()),
        ],
    }
    if counted := register["counted_at"]:
        moment = {"@type": "xsd:dateTime", "@value": counted.isoformat(timespec="seconds")}
        document["dct:modified"] = moment
    return document


def _ours(register: Register) -> list[Register]:
    return register["as_controller"]


def _us(register: Register) -> Node:
    named = register["controller"]
    found = {
        **_us_by_name(),
        "@type": "dpv:DataController",
        "dpv:hasName": named.name,
        "dpv:hasContact": [named.email, named.phone],
    }
    if named.postal_address:
        found["dpv:hasAddress"] = named.postal_address
    if named.data_protection_officer:
        found["dpv:hasDataProtectionOfficer"] = {
            "@type": "dpv:DataProtectionOfficer",
            "dpv:hasContact": named.data_protection_officer,
        }
    return found


def _us_by_name() -> Node:
    return {"@id": f"{NAME}:controller"}


def _for_clients(register: Register) -> Node:
    """Say that we are the processor here, and for whom (GDPR Article 30(2)(a))."""
    clients = [
        {
            "@type": "dpv:DataController",
            "dpv:hasName": one["name"],
            "dpv:hasCountry": one["country"],
        }
        for one in register["named_clients"]
    ]
    return {"dpv:hasDataProcessor": _us_by_name(), "dpv:hasDataController": clients}


def _process(row: Register, who: Node) -> Node:
    terms = _terms()
    return {
        "@id": f"{NAME}:process:{row['code']}",
        "@type": "dpv:PersonalDataProcess",
        "dct:identifier": row["code"],
        **_labelled(row["name"]),
        **who,
        "dpv:hasPurpose": {"@type": terms["purposes"][row["code"]], **_labelled(row["name"])},
        "dpv:hasLegalBasis": [
            {"@type": terms["bases"][one["code"]], **_labelled(one["name"], one["article"])}
            for one in row["bases"]
        ],
        "dpv:hasDataSubject": [
            {"@type": "dpv:DataSubject", **_labelled(one["name"])} for one in row["subjects"]
        ],
        "dpv:hasPersonalData": [
            {"@type": terms["data"][one["code"]], **_labelled(one["name"])} for one in row["data"]
        ],
        "dpv:hasDataSource": [
            {"@type": terms["sources"][one["code"]], **_labelled(one["name"])}
            for one in row["sources"]
        ],
        "dpv:hasRecipient": [
            *(
                {"@type": terms["recipients"][one["code"]], **_labelled(one["name"])}
                for one in row["recipients"]
            ),
            *(_organisation(one["category"], one["name"]) for one in row["named_recipients"]),
        ],
        "dpv:hasProcessing": [_transfer(one) for one in row["transfers"]],
        "dpv:hasStorageCondition": [_limit(one) for one in row["time_limits"]],
    }


def _organisation(category: str, name: str) -> Node:
    return {"@type": [_terms()["recipients"][category], "dpv:Recipient"], "dpv:hasName": name}


def _transfer(row: Register) -> Node:
    return {
        "@type": "dpv:CrossBorderTransfer",
        "dpv:hasDataImporter": {"@type": "dpv:Recipient", "dpv:hasName": row["organisation"]},
        "dpv:hasThirdCountry": {"@type": "dpv:ThirdCountry", "dct:identifier": row["country"]},
        "dpv:hasLegalBasis": {
            "@type": _terms()["mechanisms"][row["mechanism"]],
            **_labelled(row["mechanism_name"], row["article"]),
        },
    }


def _limit(row: Register) -> Node:
    """Say how long, from when, and which sentence or article says so."""
    source = {"dct:source": row["article"]} if row["article"] else {}
    period = f"P{row['months']}M" if row["months"] else f"P{row['days']}D"
    lasts: Node = {"@type": "dpv:UntilEventDuration"}
    if row["months"] or row["days"]:
        value = {"@type": "xsd:duration", "@value": period}
        lasts = {"@type": "dpv:TemporalDuration", "rdf:value": value}
    return {
        "@type": "dpv:StorageDuration",
        "dct:identifier": row["code"],
        **_labelled(row["sentence"]),
        **source,
        "dpv:hasDuration": lasts | _labelled(row["anchor_name"]),
    }


def _measure(row: dict[str, Any]) -> Node:
    return {
        "@type": [f"dpv:{term}" for term in row["dpv"]],
        **_labelled(Words(row["nl"], row["en"]), f"GDPR Article {row['article']}"),
    }


def _labelled(words: Words, source: str = "") -> Node:
    label: Node = {"rdfs:label": _text(words)}
    return label | {"dct:source": source} if source else label


def _text(words: Words) -> list[Node]:
    return [
        {"@language": "nl", "@value": words.nl},
        {"@language": "en", "@value": words.en},
    ]


def _day(day: Any) -> Node | None:
    return {"@type": "xsd:date", "@value": day.isoformat()} if day else None
