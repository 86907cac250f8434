"""What a person seems to want, in plain words, from what was typed so far. No database."""

from collections.abc import Mapping

from requests.constants import MENTION_OF_WISH, RIGHTS_OF_WISH, Situation, Wish
from requests.recognise import recognise

# What was typed on each screen, by field.
Answers = Mapping[str, Mapping[str, str]]


def chosen_wishes(answers: Answers) -> list[str]:
    return answers.get("wishes", {}).get("wishes", "").split()


def wishes_in(answers: Answers) -> list[str]:
    """Return what the words and the situation seem to ask, as the choices of that screen.

    Who says nothing at all most likely wants to see their data.
    """
    situation = answers.get("situation", {}).get("situation", "")
    found = recognise(answers.get("words", {}).get("words", ""))
    by_situation = {
        Situation.DISPUTE: [Wish.NOT_OWED],
        Situation.NOT_ME: [Wish.NOT_ME],
        Situation.MARKETING: [Wish.ADS],
    }.get(Situation(situation) if situation in Situation.values else Situation.UNKNOWN, [])
    by_words = [
        wish
        for wish, rights in RIGHTS_OF_WISH.items()
        if wish not in MENTION_OF_WISH and rights[0] in found.rights
    ]
    by_mention = [wish for wish, mention in MENTION_OF_WISH.items() if mention in found.mentions]
    wishes = [str(one) for one in dict.fromkeys([*by_situation, *by_words, *by_mention])]
    said = bool(answers.get("words", {}).get("words", "").strip())
    return wishes or ([] if said else [str(Wish.SEE)])
