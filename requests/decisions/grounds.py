"""Which articles give what each right asks, and which let us refuse it: a plain table.

The matrix of the statement names articles for one kind of file; an officer who decides otherwise
than it proposes chooses from these. No database and no clock.
"""

from collections.abc import Iterable, Mapping

from requests.constants import ARTICLES, EXCESSIVE, Outcome, Right

# What each right is given by. Source: GDPR Articles 7(3) and 15 to 22.
GIVEN_BY: dict[str, tuple[str, ...]] = {
    Right.ACCESS: ("15",),
    Right.RECTIFICATION: ("16",),
    Right.ERASURE: ("17.1.a", "17.1.b", "17.1.c", "17.1.d"),
    Right.RESTRICTION: ("18.1",),
    Right.OBJECTION: ("21.1",),
    Right.MARKETING: ("21.3", "21.2"),
    Right.PORTABILITY: ("20.1",),
    Right.CONSENT: ("7.3",),
    Right.REVIEW: ("22.3",),
}
# What it may be refused by: an exception, or an article that gives on a condition of its own:
# data that are wrong (16), one of four cases (18(1)), our interest weighed against theirs (21(1)),
# data that they provided (20(1)). Access has the rights of others (15(4)), erasure what Article
# 17(3) keeps, a review that no computer decided alone (22(1)). Marketing and a withdrawn consent
# are never refused for a reason of ours (21(3), 7(3)).
REFUSED_BY: dict[str, tuple[str, ...]] = {
    Right.ACCESS: ("15.4",),
    Right.RECTIFICATION: ("16",),
    Right.ERASURE: ("17.3.e", "17.3.b"),
    Right.RESTRICTION: ("18.1",),
    Right.OBJECTION: ("21.1",),
    Right.MARKETING: (),
    Right.PORTABILITY: ("20.1",),
    Right.CONSENT: (),
    Right.REVIEW: ("22",),
}
# An abuse is refused whatever is asked under Articles 15 to 22; Article 7(3) is not among them.
WITHOUT_ABUSE = (Right.CONSENT,)


def articles_for(
    right: str, outcome: Outcome, matrix: Mapping[Outcome, Iterable[str]] | None = None
) -> list[str]:
    """Return the articles this outcome of a right may rest on, those of the `matrix` first.

    `matrix` says which articles the statement names for each outcome in this kind of file.

    Source: GDPR Articles 7(3), 12(4), 12(5), 15 to 22.
    """
    named = list((matrix or {}).get(outcome, ()))
    if outcome == Outcome.FORWARDED:
        return list(dict.fromkeys(named))
    given, refused = GIVEN_BY[right], REFUSED_BY[right]
    abuse = () if right in WITHOUT_ABUSE else (EXCESSIVE,)
    by_law = {
        Outcome.GRANTED: given,
        Outcome.PARTLY: (*given, *refused),
        Outcome.REFUSED: (*refused, *abuse),
        Outcome.NOT_APPLICABLE: (ARTICLES[right],),
    }
    return list(dict.fromkeys([*named, *by_law.get(outcome, ())]))
