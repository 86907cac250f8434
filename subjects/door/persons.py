"""A person in a dossier as they come in: identity, key, tokens, and what marketing forbids."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from subjects import names
from subjects.door.kept import keep_corrected
from subjects.door.outcome import TAKEN, UNCHANGED, UPDATED
from subjects.door.reading import Line
from subjects.door.refusals import Refused
from subjects.door.state import MARKETING, DossierState, InvolvementState
from subjects.door.work import Work
from subjects.suppression import asked_of, marks_of
from vault import services as vault

INVOLVEMENT_COLUMNS = (
    *("id", "reference", "subject_id", "dossier_id", "category_id", "source_digest"),
    *("person_digest", "key_id", "sealed_identity", "verified_on", "use_ended_at", "rule"),
)


def take_involvement(work: Work, line: Line) -> tuple[str, str]:
    data, standing = line.data, work.standing
    dossier = standing.dossiers.get(data["dossier"])
    if dossier is None:
        raise Refused("dossier: is not known here.")
    allowed = work.allowed(dossier.purpose)
    allowed.require("category", data["category"], allowed.subjects)
    identity = data["identity"]
    if source := identity.get("source"):
        allowed.require("identity.source", source, allowed.sources)
    if dossier.number:
        identity = identity | {"dossier_number": dossier.number}
    if dossier.purpose == MARKETING:
        _heed_suppressions(work, line, dossier, identity)
    if known := standing.involvements.get(line.id):
        return _change(work, line, known, dossier)
    key = next(work.reserve.keys)
    made = InvolvementState(next(work.reserve.involvements), uuid4(), dossier, key)
    standing.involvements[line.id] = made
    work.block.tokens[key.id] = _tokens(work, line, dossier.number, identity)
    person = standing.digest("person", data["person"])
    work.block.involvements.append(
        (
            made.id,
            made.reference,
            _subject(work, person),
            dossier.id,
            data["category"],
            standing.digest("involvement", line.id),
            person,
            key.id,
            key.seal(identity, place=f"subjects.involvement.identity:{key.id}"),
            data.get("verified_on"),
            work.now if dossier.use_has_ended else None,
            "",
        )
    )
    return TAKEN, ""


def _tokens(work: Work, line: Line, number: str, identity: dict[str, Any]) -> Sequence[int]:
    prepared = work.standing.prepared.tokens[line.id]
    if prepared.number == number:
        return prepared.tokens
    return vault.tokens(names.search_keys(names.person_of(identity)))


def _heed_suppressions(
    work: Work, line: Line, dossier: DossierState, identity: dict[str, Any]
) -> None:
    person, who = names.person_of(identity), work.standing.digest("person", line.data["person"])
    if since := _ended_on(work, line, dossier):
        work.block.suppressed += [(mark, since) for mark in marks_of(person, who)]
    elif work.standing.suppressed.intersection(asked_of(person, who)):
        raise Refused("identity: this person or address must not be used for marketing again.")


def _ended_on(work: Work, line: Line, dossier: DossierState) -> date | None:
    """Return since when marketing to this person has ended, in the dossier or for them alone."""
    if dossier.use_has_ended:
        return dossier.anchors["unsubscribed_on"] or dossier.anchors["consent_withdrawn_on"]
    known = work.standing.involvements.get(line.id)
    ended = known.held.use_ended_at if known is not None and known.held is not None else None
    return ended.astimezone(work.now.tzinfo).date() if ended else None


def _subject(work: Work, digest: bytes) -> int:
    people = work.standing.people
    subject = people.get(digest)
    if subject is None:
        subject = people[digest] = next(work.reserve.subjects)
        work.block.subjects.append((subject, uuid4()))
    return subject


def _change(
    work: Work, line: Line, known: InvolvementState, dossier: DossierState
) -> tuple[str, str]:
    row, data = known.held, line.data
    if row is None:
        raise Refused("id: stands on an earlier line too.")
    if known.dossier.id != dossier.id:
        raise Refused("dossier: an involvement stays in its dossier.")
    former = known.key.unseal(row.sealed_identity, place=row.identity_place)
    number = dossier.number or former.get("dossier_number", "")
    identity = data["identity"] | ({"dossier_number": number} if number else {})
    verified = data.get("verified_on", row.verified_on)
    kept = keep_corrected(row, known.key, former, identity, data.get("verified_on"))
    # Who gave a part holds for as long as the part is what they gave.
    given = former.get("sources", {}).items()
    if given := {name: one for name, one in given if kept.values.get(name) == former.get(name)}:
        kept.values["sources"] = given
    same = (former, row.category_id, row.verified_on)
    if same == (kept.values, data["category"], verified):
        if kept.moved:
            work.block.changed_involvements.append(row)
        return UNCHANGED, kept.reason
    # Old and new tokens until the commit: a missing one would hide the person.
    if kept.values == identity:
        now = _tokens(work, line, number, identity)
    else:
        identity = kept.values
        now = vault.tokens(names.search_keys(names.person_of(identity)))
    before = vault.tokens(names.search_keys(names.person_of(former)))
    work.block.tokens[known.key.id] = sorted({*now, *before})
    work.block.trimmed[known.key.id] = now
    row.sealed_identity = known.key.seal(identity, place=row.identity_place)
    row.category_id, row.verified_on = data["category"], verified
    work.block.changed_involvements.append(row)
    return UPDATED, kept.reason
