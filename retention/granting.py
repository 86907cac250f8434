"""From which day a granted erasure may be carried out: a rule of law, no database, no clock."""

from datetime import date
from typing import Any

from policy.periods import Anchors, Due, first_deletion_day
from policy.statement import Rules
from retention.exceptions import ErasureForbidden

# The law itself says how long: nobody's decision shortens it.
FIXED_BY_LAW = {"ACC": "AWR, Article 52(4)", "AML": "Wwft, Articles 33 to 34a"}
# Which anchor carries the decision, so that a later computation gives the same day.
ANCHOR = {
    "COL": "early_erasure_decided_on",
    "AUT": "early_erasure_decided_on",
    "CLI": "no_longer_relevant_on",
    "CRD": "no_longer_relevant_on",
    "MKT": "unsubscribed_on",
    "DEV": "unsubscribed_on",
}


def anchors_moved(
    purpose: str, anchors: Anchors, rules: Rules, *, decided_on: date, regulated: bool = True
) -> dict[str, Any]:
    """Return the anchors that a granted erasure sets, and on which day.

    A regulated collection's file stays until two years after closing. Raises ErasureForbidden
    where the law fixes the period, where a case is still open, and where the file is not ours
    to decide about.

    Source: GDPR Article 17(1) and (3)(b), (e); Bki, Article 5.1(4).
    """
    if purpose in FIXED_BY_LAW:
        raise ErasureForbidden(f"the period is fixed by law: {FIXED_BY_LAW[purpose]}")
    if purpose not in ANCHOR:
        raise ErasureForbidden(f"a dossier for {purpose} is not erased on request")
    if purpose in ("COL", "AUT") and not _is_relation(purpose, anchors):
        return {ANCHOR[purpose]: _after_minimum(purpose, anchors, rules, decided_on, regulated)}
    anchor = "no_longer_relevant_on" if purpose == "AUT" else ANCHOR[purpose]
    moved = {anchor: decided_on}
    if anchor == "no_longer_relevant_on":
        # A source may set that day too: by this one it is known that a right did.
        moved["early_erasure_decided_on"] = decided_on
    return moved


def _is_relation(purpose: str, anchors: Anchors) -> bool:
    in_case = anchors.opened_on or anchors.closed_on or anchors.reopened_on
    return purpose == "AUT" and not in_case


def _after_minimum(
    purpose: str, anchors: Anchors, rules: Rules, decided_on: date, regulated: bool
) -> date:
    decided = Anchors(
        closed_on=anchors.closed_on,
        reopened_on=anchors.reopened_on,
        opened_on=anchors.opened_on,
        early_erasure_decided_on=decided_on,
        statutory_file_minimum=regulated,
    )
    due: Due = first_deletion_day(purpose, decided, rules)
    if due.first_day is None:
        raise ErasureForbidden("the case is open: the data are needed for a claim")
    return due.first_day
