"""Names as often as they occur in the Netherlands: made up from pools, never one person's own.

De Jong and Jansen come twice as often as they do; one in eight has a Turkish, Moroccan or Polish
name, one in fourteen a double one.
"""

from itertools import accumulate
from random import Random
from typing import Any

from faker.providers.person.nl_NL import Provider as Dutch
from faker.providers.person.pl_PL import Provider as Polish
from faker.providers.person.tr_TR import Provider as Turkish

# The commonest, with about how many of a thousand bear them.
COMMON = {
    "de Jong": 10.4,
    "Jansen": 9.2,
    "de Vries": 4.5,
    "van den Berg": 3.7,
    "van Dijk": 3.6,
    "Bakker": 3.5,
    "Janssen": 3.4,
    "Visser": 3.1,
    "Smit": 2.7,
    "Meijer": 2.5,
    "de Boer": 2.4,
    "Mulder": 2.3,
    "de Groot": 2.3,
    "Bos": 2.2,
    "Vos": 1.9,
    "Peters": 1.9,
    "Hendriks": 1.8,
    "van Leeuwen": 1.8,
    "Dekker": 1.7,
    "Brouwer": 1.6,
    "de Wit": 1.5,
    "Dijkstra": 1.5,
    "Smits": 1.4,
    "de Graaf": 1.3,
    "van der Meer": 1.3,
}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split("," if "," in text else None)]


STEMS = _words(
    "Hoog Laag Groen Zwart Wit Bruin Kerk Molen Berg Dijk Veen Water Nieuw Oud Klein Groot "
    "Hout Steen Zand Klaver Roos Linde Eik Beek Brug Haver Koren Schaap Paarden Vogel Visch "
    "Winter Zomer Ooster Wester Noorder Zuider Honing Boter Kaas Schip Anker Heide Bosch Wolf "
    "Hazel"
)
ENDS = _words(
    "berg burg dam dijk kamp veld stra sma huis huizen man mans kerk hof hoven horst ink ing "
    "meijer laar land broek brink haar kamp molen oord sloot steeg straten veen vliet waard "
    "weerd wijk zand zijl ema inga sen"
)
MOROCCAN = _words(
    "El Amrani, El Idrissi, Bouzid, Benali, Ait Said, El Khatib, Azzouzi, Boutahar, Chakir, "
    "El Yaakoubi, Haddou, Ouali, Tahiri, Zerouali, Amezian, Bakkali, Daoudi, El Haddad, "
    "Fassi, Kaddouri"
)
MOROCCAN_FIRST = _words(
    "Mohamed, Fatima, Ahmed, Samira, Youssef, Khadija, Rachid, Naima, Said, Hanane, Hassan, "
    "Latifa, Mustapha, Nadia, Omar, Soumaya, Karim, Amina"
)


class Draw:
    """Names with falling odds, the first the commonest."""

    def __init__(self, names: list[str], odds: list[float] | None = None) -> None:
        self.names = list(dict.fromkeys(names))
        odds = odds or [1 / (rank + 15) for rank in range(len(self.names))]
        self.odds = list(accumulate(odds))

    def one(self, random: Random) -> str:
        return random.choices(self.names, cum_weights=self.odds)[0]


def _flat(*lists: Any) -> list[str]:
    return [name for names in lists for name in names]


DUTCH_FIRST = Draw(_flat(Dutch.first_names_male, Dutch.first_names_female))
COMMON_LAST = Draw(list(COMMON), list(COMMON.values()))
DUTCH_LAST = Draw([name for name in Dutch.last_names if name not in COMMON])
RARE_LAST = Draw([stem + end for stem in STEMS for end in ENDS])
ABROAD = (
    (Draw(_flat(Turkish.first_names)), Draw(_flat(Turkish.last_names))),
    (Draw(MOROCCAN_FIRST), Draw(MOROCCAN)),
    (Draw(_flat(Polish.first_names)), Draw(_flat(Polish.unisex_last_names))),
)
SHARE_COMMON = sum(COMMON.values()) / 1000


def full_name(random: Random) -> tuple[str, str]:
    """Return a first name and a last name, infix included."""
    if random.random() < 0.12:
        first, last = random.choice(ABROAD)
        return first.one(random), last.one(random)
    drawn = random.random()
    if drawn < SHARE_COMMON / 0.88:
        last_name = COMMON_LAST.one(random)
    elif drawn < 0.5:
        last_name = DUTCH_LAST.one(random)
    else:
        last_name = RARE_LAST.one(random)
    if random.random() < 0.08:
        last_name += f"-{DUTCH_LAST.one(random)}"
    return DUTCH_FIRST.one(random), last_name
