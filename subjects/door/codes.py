"""The codes of the published statement, as the door asks for them on every line."""

from collections.abc import Iterable
from dataclasses import dataclass

from policy import services as policy
from policy.models import (
    AutomatedDecisionKind,
    DataCategory,
    RecipientCategory,
    SourceCategory,
    SubjectCategory,
)
from policy.statement import Rules
from subjects.door.refusals import Refused

CONSENT = "6.1.a"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the statement says that one purpose has, each as a set of codes."""

    purpose: str
    bases: frozenset[str]
    data: frozenset[str]
    subjects: frozenset[str]
    sources: frozenset[str]
    recipients: frozenset[str]

    def require(self, field: str, code: str, codes: frozenset[str]) -> None:
        """Raise Refused, naming field and code, for what the statement lacks for this purpose.

        Only for codes that the statement knows: what it does not know may be anything, and is
        never repeated.
        """
        if code not in codes:
            raise Refused(f"{field}: the statement has no {code} for {self.purpose}.")

    def require_basis(self, basis: str) -> None:
        # Consent may be asked for any purpose (GDPR Article 6(1)(a)).
        if basis != CONSENT:
            self.require("basis", basis, self.bases)

    def require_data(self, field: str, categories: Iterable[str]) -> None:
        for category in categories:
            self.require(field, category, self.data)


@dataclass(frozen=True)
class Codes:
    """Which codes the statement knows, what each purpose has of them, and its rules."""

    purposes: dict[str, Allowed]
    special: frozenset[str]
    data: frozenset[str]
    subjects: frozenset[str]
    sources: frozenset[str]
    recipients: frozenset[str]
    legal_steps: dict[str, bool]
    rules: Rules


def load_codes() -> Codes:
    """Return the codes of the published statement, in a handful of queries."""
    statement = policy.current()
    data = dict(DataCategory.objects.filter(retired=False).values_list("code", "is_special"))
    kinds = AutomatedDecisionKind.objects.filter(retired=False)
    return Codes(
        purposes={
            code: Allowed(
                code,
                bases=frozenset(row.bases),
                data=frozenset(row.data),
                subjects=frozenset(row.subjects),
                sources=frozenset(row.sources),
                recipients=frozenset(row.recipients),
            )
            for code, row in statement.purposes.items()
        },
        special=frozenset(code for code, is_special in data.items() if is_special),
        data=frozenset(data),
        subjects=_live(SubjectCategory),
        sources=_live(SourceCategory),
        recipients=_live(RecipientCategory),
        legal_steps=dict(kinds.values_list("code", "is_legal_step")),
        rules=statement.rules,
    )


def _live(model: type[SubjectCategory | SourceCategory | RecipientCategory]) -> frozenset[str]:
    rows = model._default_manager.filter(retired=False)
    return frozenset(rows.values_list("code", flat=True))
