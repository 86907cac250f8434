"""`manage.py check`: code, data and statement agree."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from policy import files
from policy.exceptions import BadStatement
from policy.periods import RULE_OF_PURPOSE
from policy.statement import newest_file

# Not a purpose of its own: the rule of special data, which stand in the files of others.
RULES_WITHOUT_PURPOSE = {"SPC"}


@register("policy")
def statement_agrees(**kwargs: Any) -> list[CheckMessage]:
    """Every purpose has a rule in code, and every quoted sentence stands in the statement."""
    path = newest_file()
    try:
        content = files.load(path)
    except BadStatement as error:
        return [Error(str(error), id="policy.E001")]
    found: list[CheckMessage] = []
    codes = {purpose["code"] for purpose in content["purposes"]}
    for code in sorted(codes ^ (RULE_OF_PURPOSE.keys() - RULES_WITHOUT_PURPOSE)):
        where = "code" if code in codes else "statement"
        found.append(Error(f"Purpose {code} is missing in the {where}.", id="policy.E002"))
    text = path.with_suffix(".nl.txt").read_text(encoding="utf-8")
    for rule in content["retention_rules"]:
        if rule["origin"] == "statement" and rule["sentence"]["nl"] not in text:
            message = f"The sentence of rule {rule['code']} does not stand in the statement."
            found.append(Error(message, id="policy.E003"))
    return found
