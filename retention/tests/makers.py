"""Dossiers to destroy, as small as the database allows."""

import uuid
from datetime import date
from itertools import count
from typing import Any

from policy.models import (
    DataCategory,
    Purpose,
    RecipientCategory,
    RetentionRule,
    SourceCategory,
    SubjectCategory,
)
from retention.models import DestructionItem, DestructionList, RuleRun
from subjects.models import (
    Disclosure,
    Dossier,
    Involvement,
    Organisation,
    Recipient,
    Record,
    Subject,
    Unit,
)
from vault import services as vault
from vault.constants import KeyKind

TODAY = date(2027, 5, 21)
_numbers = count()


def a_digest() -> bytes:
    return vault.digest("maker", str(next(_numbers)))


def make_rule(code: str = "COL-60", *, run: bool = False) -> RetentionRule:
    """Make a rule; with `run`, its content has run before."""
    rule, _ = RetentionRule.objects.get_or_create(
        code=code,
        defaults={
            "anchor": "closed_on",
            "origin": "project",
            "digest": f"d-{code}",
            "dates_digest": f"d-{code}",
        },
    )
    if run:
        before = DestructionList.objects.create(
            status="done", rule=code, first_day=TODAY, runs_from=TODAY, planned_on=TODAY
        )
        RuleRun.objects.create(digest=rule.digest, rule=code, first_run_on=TODAY, list=before)
    return rule


def make_subject() -> Subject:
    return Subject.objects.create()


def make_dossier(
    *subjects: Subject, purpose: str = "COL", due: date | None = TODAY, **fields: Any
) -> Dossier:
    """Make a dossier with an involvement, two records and a disclosure for each subject."""
    named = {"name_nl": "-", "name_en": "-"}
    row, _ = Purpose.objects.get_or_create(code=purpose, defaults=named | {"bases": ["6.1.b"]})
    category, _ = SubjectCategory.objects.get_or_create(
        code="debtor", defaults=named | {"family": "debtor"}
    )
    data, _ = DataCategory.objects.get_or_create(code="contact", defaults=named)
    source, _ = SourceCategory.objects.get_or_create(code="client", defaults=named)
    receives, _ = RecipientCategory.objects.get_or_create(code="bailiff", defaults=named)
    office, _ = Organisation.objects.get_or_create(
        source_system="test", source_id="1", defaults={"name": "Office"}
    )
    recipient, _ = Recipient.objects.get_or_create(organisation=office, category=receives)
    dossier = Dossier.objects.create(
        source_digest=a_digest(),
        purpose=row,
        **{
            "source_system": "test",
            "rule": "COL-60",
            "closed_on": date(2022, 5, 20),
            "delete_from": due,
        }
        | fields,
    )
    for subject in subjects or (make_subject(),):
        key = vault.create_key(KeyKind.INVOLVEMENT)
        involvement = Involvement.objects.create(
            subject=subject,
            dossier=dossier,
            category=category,
            source_digest=a_digest(),
            person_digest=a_digest(),
            key_id=key.id,
            sealed_identity=key.seal({}, place=Involvement(key_id=key.id).identity_place),
        )
        for _ in range(2):
            Record.objects.create(
                involvement=involvement,
                source_digest=a_digest(),
                data_category=data,
                source=source,
                lawful_basis="6.1.b",
                collected_on=date(2020, 1, 1),
                sealed_content=b"sealed",
            )
        Disclosure.objects.create(
            involvement=involvement,
            source_digest=a_digest(),
            recipient=recipient,
            purpose=row,
            data_categories=["contact"],
            disclosed_on=date(2021, 1, 1),
            sealed_reason=b"sealed",
        )
    return dossier


def make_list(*dossiers: Dossier, **fields: object) -> DestructionList:
    """Make a list of dossiers, approved for today unless told otherwise."""
    fields = {
        "status": DestructionList.Status.APPROVED,
        "runs_from": TODAY,
        "first_day": TODAY,
        "planned_on": TODAY,
        "size": len(dossiers),
        "rule": "COL-60",
        "rule_digest": make_rule().digest,
    } | fields
    made = DestructionList.objects.create(**fields)
    DestructionItem.objects.bulk_create(
        DestructionItem(list=made, position=n, unit=Unit.DOSSIER, unit_id=dossier.pk)
        for n, dossier in enumerate(dossiers, start=1)
    )
    return made


def make_list_of(unit: Unit, *ids: int, **fields: object) -> DestructionList:
    """Make a list of other units than dossiers, by their keys."""
    made = make_list(size=len(ids), unit=unit, **fields)
    DestructionItem.objects.bulk_create(
        DestructionItem(list=made, position=at, unit=unit, unit_id=pk)
        for at, pk in enumerate(ids, start=1)
    )
    return made


def a_case() -> uuid.UUID:
    return uuid.uuid4()
