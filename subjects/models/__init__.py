"""The registry, as rows: whose data we hold, what hangs on it, what binds us, how it came in."""

from subjects.models.door import IngestPart, IngestRun, SourceSystem
from subjects.models.feed import (
    Instruction,
    NotTold,
    OrganisationLink,
    RecipientNotice,
    StatementRun,
    StatementTold,
)
from subjects.models.fields import DIGEST_BYTES, place_of, source_digest
from subjects.models.held import (
    AutomatedDecision,
    Consent,
    ContactEvent,
    Disclosure,
    FirstContactNotice,
    OfInvolvement,
    Record,
)
from subjects.models.marks import ErasureProof, Recomputation, RestrictionMark, Suppression, Unit
from subjects.models.registry import Dossier, Involvement, Organisation, Recipient, Subject
from subjects.models.sharing import DisclosureCount

__all__ = [
    "DIGEST_BYTES",
    "AutomatedDecision",
    "Consent",
    "ContactEvent",
    "Disclosure",
    "DisclosureCount",
    "Dossier",
    "ErasureProof",
    "FirstContactNotice",
    "IngestPart",
    "IngestRun",
    "Instruction",
    "Involvement",
    "NotTold",
    "OfInvolvement",
    "Organisation",
    "OrganisationLink",
    "Recipient",
    "RecipientNotice",
    "Recomputation",
    "Record",
    "RestrictionMark",
    "SourceSystem",
    "StatementRun",
    "StatementTold",
    "Subject",
    "Suppression",
    "Unit",
    "place_of",
    "source_digest",
]
