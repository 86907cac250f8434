"""What hangs on an involvement, joined to it: new, changed or unchanged, and what it moves."""

import orjson

from subjects.anchors import RENEWED_BY_CONTACT
from subjects.door.children import CHILDREN, Values
from subjects.door.kept import Kept, keep_corrected, keep_ended
from subjects.door.outcome import TAKEN, UNCHANGED, UPDATED
from subjects.door.reading import Line
from subjects.door.refusals import Refused
from subjects.door.state import MARKETING, InvolvementState, KnownConsent
from subjects.door.work import Work
from subjects.models import Consent, Involvement, OfInvolvement, Record

DESPITE = "despite_restriction"


def take_child(work: Work, line: Line) -> tuple[str, str]:
    """Take in a line of a type that CHILDREN has; return what became of it, and what stayed out."""
    child, data, standing = CHILDREN[line.type], line.data, work.standing
    involvement = standing.involvements.get(data["involvement"])
    if involvement is None:
        told = "" if data.get("dossier") else "; name its dossier too, which may be destroyed"
        raise Refused(f"involvement: is not known here{told}.")
    named = data.get("dossier")
    if named and standing.digest("dossier", named) != involvement.dossier.digest:
        raise Refused("dossier: is not the one in which this involvement stands.")
    values = child.values(data, involvement, work)
    held = standing.children.get((line.type, line.id))
    seen = held is not None and getattr(held, DESPITE, False)
    if held is None:
        _add(work, line, involvement, values)
        outcome, reason = TAKEN, ""
    else:
        outcome, reason = _change(work, line, involvement, held, values)
    if values.get(DESPITE) and not seen:
        work.block.despite.append((involvement, line.type, values.get("recipient_id")))
    if line.type == "contact_event":
        _renew(work, involvement, values)
    elif line.type == "consent" and outcome != UNCHANGED:
        _withdraw(work, involvement, values)
    return outcome, reason


def _add(work: Work, line: Line, involvement: InvolvementState, values: Values) -> None:
    kind, child = line.type, CHILDREN[line.type]
    digest = work.standing.digest(kind, line.id)
    if digest in work.block.digests:
        raise Refused("id: stands on an earlier line too.")
    work.block.digests.add(digest)
    if kind == "consent":
        # Only what others refer to needs its number before it is in.
        values["id"] = pk = next(work.reserve.consents)
        withdrawn = line.data.get("withdrawn_on")
        work.standing.consents[line.id] = KnownConsent(pk, involvement.id, withdrawn)
    if kind not in work.columns:
        sealed = (child.sealed,) if child.sealed else ()
        work.columns[kind] = ("involvement_id", "source_digest", *values, *sealed)
    row = (involvement.id, digest, *values.values())
    if child.sealed:
        place = f"subjects.{child.place}:{digest.hex()}"
        row = (*row, involvement.key.seal_bytes(line.content, place=place))
    work.block.children[kind].append(row)


def _change(
    work: Work,
    line: Line,
    involvement: InvolvementState,
    held: OfInvolvement,
    values: Values,
) -> tuple[str, str]:
    child = CHILDREN[line.type]
    if held.involvement_id != involvement.id:
        raise Refused("involvement: what is held belongs to another one.")
    reason = keep_ended(held, line, values)
    changed = any(getattr(held, name) != value for name, value in values.items())
    if child.sealed:
        digest = work.standing.digest(line.type, line.id)
        place = f"subjects.{child.place}:{digest.hex()}"
        former = involvement.key.unseal(getattr(held, child.sealed), place=place)
        kept = Kept(orjson.loads(line.content))
        if isinstance(held, Record):
            day = values["collected_on"]
            kept = keep_corrected(held, involvement.key, former, kept.values, day)
        if former != kept.values:
            setattr(held, child.sealed, involvement.key.seal(kept.values, place=place))
            changed = True
        elif kept.moved and not changed:
            work.block.changed[line.type].append(held)
        reason = kept.reason or reason
    if not changed:
        return UNCHANGED, reason
    for name, value in values.items():
        setattr(held, name, value)
    work.block.changed[line.type].append(held)
    if isinstance(held, Consent) and held.withdrawn_on:
        known = KnownConsent(held.pk, held.involvement_id, held.withdrawn_on)
        work.standing.consents[line.id] = known
        work.block.withdrawn.append(known)
    return UPDATED, reason


def _renew(work: Work, involvement: InvolvementState, values: Values) -> None:
    """Move the last contact, where a contact by the person renews the period."""
    dossier = involvement.dossier
    if values["direction"] != "in" or dossier.purpose not in RENEWED_BY_CONTACT:
        return
    day = values["happened_at"].astimezone(work.now.tzinfo).date()
    last = dossier.anchors["last_contact_on"]
    if last is None or last < day:
        work.remember(dossier)
        dossier.anchors = dossier.anchors | {"last_contact_on": day}
        work.touch(dossier)


def _withdraw(work: Work, involvement: InvolvementState, values: Values) -> None:
    """End marketing for whom consent is withdrawn; the dossier's too where nobody else is in it."""
    dossier, withdrawn = involvement.dossier, values["withdrawn_on"]
    if not withdrawn or not values["purpose_id"] == dossier.purpose == MARKETING:
        return
    if _has_others(work, involvement):
        work.block.ended_alone[involvement.id] = withdrawn
        return
    before = dossier.anchors["consent_withdrawn_on"]
    work.remember(dossier)
    dossier.anchors |= {"consent_withdrawn_on": min(withdrawn, before or withdrawn)}
    work.touch(dossier)


def _has_others(work: Work, involvement: InvolvementState) -> bool:
    """Tell whether the dossier is also about people who withdrew nothing."""
    dossier = involvement.dossier
    beside = {one.id for one in work.standing.involvements.values() if one.dossier is dossier}
    held = Involvement.objects.filter(dossier_id=dossier.id).exclude(pk=involvement.id)
    return len(beside) > 1 or (dossier.held is not None and held.exists())
