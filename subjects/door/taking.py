"""One block after another, line by line: what becomes of each."""

from typing import Any
from uuid import uuid4

from subjects.anchors import ANCHORS
from subjects.constants import Phase
from subjects.door.blocks import Block
from subjects.door.children import CHILDREN
from subjects.door.joining import take_child
from subjects.door.outcome import DESTROYED, REFUSED, TAKEN, UNCHANGED, UPDATED, Outcome
from subjects.door.persons import take_involvement
from subjects.door.reading import Line
from subjects.door.refusals import BlockRefused, Refused
from subjects.door.standing import went_with_its_dossier
from subjects.door.state import MARKETING, DossierState
from subjects.door.work import Work
from subjects.models import Organisation, Suppression
from subjects.suppression import suppression_digest

STAYS = "a right of the person set this day; no later file moves it."


def take_block(work: Work, block: Block) -> list[Outcome]:
    """Take a block in, wholly or not at all; return the outcome of each line."""
    if bad := block.bad:
        return [_refused(line, bad, bad.refusal) for line in block.lines]
    work.begin()
    try:
        outcomes = [_take_line(work, line) for line in block.lines]
    except BlockRefused as refused:
        work.undo()
        return [_refused(line, refused.line, str(refused)) for line in block.lines]
    work.keep()
    return outcomes


def _refused(line: Line, bad: Line, reason: str) -> Outcome:
    if line is bad:
        return Outcome(line, REFUSED, reason)
    if line.refusal:
        return Outcome(line, REFUSED, line.refusal)
    return Outcome(line, REFUSED, f"Line {bad.number} of the same dossier was refused.")


def _take_line(work: Work, line: Line) -> Outcome:
    destroyed, kind = work.standing.destroyed, line.type
    if destroyed and _is_destroyed(work, line):
        return Outcome(line, DESTROYED, reference=destroyed.get((kind, line.id)))
    try:
        if kind in CHILDREN:
            outcome, reason = take_child(work, line)
            return Outcome(line, outcome, reason)
        if kind == "involvement":
            outcome, reason = take_involvement(work, line)
            reference = work.standing.involvements[line.id].reference
            return Outcome(line, outcome, reason, reference)
        if kind == "dossier":
            outcome, reason = _dossier(work, line)
            return Outcome(line, outcome, reason, work.standing.dossiers[line.id].reference)
        if kind == "organisation":
            return Outcome(line, _organisation(work, line))
        return Outcome(line, _suppression(work, line))
    except Refused as error:
        raise BlockRefused(line, str(error)) from None


def _is_destroyed(work: Work, line: Line) -> bool:
    destroyed = work.standing.destroyed
    return (
        (line.type, line.id) in destroyed
        or went_with_its_dossier(line, work.standing)
        or ("involvement", line.data.get("involvement")) in destroyed
    )


def _organisation(work: Work, line: Line) -> str:
    data, known = line.data, work.standing
    values = {
        "name": data["name"],
        "country": data.get("country", "NL"),
        "is_client": data.get("is_client", False),
        "source_email": data.get("privacy_email", ""),
    }
    row, new = Organisation.objects.get_or_create(
        source_system=known.source,
        source_id=line.id,
        defaults=values | {"privacy_email": values["source_email"]},
    )
    known.organisations[line.id] = row.pk
    changed = not new and any(getattr(row, name) != value for name, value in values.items())
    if changed:
        if row.source_email != values["source_email"]:
            # Personal data go there: who has the key of a system changes no address alone.
            offers = values["source_email"] != row.privacy_email
            values["offered_email"] = values["source_email"] if offers else ""
        Organisation.objects.filter(pk=row.pk).update(**values)
    before = len(known.recipients)
    for role in data.get("roles", ()):
        work.recipient(line.id, role)
    if new:
        return TAKEN
    return UPDATED if changed or len(known.recipients) > before else UNCHANGED


def _suppression(work: Work, line: Line) -> str:
    data = line.data
    digest = suppression_digest(data["kind"], data["value"])
    _, new = Suppression.objects.get_or_create(
        digest=digest, purpose_id=data["purpose"], defaults={"since": data["since"]}
    )
    if data["purpose"] == MARKETING:
        work.standing.suppressed.add(digest)
    return TAKEN if new else UNCHANGED


def _dossier(work: Work, line: Line) -> tuple[str, str]:
    data, dossiers = line.data, work.standing.dossiers
    known = dossiers.get(line.id)
    client = work.organisation("client", data["client"]) if data.get("client") else None
    if known is None:
        dossiers[line.id] = dossier = DossierState(
            id=next(work.reserve.dossiers),
            reference=uuid4(),
            purpose=data["purpose"],
            client_id=client,
            phase=data.get("phase", Phase.NONE.value),
            anchors={name: data.get(name) for name in ANCHORS},
            digest=work.standing.digest("dossier", line.id),
            number=data.get("number") or "",
        )
        work.block.dossiers.append(dossier)
        return TAKEN, ""
    if known.held is None:
        raise Refused("id: stands on an earlier line too.")
    work.remember(known)
    known.number = data.get("number") or ""
    outcome = UPDATED if _change_dossier(work, known, data, client) else UNCHANGED
    anchors = known.anchors
    left = [name for name in known.standing if data.get(name, anchors[name]) != anchors[name]]
    return outcome, f"{left[0]}: {STAYS}" if left else ""


def _change_dossier(
    work: Work, known: DossierState, data: dict[str, Any], client: int | None
) -> bool:
    """Note what a line says anew; what it leaves out stays, and null takes it away."""
    if data["purpose"] != known.purpose and (known.purpose, data["purpose"]) != ("INV", "COL"):
        raise Refused("purpose: a dossier keeps the purpose it was opened for.")
    anchors = known.anchors | {name: data[name] for name in ANCHORS if name in data}
    opened, closed = anchors["opened_on"], anchors["closed_on"]
    if opened and closed and closed < opened:
        raise Refused("closed_on: lies before opened_on.")
    anchors |= {name: known.anchors[name] for name in known.standing}
    before = (known.purpose, known.phase, known.client_id, known.anchors)
    known.purpose = data["purpose"]
    known.phase = data.get("phase", known.phase)
    known.client_id = client or known.client_id
    known.anchors = anchors
    changed = before != (known.purpose, known.phase, known.client_id, known.anchors)
    if changed:
        work.touch(known)
    return changed
