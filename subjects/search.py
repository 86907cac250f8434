"""Finding a person among sealed data: by tokens first, then by what a bounded few hold.

Each token of what was typed is asked by itself, at most 201 holders each. A list that is
complete tells the more the shorter it is; a truncated one tells little. The candidates that
gather most are unsealed, in one query for keys and one for rows, and ranked by how well they
fit what was typed (`matching`). Unsealing and ranking cost most: CANDIDATES is the dial.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import chain
from math import log2
from typing import Any, NamedTuple
from uuid import UUID

from subjects.matching import Evidence, Field, Kind, Typed, best_of, score
from subjects.models import Involvement, Subject
from subjects.names import Person, person_of, search_keys
from vault import services as vault

PersonQuery = Person
# Given involvements, returns those that who asks may not know of.
Hidden = Callable[[Collection[int]], Collection[int]]
LIMIT = 10
CANDIDATES = 200
COMPLETE = 200
# Whoever gathers less than this share of what the first gathers, and stands in less than that
# share of the lists in which one may stand, is not unsealed. Bearers of the commonest names
# stand in truncated lists only, but in many.
GATHERED = 0.3
OFTEN = 0.5
# Whoever fits less than this share of the best is not shown: they were found by chance.
FITS = 0.6
# Keys that nobody but one person, or hardly anybody, has.
UNIQUE_KINDS = frozenset({"email", "dossier", "iban"})


@dataclass(frozen=True, slots=True)
class Match:
    """One person who may be meant, with the evidence of each field typed.

    `involvements` are those by which they were found, the best first, and `identity` is what the
    best holds; other involvements of the person may exist.
    """

    subject_id: int
    reference: UUID
    involvements: tuple[int, ...]
    score: float
    evidence: tuple[Evidence, ...]
    identity: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The best matches; `more` says that others match as well as the last one shown."""

    matches: tuple[Match, ...]
    more: bool


class _Held(NamedTuple):
    """One involvement, and how well what it holds fits."""

    score: float
    pk: int
    evidence: list[Evidence]
    identity: dict[str, Any]


class _Ranked(NamedTuple):
    """One person: the best evidence for each field, over the involvements, best first."""

    score: float
    subject_id: int
    evidence: list[Evidence]
    held: list[_Held]


def find(query: PersonQuery, limit: int = LIMIT, *, hidden: Hidden | None = None) -> Found:
    """Return the people who fit best, by what was typed of names, dates, addresses and numbers.

    Those of the involvements found that `hidden` names do not exist for who asks: nobody is found
    by them, and no evidence is theirs. Never raises for what is typed. Logging is the caller's:
    `services.search_for`.
    """
    keys = search_keys(query)
    unique = {key for key in keys if key[0] in UNIQUE_KINDS}
    lists = _probe(unique)
    if any(lists):
        ranked = _rank(query, _candidates(lists), hidden)
        if len(ranked) == 1 and _agrees(ranked[0]):
            return Found(_matches(ranked), more=False)
    lists += _probe(keys - unique)
    if not any(lists):
        return Found((), more=False)
    ranked = _rank(query, _candidates(lists), hidden)
    if not ranked:
        return Found((), more=False)
    all_truncated = all(len(found) > COMPLETE for found in lists if found)
    return _shown(ranked, limit, all_truncated)


def _probe(keys: Collection[tuple[str, str]]) -> list[list[int]]:
    return vault.probe(vault.tokens(keys), each=COMPLETE + 1) if keys else []


def _candidates(lists: list[list[int]]) -> list[int]:
    """Return the holders with the best weight and, less, with most of it."""
    everybody = max(vault.searchable(), COMPLETE)
    best: dict[int, float] = defaultdict(float)
    total: dict[int, float] = defaultdict(float)
    # Long lists are counted, not walked: they are most of the work.
    times = Counter(chain.from_iterable(found for found in lists if len(found) > COMPLETE))
    for found in lists:
        if 0 < len(found) <= COMPLETE:
            weight = log2(everybody / len(found))
            for key_id in found:
                total[key_id] += weight
                times[key_id] += 1
                best[key_id] = max(best[key_id], weight)
    often = times.most_common(CANDIDATES)
    gathered = {key_id: 1 + count / 10 for key_id, count in often if key_id not in best}
    gathered |= {key_id: best[key_id] + total[key_id] / 10 for key_id in best}
    ranked = sorted(gathered, key=gathered.__getitem__, reverse=True)[:CANDIDATES]
    much, many = gathered[ranked[0]] * GATHERED, often[0][1] * OFTEN
    return [key_id for key_id in ranked if gathered[key_id] >= much or times[key_id] >= many]


def _rank(query: PersonQuery, key_ids: list[int], hidden: Hidden | None) -> list[_Ranked]:
    """Return the people whom these keys belong to, the best first."""
    keys, typed = vault.open_keys(key_ids), Typed(query)
    people: dict[int, list[_Held]] = defaultdict(list)
    found = Involvement.objects.filter(key_id__in=list(keys))
    rows = list(found.values_list("pk", "subject_id", "key_id", "sealed_identity"))
    unseen = set(hidden([pk for pk, *_rest in rows])) if hidden else set()
    for pk, subject_id, key_id, sealed in rows:
        if pk in unseen:
            continue
        identity = keys[key_id].unseal(sealed, place=f"subjects.involvement.identity:{key_id}")
        evidence = typed.compare(person_of(identity))
        people[subject_id].append(_Held(score(evidence), pk, evidence, identity))
    ranked = [_together(subject_id, held) for subject_id, held in people.items()]
    return sorted(ranked, key=lambda one: (-one.score, one.subject_id))


def _together(subject_id: int, held: list[_Held]) -> _Ranked:
    if len(held) == 1:
        return _Ranked(held[0].score, subject_id, held[0].evidence, held)
    evidence = best_of(one.evidence for one in held)
    held.sort(key=lambda one: (-one.score, one.pk))
    return _Ranked(score(evidence), subject_id, evidence, held)


def _agrees(ranked: _Ranked) -> bool:
    """Tell whether the name typed, if any, is this person's: a family may share an address."""
    return all(
        evidence.kind in (Kind.EQUAL, Kind.NEAR)
        for evidence in ranked.evidence
        if evidence.field in (Field.LAST_NAME, Field.FIRST_NAME, Field.INITIALS)
    )


def _shown(ranked: list[_Ranked], limit: int, all_truncated: bool) -> Found:
    fitting = [one for one in ranked if one.score >= ranked[0].score * FITS]
    shown = fitting[:limit]
    if len(fitting) <= limit:
        return Found(_matches(shown), more=all_truncated)
    return Found(_matches(shown), more=fitting[limit].score >= shown[-1].score)


def _matches(ranked: list[_Ranked]) -> tuple[Match, ...]:
    subjects = Subject.objects.filter(pk__in=[one.subject_id for one in ranked])
    references = dict(subjects.values_list("pk", "reference"))
    return tuple(
        Match(
            subject_id=one.subject_id,
            reference=references[one.subject_id],
            involvements=tuple(held.pk for held in one.held),
            score=one.score,
            evidence=tuple(one.evidence),
            identity=one.held[0].identity,
        )
        for one in ranked
        # Destroyed between the two questions: nobody any more.
        if one.subject_id in references
    )
