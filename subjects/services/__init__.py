"""Changes to the registry, each in one transaction with its ledger entry.

Who locks: the dossier's row first, then its involvement's. Destruction takes the same rows, so
a change comes wholly before it, or finds nothing (`DoesNotExist`).
"""

from subjects.first_contact import without_first_contact_notice
from subjects.looking import entries_of_looks, looks_at, looks_in, note_look, note_looks, search_for
from subjects.reading import person_view
from subjects.services.moving import move_anchors
from subjects.services.noting import add_first_contact_notice, record_contact, record_disclosure
from subjects.services.restricting import (
    lift_restriction,
    place_restriction,
    tell_restricted,
)
from subjects.services.stopping import suppressed, unsubscribe, withdraw_consent

# Some are questions of other modules: offered here too, so that callers need one place.
__all__ = [
    "add_first_contact_notice",
    "entries_of_looks",
    "lift_restriction",
    "looks_at",
    "looks_in",
    "move_anchors",
    "note_look",
    "note_looks",
    "person_view",
    "place_restriction",
    "record_contact",
    "record_disclosure",
    "search_for",
    "suppressed",
    "tell_restricted",
    "unsubscribe",
    "withdraw_consent",
    "without_first_contact_notice",
]
