"""Where a person may complain: our authority, and that of the country where they live."""

from typing import Any

from policy.articles import article_in
from policy.statement import Statement
from requests.countries import HOME
from subjects.constants import EEA


def complaint(country: str, statement: Statement, language: str) -> dict[str, Any]:
    """Name our authority, and that of the country where the person lives if it has another.

    No authority is named for a member of the EEA that the statement has none for: the answer is
    then incomplete.

    Source: GDPR Articles 15(1)(f) and 77(1).
    """
    country = country or HOME
    wanted = [HOME, country] if country in EEA and country != HOME else [HOME]
    known = statement.authorities
    found = [known[code] for code in wanted if code in known]
    return {
        "article": article_in(statement.complaint.article, language),
        "text": statement.complaint.text.text(language),
        "country": country,
        "authorities": [
            {"country": one.code, "name": one.authority, "site": one.site, "address": one.address}
            for one in found
        ]
        if len(found) == len(wanted)
        else [],
    }
