"""An earlier version of the statement, so that a demo has two to compare and people to tell.

It is the published one with a few things as they might have been. Taken in for the record, it
changes no rule and no date: those are the newest's.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from policy import services as policy
from policy.models import PolicyVersion

VERSION, PUBLISHED_ON = "2026-05", date(2026, 5, 4)
# A sentence that was added since, one that read otherwise, and a period that was longer.
ADDED = "30.4"
OTHERWISE = {
    "34.2": {
        "nl": "In dat geval zult u hierover op onze website geïnformeerd worden.",
        "en": "In that case you will be informed of this on our website.",
    }
}
PERIOD = {"promise": "20.1", "rule": "MKT-36", "months": 48}


def publish_former(*, today: date) -> None:
    """Take in the earlier version, once."""
    if PolicyVersion.objects.filter(pk=VERSION).exists():
        return
    published_on = min(PUBLISHED_ON, today - timedelta(days=180))
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{VERSION}.yaml")
        # Every JSON is YAML; so it comes in by the same checked way as any statement.
        path.write_text(json.dumps(former(policy.current().document), ensure_ascii=False), "utf-8")
        policy.load(path, today=published_on)


def former(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document as it might have been half a year earlier."""
    made = dict(deepcopy(document))
    made["version"] = VERSION
    made["promises"] = [one for one in made["promises"] if one["code"] != ADDED]
    promises = {one["code"]: one for one in made["promises"]}
    for code, words in OTHERWISE.items():
        promises[code] |= words
    rules = {one["code"]: one for one in made["retention_rules"]}
    rule = rules[PERIOD["rule"]]
    now, then = f"{rule['months']} ", f"{PERIOD['months']} "
    rule["months"] = PERIOD["months"]
    for words in (promises[PERIOD["promise"]], rule["sentence"]):
        words |= {language: words[language].replace(now, then) for language in ("nl", "en")}
    return made
