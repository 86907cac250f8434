"""How fast and how well people are found: `python -m bench.lookup` on filled databases.

People are drawn by chance from all that is held (never the first loaded, whom a bounded list
favours), typed with one thing wrong, and searched through the whole service call. *Found* is
among the ten shown; *or as good* also counts it right where all ten shown fit what was typed
at least as well: namesakes.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from subjects.names import Person

LETTERS = "abcdefghijklmnopqrstuvwxyz"
Typing = Callable[["Person", Random], "Person"]


@dataclass(frozen=True)
class Measured:
    """One way of typing: share of people found, and milliseconds of the whole call."""

    typed: str
    people: int
    found: float
    or_as_good: float
    told_more: float
    p50: float
    p95: float
    longest: float


def edited(name: str, random: Random) -> str:
    """Return a name with one letter wrong, missing, too many, or two swapped."""
    at = random.randrange(len(name))
    other = random.choice(LETTERS)
    way = random.randrange(4)
    if way == 0 and len(name) > 1:
        return name[:at] + name[at + 1 :]
    if way == 1:
        return name[:at] + other + name[at:]
    if way == 2 and at + 1 < len(name):
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + other + name[at + 1 :]


def _edit_last(person: "Person", random: Random) -> "Person":
    # Infixes are left alone: a wrong letter there is no wrong letter in the name.
    *infixes, last = person.last_name.split(" ")
    return replace(person, last_name=" ".join([*infixes, edited(last, random)]))


def _edit_first(person: "Person", random: Random) -> "Person":
    return replace(person, first_name=edited(person.first_name, random))


def _wrong_date(person: "Person", random: Random) -> "Person":
    return replace(person, birth_date=date(1935 + random.randrange(70), 6, random.randint(1, 30)))


def _edit_date(person: "Person", random: Random) -> "Person":
    born = person.birth_date or date(1980, 1, 1)
    return replace(person, birth_date=born.replace(day=born.day % 28 + 1))


def _wrong_postcode(person: "Person", random: Random) -> "Person":
    return replace(person, addresses=((f"{random.randint(1000, 9999)} ZZ", "1"),))


def _only(*fields: str) -> Typing:
    def typing(person: "Person", random: Random) -> "Person":
        return type(person)(**{field: getattr(person, field) for field in fields})

    return typing


def _then(*steps: Typing) -> Typing:
    def typing(person: "Person", random: Random) -> "Person":
        for step in steps:
            person = step(person, random)
        return person

    return typing


def _year(person: "Person", random: Random) -> "Person":
    year = person.birth_date.year if person.birth_date else None
    return replace(person, birth_date=None, birth_year=year)


def _initial(person: "Person", random: Random) -> "Person":
    return replace(person, first_name="", initials=person.first_name[:1])


NAMES = ("first_name", "last_name")
FORM = _only(*NAMES, "birth_date", "addresses")
WAYS: dict[str, Typing] = {
    "e-mail": _only("emails"),
    "dossier number": _only("dossier_numbers"),
    "e-mail and name": _only(*NAMES, "emails"),
    "form, all right": FORM,
    "form, last name misspelt": _then(FORM, _edit_last),
    "form, first name misspelt": _then(FORM, _edit_first),
    "form, birth date wrong": _then(FORM, _wrong_date),
    "form, postcode wrong": _then(FORM, _wrong_postcode),
    "name and birth date, name misspelt": _then(_only(*NAMES, "birth_date"), _edit_last),
    "name and birth date, date misspelt": _then(_only(*NAMES, "birth_date"), _edit_date),
    "name and year, name misspelt": _then(_only(*NAMES, "birth_date"), _year, _edit_last),
    "name and postcode, name misspelt": _then(_only(*NAMES, "addresses"), _edit_last),
    "name alone": _only(*NAMES),
    "name alone, last name misspelt": _then(_only(*NAMES), _edit_last),
    "name alone, first name misspelt": _then(_only(*NAMES), _edit_first),
    "initial and last name misspelt": _then(_only(*NAMES), _initial, _edit_last),
}


def sample(count: int, random: Random) -> list[tuple[int, "Person"]]:
    """Return subjects drawn by chance, with who they are."""
    from django.db.models import Max

    from subjects.models import Involvement
    from subjects.names import person_of
    from vault import services as vault

    last = Involvement.objects.aggregate(last=Max("pk"))["last"]
    drawn = Involvement.objects.filter(pk__in=random.sample(range(1, last + 1), min(last, count)))
    keys = vault.open_keys(drawn.values_list("key_id", flat=True))
    return [
        (
            one.subject_id,
            person_of(keys[one.key_id].unseal(one.sealed_identity, place=one.identity_place)),
        )
        for one in drawn
        if one.key_id in keys
    ]


def measure(people: list[tuple[int, "Person"]], typed: str, random: Random) -> Measured:
    """Return how these people are found when typed in this way."""
    from subjects.matching import compare, score
    from subjects.search import find

    times, found, as_good, more = [], 0, 0, 0
    for subject_id, person in people:
        query = WAYS[typed](person, random)
        if query == type(query)():
            # Nobody looks for an e-mail address that a person does not have.
            continue
        started = time.perf_counter()
        answer = find(query)
        times.append((time.perf_counter() - started) * 1000)
        more += answer.more
        if any(match.subject_id == subject_id for match in answer.matches):
            found += 1
            as_good += 1
        elif len(answer.matches) == 10:
            as_good += answer.matches[-1].score >= score(compare(query, person))
    times.sort()
    share = 100 / max(1, len(times))
    return Measured(
        typed=typed,
        people=len(times),
        found=found * share,
        or_as_good=as_good * share,
        told_more=more * share,
        p50=times[len(times) // 2],
        p95=times[int(len(times) * 0.95)],
        longest=times[-1],
    )


def run(count: int = 400, *, seed: int = 7) -> list[Measured]:
    """Return the table, one row for each way of typing."""
    random = Random(seed)
    people = sample(count, random)
    measure(people[:20], "form, all right", random)
    return [measure(people, typed, random) for typed in WAYS]


def main() -> None:
    rows = run(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
    if "--json" in sys.argv:
        print(json.dumps([asdict(row) for row in rows], indent=1))
        return
    print(f"{'':36} found %  or as good  more %    p50    p95  longest ms")
    for row in rows:
        print(
            f"{row.typed:36} {row.found:7.1f} {row.or_as_good:11.1f} {row.told_more:7.1f}"
            f" {row.p50:6.1f} {row.p95:6.1f} {row.longest:8.1f}"
        )


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.test")
    django.setup()
    main()
