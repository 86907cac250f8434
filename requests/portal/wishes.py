"""What a person seems to want, in plain words, from what was typed so far. No database."""

from collections.abc import Mapping

from requests.constants import MENTION_OF_WISH, RIGHTS_OF_WISH, Mention, Situation, Wish
from requests.intake.asking import asks_more, says_only
from requests.intake.recognise import recognise

# What was typed on each screen, by field.
Answers = Mapping[str, Mapping[str, str]]
# Stands among the answers of whoever ticked another thing than we read, and then wrote on.
ASKED = "asked"


def chosen_wishes(answers: Answers) -> list[str]:
    """Return what was ticked; where nobody had to be asked, what is plain without."""
    if "wishes" in answers:
        return answers["wishes"].get("wishes", "").split()
    return plain_wishes(answers)


def plain_wishes(answers: Answers) -> list[str]:
    """Return what is wanted where it need not be asked; empty where it must.

    It need not where all we read is what was chosen before the first question, or where the words
    ask one right; and nowhere where a part of the words may ask more than we read, for then it
    might be lost. A question or a complaint has no clock: words beside it must be nothing else.
    The last page shows what was not asked, and it can be changed there. Who ticked another thing
    than we read is asked again: it may stand in no word of theirs.
    """
    if ASKED in answers:
        return []
    wishes, wanted = wishes_in(answers), wanted_in(answers)
    words = answers.get("words", {}).get("words", "")
    if not words.strip():
        return wishes if wishes == wanted else []
    found = recognise(words)
    # Who takes something back asks something that is no wish of ours.
    if Mention.WITHDRAWAL in found.mentions or asks_more(words, found):
        return []
    if all(wish in RIGHTS_OF_WISH for wish in wishes):
        # How somebody knows us is no wish: words that we do not understand may ask anything.
        understood = bool(found.rights or found.mentions)
        return wishes if wishes == wanted or (understood and len(wishes) == 1) else []
    return wishes if wishes == wanted and says_only(words, found) else []


# What a right of the statement is called on our screens: `/rights/` leads here with its code.
WISH_OF_RIGHT: dict[str, Wish] = {
    "access": Wish.SEE,
    "rectification": Wish.WRONG,
    "erasure": Wish.ERASE,
    "restriction": Wish.PAUSE,
    "objection": Wish.STOP,
    "marketing_objection": Wish.ADS,
    "portability": Wish.TAKE,
    "consent_withdrawal": Wish.CONSENT,
    "human_review": Wish.HUMAN,
}
# How somebody knows us who wants this, where that is plain.
SITUATION_OF_WISH: dict[str, Situation] = {
    Wish.NOT_OWED: Situation.DISPUTE,
    Wish.NOT_ME: Situation.NOT_ME,
    Wish.ADS: Situation.MARKETING,
}


def wish_named(word: str) -> str:
    """Return the wish that a link names, by its own name or as a right; empty for anything else."""
    return str(WISH_OF_RIGHT.get(word, word if word in Wish.values else ""))


def wanted_in(answers: Answers) -> list[str]:
    """Return what somebody chose before the first question, on the front page or of the rights."""
    return answers.get("wanted", {}).get("wishes", "").split()


def wishes_in(answers: Answers) -> list[str]:
    """Return what was chosen before, and what the words and the situation seem to ask.

    Who says nothing at all most likely wants to see their data.
    """
    situation = answers.get("situation", {}).get("situation", "")
    words, wrong = answers.get("words", {}), answers.get("wrong", {})
    # Who writes what is wrong may ask another thing there too.
    found = recognise(
        "\n\n".join([words.get("words", ""), wrong.get("wrong", ""), wrong.get("right", "")])
    )
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
    wishes = [
        str(one)
        for one in dict.fromkeys([*wanted_in(answers), *by_situation, *by_words, *by_mention])
    ]
    said = bool(answers.get("words", {}).get("words", "").strip())
    return wishes or ([] if said else [str(Wish.SEE)])
