"""The codes of the published statement, as the door asks for them on every line."""

from dataclasses import dataclass

from policy import services as policy
from policy.models import (
    AutomatedDecisionKind,
    DataCategory,
    Purpose,
    RecipientCategory,
    SourceCategory,
    SubjectCategory,
)
from policy.statement import Rules


@dataclass(frozen=True)
class Codes:
    """Which codes the statement knows; per purpose its bases and data categories; its rules."""

    bases: dict[str, frozenset[str]]
    data_of: dict[str, frozenset[str]]
    special: frozenset[str]
    data: frozenset[str]
    subjects: frozenset[str]
    sources: frozenset[str]
    recipients: frozenset[str]
    legal_steps: dict[str, bool]
    rules: Rules


def load_codes() -> Codes:
    """Return the codes of the published statement, in a handful of queries."""
    purposes = list(Purpose.objects.filter(retired=False).prefetch_related("data_categories"))
    data = dict(DataCategory.objects.filter(retired=False).values_list("code", "is_special"))
    kinds = AutomatedDecisionKind.objects.filter(retired=False)
    return Codes(
        bases={row.code: frozenset(row.bases) for row in purposes},
        data_of={
            row.code: frozenset(category.code for category in row.data_categories.all())
            for row in purposes
        },
        special=frozenset(code for code, is_special in data.items() if is_special),
        data=frozenset(data),
        subjects=_live(SubjectCategory),
        sources=_live(SourceCategory),
        recipients=_live(RecipientCategory),
        legal_steps=dict(kinds.values_list("code", "is_legal_step")),
        rules=policy.rules(),
    )


def _live(model: type[SubjectCategory | SourceCategory | RecipientCategory]) -> frozenset[str]:
    rows = model._default_manager.filter(retired=False)
    return frozenset(rows.values_list("code", flat=True))
