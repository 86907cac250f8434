from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Phase(models.TextChoices):
    """Where a claim stands, and with it who decides: the client, or we."""

    INVOICE = "invoice", _("Invoice phase: we process for the client")
    COLLECTION = "collection", _("Collection: we are the controller")
    NONE = "", _("Not a claim")


class Direction(models.TextChoices):
    """Only contact *by the person* renews a marketing period."""

    BY_PERSON = "in", _("From the person")
    TO_PERSON = "out", _("To the person")


class RestrictionGround(models.TextChoices):
    """The four grounds of GDPR Article 18(1)."""

    ACCURACY = "18.1.a", _("Accuracy is contested")
    UNLAWFUL = "18.1.b", _("Processing is unlawful and the person prefers restriction")
    CLAIM = "18.1.c", _("The person needs the data for a claim")
    OBJECTION = "18.1.d", _("An objection is being weighed")


class SpecialGround(models.TextChoices):
    """On what the statement lets us keep health or criminal data."""

    CONSENT = "9.2.a", _("Explicit consent")
    CLAIM = "9.2.f", _("Necessary for a legal claim")
    LAW = "10", _("Allowed by law")


# The fields of an identity that may be given another value (GDPR Article 16).
RECTIFIABLE = frozenset(
    [
        "first_name",
        "initials",
        "last_name",
        "birth_date",
        "addresses",
        "emails",
        "phones",
        "ibans",
    ]
)


# What a field of an identity holds when what it held was wrong and nothing is right.
EMPTY: dict[str, Any] = {
    "first_name": "",
    "initials": "",
    "last_name": "",
    "birth_date": None,
    "addresses": [],
    "emails": [],
    "phones": [],
    "ibans": [],
}
# What stands beside the fields of an identity: who gave it, and when; `sources` tells it of the
# fields that somebody else gave later.
OF_SOURCE = frozenset(["source", "collected_on", "sources"])

HUMAN = "human-review"  # the "rule version" of what a person decided


class TransferMechanism(models.TextChoices):
    """What makes a transfer outside the EEA lawful (GDPR Chapter V)."""

    ADEQUACY = "45", _("Adequacy decision")
    CLAUSES = "46.2.c", _("Standard contractual clauses")
    BINDING_RULES = "46.2.b", _("Binding corporate rules")
    LEGAL_CLAIM = "49.1.e", _("Necessary for a legal claim")


class LookPurpose(models.TextChoices):
    """Why a colleague looks at somebody's data; goes into the ledger with every look."""

    REQUEST = "request", _("To handle a privacy request")
    QUESTION = "question", _("To answer a question of the person")
    INCIDENT = "incident", _("To look into an incident")
    CHECK = "check", _("To check that the register is right")
    AUDIT = "audit", _("For an audit")


class InstructionKind(models.TextChoices):
    """What a source system is told to do with its own data of a person or dossier."""

    ERASE = "erase", _("Erase")
    RESTRICT = "restrict", _("Restrict the use")
    LIFT = "lift", _("Lift the restriction")
    RECTIFY = "rectify", _("Correct")
    STOP_USE = "stop_use", _("Stop the use for this purpose")
    SUSPEND_MEASURE = "suspend_measure", _("Suspend a measure")
    RESUME_MEASURE = "resume_measure", _("Resume a suspended measure")


class InstructionState(models.TextChoices):
    """Whether the system obeyed; what it refused is for an officer to solve."""

    OPEN = "open", _("Not done yet")
    ACKNOWLEDGED = "acknowledged", _("Carried out")
    REFUSED = "refused", _("Refused")


class RefusalReason(models.TextChoices):
    """Why a system does not do what it is told."""

    UNKNOWN = "unknown", _("It does not know what is meant")
    LEGAL_DUTY = "legal_duty", _("The law obliges it to keep the data as they are")
    TECHNICAL = "technical", _("It cannot for now, for a technical reason")
    OTHER = "other", _("Another reason")


class NoticeEvent(models.TextChoices):
    """What a recipient of data is told of (GDPR Article 19)."""

    RECTIFICATION = "rectification", _("Corrected")
    ERASURE = "erasure", _("Erased")
    RESTRICTION = "restriction", _("Use restricted")
    LIFTED = "lifted", _("Restriction lifted")


class NoticeChannel(models.TextChoices):
    """How an organisation hears from us."""

    LINK = "link", _("Secure link by e-mail")
    MAIL = "mail", _("Encrypted e-mail")
    FILE = "file", _("File that an officer hands over")


class NoticeState(models.TextChoices):
    """How far a notice came."""

    WAITING = "waiting", _("Waits until the data are erased")
    TO_SEND = "to_send", _("To be sent")
    SENT = "sent", _("Sent")
    ACKNOWLEDGED = "acknowledged", _("Confirmed")
    IMPOSSIBLE = "impossible", _("Not possible")


class ImpossibleReason(models.TextChoices):
    """Why a recipient cannot be told: the law asks for a reason (GDPR Article 19)."""

    NO_ADDRESS = "no_address", _("There is no address for this organisation")
    ENDED = "ended", _("The organisation does not exist any more")
    EFFORT = "effort", _("It would take disproportionate effort")
    NO_ANSWER = "no_answer", _("It was told, and did not confirm within 60 days")


class ToldHow(models.TextChoices):
    """How somebody hears that the statement changed."""

    MAIL = "mail", _("By e-mail")
    LETTER = "letter", _("With the next letter")


# Who received data for a purpose, and may be named to nobody: Wwft, Article 23 (`requests/data/
# withheld.yaml` is the whole rule, for answers).
UNTOLD_RECIPIENTS: dict[str, frozenset[str]] = {"AML": frozenset(["authority"])}

# `source_system` of dossiers that this application opens itself: nobody else is to be told.
OWN_SYSTEMS = frozenset(["requests", "desk"])

# The European Union with Iceland, Liechtenstein and Norway (EEA Agreement, Article 126).
EEA = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IS",
    "IT",
    "LI",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "NO",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
