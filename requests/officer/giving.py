"""How what an answer lacks gets there: which system delivers it, in which line and field.

A dossier's data come in through the door alone (`docs/door.md`): what its system did not tell is
told there, and stands in the answer as soon as it was delivered.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.report.completeness import Missing

STATEMENT: Promise = _("It stands in the privacy statement: publish a version that has it.")
# Which field of which line of the door fills an item.
FIELDS = {
    "category": "record",
    "source": "record: source; involvement: identity.source",
    "since": "record: collected_on; involvement: identity.collected_on",
    "identity": "involvement: identity",
    "recipient": "disclosure: recipient, disclosed_on",
    "disclosed": "disclosure: data_categories, purpose",
    "safeguard": "disclosure: mechanism",
    "decision": "automated_decision: inputs, result, effect",
    "weights": "automated_decision: weights",
    "would_change": "automated_decision: would_change",
    "record": "record: content",
    "letter": "contact_event: note",
    "consent": "consent: proof",
}
OF_STATEMENT = frozenset(["purpose", "basis", "retention", "explanation", "rights", "court"])


@dataclass(frozen=True)
class Lack:
    """An item that a dossier of the answer lacks, and how it gets there."""

    article: str
    what: str
    how: str


def lacks_of(gaps: Iterable[Missing], items: dict[str, Promise]) -> dict[str, list[Lack]]:
    """Return what each dossier lacks, by its reference; what all lack under nothing."""
    found: dict[str, list[Lack]] = {}
    for gap in gaps:
        lack = Lack(gap.article, str(items.get(gap.what, gap.what)), _how(gap.what))
        found.setdefault(gap.dossier, []).append(lack)
    return found


def _how(what: str) -> str:
    if what in OF_STATEMENT:
        return str(STATEMENT)
    if field := FIELDS.get(what):
        return _now(
            "The system that this dossier comes from delivers it through the door (%(field)s)."
            " Ask who keeps that system. It stands here as soon as it was delivered."
        ) % {"field": field}
    return ""
