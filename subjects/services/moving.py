"""Moving the anchors of a dossier, and with them the day on which it goes."""

from typing import Any

from django.db import transaction

from audit import services as audit
from policy import services as policy
from policy.statement import Rules
from subjects.anchors import ANCHORS, UNTOLD, anchors_of, end_of
from subjects.exceptions import EndedForGood, ImpossibleDates
from subjects.models import Dossier, Involvement

# Of these nothing is taken back: they end the use for good.
FINAL = ("unsubscribed_on", "consent_withdrawn_on")
END = ("rule", "delete_from", "missing_anchor")


@transaction.atomic
def move_anchors(dossier_id: int, *, actor: str, **anchors: Any) -> Dossier:
    """Set anchors of a dossier, and with them rule and date; return the dossier.

    Raises TypeError for what is no anchor, ImpossibleDates, EndedForGood, Dossier.DoesNotExist.
    """
    if unknown := anchors.keys() - set(ANCHORS):
        raise TypeError(f"no anchor of a dossier: {', '.join(sorted(unknown))}")
    dossier = Dossier.objects.select_for_update(no_key=True).get(pk=dossier_id)
    return move(dossier, actor, anchors)


def move(dossier: Dossier, actor: str, anchors: dict[str, Any]) -> Dossier:
    """Set anchors of a dossier that the caller has locked; see `move_anchors`."""
    moved = [name for name in anchors if getattr(dossier, name) != anchors[name]]
    if not moved:
        return dossier
    for name in FINAL:
        held = getattr(dossier, name)
        if name in moved and held and (anchors[name] is None or anchors[name] > held):
            raise EndedForGood
    for name in moved:
        setattr(dossier, name, anchors[name])
    if dossier.opened_on and dossier.closed_on and dossier.closed_on < dossier.opened_on:
        raise ImpossibleDates
    _write_end(dossier, policy.rules())
    dossier.save(update_fields=[*moved, *END])
    audit.append(
        "dossier.anchors_moved",
        object=f"dossier:{dossier.reference}",
        actor=actor,
        moved=sorted(set(moved) - UNTOLD),
        rule=dossier.rule,
        due=dossier.delete_from,
        missing=dossier.missing_anchor,
    )
    return dossier


def _write_end(dossier: Dossier, rules: Rules) -> None:
    """Compute rule and date from the anchors."""
    end = end_of(dossier.purpose_id, anchors_of(dossier), rules)
    dossier.rule, dossier.delete_from = end.rule, end.delete_from
    dossier.missing_anchor = end.missing_anchor


def locked(involvement_id: int) -> Involvement:
    """Return an involvement with its dossier, both locked against destruction."""
    dossiers = Dossier.objects.filter(involvements=involvement_id).order_by()
    dossier = dossiers.select_for_update(no_key=True, of=("self",)).first()
    if dossier is None:
        raise Involvement.DoesNotExist
    involvement = Involvement.objects.select_for_update(no_key=True).get(pk=involvement_id)
    involvement.dossier = dossier
    return involvement
