"""Why a request opens no data, in words for the person: one text for each such outcome.

And what the outcomes of a request amount to, for who counts them.
"""

from collections.abc import Iterable

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests.constants import FOUR_EYES, NOT_ALL, Outcome, Refused

# The article of each, and the sentence that the decision carries.
GROUNDS: dict[str, str] = {
    Outcome.NOT_PROVEN: "12.2",
    Outcome.UNIDENTIFIABLE: "11.2",
    Outcome.DECEASED: "4.1",
}
REASONS: dict[str, Promise] = {
    Outcome.NOT_PROVEN: _(
        "You have not shown that you are the person whom you name. To somebody else we may not even"
        " tell whether we have data about that person. You can still show who you are: then we"
        " answer your request."
    ),
    Outcome.UNIDENTIFIABLE: _(
        "With what you gave us we cannot tell which data in our systems are about you. You can"
        " give us more, such as a dossier number or an old address: then we look again."
    ),
    Outcome.DECEASED: _(
        "The person you ask about has died. The privacy law gives rights to people who are alive,"
        " so nobody can ask for these data for that person. Of yourself you can always ask what"
        " we hold. If you are an heir and have a question about a debt, call or write to us."
    ),
}


def reason_of_outcome(outcome: str, language: str) -> str:
    """Return why, in the person's language; empty where nothing needs to be said.

    Source: GDPR Articles 11(2), 12(2), (4) and (6), and recital 27.
    """
    if outcome not in REASONS:
        return ""
    with translation.override(language):
        return str(REASONS[outcome])


def ground_of_outcome(outcome: str, article: str) -> str:
    """Return the article that the decision names; `article` is that of the right."""
    return GROUNDS.get(outcome, article)


def refusal_of(outcomes: Iterable[str]) -> Refused:
    """Return how much of a request was refused, from the outcomes of its decisions.

    Not to act is a refusal too; what was given in part counts as refused in part.

    Source: GDPR Article 12(4).
    """
    found = set(outcomes) - {Outcome.NOT_APPLICABLE}
    refused = found & set(FOUR_EYES)
    if refused and refused == found:
        return Refused.WHOLLY
    return Refused.PARTLY if found & set(NOT_ALL) else Refused.NO
