"""Changes to the statement's rows, and the way to read the published statement."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Model, Q, QuerySet

from alektum_privacy.reading import once
from audit import services as audit
from policy import files
from policy.exceptions import PublishedVersionChanged
from policy.models import (
    AutomatedDecisionKind,
    DataCategory,
    PolicyVersion,
    Purpose,
    RecipientCategory,
    RetentionRule,
    SourceCategory,
    SubjectCategory,
)
from policy.statement import Rules, Statement, newest_file


def digest_of(content: Any) -> str:
    """Return the SHA-256 of content, the same whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def load(path: Path | None = None, *, today: date) -> tuple[PolicyVersion, bool]:
    """Publish a statement file; return the version, and whether it was new.

    Safe to run twice. Raises PublishedVersionChanged where that version was published with
    other content, BadStatement where the file is broken.
    """
    content = files.load(path or newest_file())
    digest = digest_of(content)
    with transaction.atomic():
        version, new = PolicyVersion.objects.select_for_update().get_or_create(
            version=content["version"],
            defaults={
                "digest": digest,
                "document": content,
                "status": PolicyVersion.Status.PUBLISHED,
                "published_on": today,
            },
        )
        if not new and version.status == PolicyVersion.Status.DRAFT:
            # What was put forward is published as the file now has it.
            version.digest, version.document, version.published_on = digest, content, today
            version.status, new = PolicyVersion.Status.PUBLISHED, True
            version.save()
        if version.digest != digest:
            raise PublishedVersionChanged(version.version)
        if new and _is_newest(version):
            _write_rows(content)
            _mark_stale_dates(first=not _others(version).exists())
        if new:
            audit.append(
                "policy.published",
                object=f"policy:{version.version}",
                actor="system",
                digest=digest,
            )
    return version, new


@transaction.atomic
def load_draft(path: Path) -> PolicyVersion:
    """Keep a statement file as a draft, to see what it would do; nothing is published.

    A draft of the same version is replaced. Raises PublishedVersionChanged where that version is
    published, BadStatement where the file is broken.
    """
    content = files.load(path)
    digest = digest_of(content)
    version, new = PolicyVersion.objects.select_for_update().get_or_create(
        version=content["version"], defaults={"digest": digest, "document": content}
    )
    if version.status == PolicyVersion.Status.PUBLISHED:
        raise PublishedVersionChanged(version.version)
    if not new and version.digest != digest:
        version.digest, version.document = digest, content
        version.save(update_fields=["digest", "document"])
    audit.append(
        "policy.draft_kept", object=f"policy:{version.version}", actor="system", digest=digest
    )
    return version


def _others(version: PolicyVersion) -> QuerySet[PolicyVersion]:
    published = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    return published.exclude(pk=version.pk)


def _is_newest(version: PolicyVersion) -> bool:
    # An older version may be taken in for the record; the rows stay those of the newest.
    return not _others(version).filter(version__gt=version.version).exists()


def _mark_stale_dates(*, first: bool) -> None:
    """Say of which rules the stored dates no longer hold: they are computed anew by `subjects`.

    A date of one rule may follow from another of the same purpose (the two years that an
    early erasure waits), so those of a purpose go together. Before the first statement no
    date was stored.
    """
    if first:
        RetentionRule.objects.update(dates_digest=F("digest"))
        return
    purposes = Purpose.objects.filter(rules__in=list(stale_rules()))
    RetentionRule.objects.filter(purposes__in=list(purposes)).update(dates_digest="")


def stale_rules() -> QuerySet[RetentionRule]:
    """Return the rules by whose present content the stored dates have not been computed yet."""
    return RetentionRule.objects.filter(~Q(dates_digest=F("digest")), retired=False)


def _upsert(model: type[Model], rows: list[Model]) -> None:
    """Write the rows by code, and retire those the statement no longer names."""
    fields = [
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name != "dates_digest"
    ]
    manager = model._default_manager
    manager.bulk_create(rows, update_conflicts=True, unique_fields=["code"], update_fields=fields)
    manager.exclude(pk__in=[row.pk for row in rows]).update(retired=True)


def _named(row: dict[str, Any]) -> dict[str, str]:
    return {"code": row["code"], "name_nl": row["nl"], "name_en": row["en"]}


def _write_rows(content: dict[str, Any]) -> None:
    _upsert(
        SubjectCategory,
        [SubjectCategory(**_named(r), family=r["family"]) for r in content["subject_categories"]],
    )
    _upsert(
        DataCategory,
        [DataCategory(**_named(r), is_special=r["special"]) for r in content["data_categories"]],
    )
    _upsert(SourceCategory, [SourceCategory(**_named(r)) for r in content["source_categories"]])
    _upsert(
        RecipientCategory, [RecipientCategory(**_named(r)) for r in content["recipient_categories"]]
    )
    _upsert(
        AutomatedDecisionKind,
        [
            AutomatedDecisionKind(**_named(r), is_legal_step=r["legal_step"])
            for r in content["automated_decisions"]
        ],
    )
    _upsert(Purpose, [Purpose(**_named(r), bases=r["bases"]) for r in content["purposes"]])
    _upsert(
        RetentionRule,
        [
            RetentionRule(
                code=r["code"],
                months=r.get("months"),
                days=r.get("days"),
                anchor=r["anchor"],
                origin=r["origin"],
                article=r.get("article", ""),
                sentence_nl=r["sentence"]["nl"],
                sentence_en=r["sentence"]["en"],
                digest=digest_of(r),
            )
            for r in content["retention_rules"]
        ],
    )
    _link(content["purposes"])


def _link(purposes: list[dict[str, Any]]) -> None:
    """Join purposes with their data categories and rules, anew."""
    data = Purpose.data_categories.through
    rules = RetentionRule.purposes.through
    data.objects.all().delete()
    rules.objects.all().delete()
    data.objects.bulk_create(
        data(purpose_id=row["code"], datacategory_id=code)
        for row in purposes
        for code in row["data"]
    )
    rules.objects.bulk_create(
        rules(purpose_id=row["code"], retentionrule_id=code)
        for row in purposes
        for code in row["rules"]
    )


def newest_version() -> PolicyVersion | None:
    """Return the newest published version, or None before the first load."""
    published = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    return published.order_by("-version").first()


@lru_cache(maxsize=4)
def _published(version: str, digest: str, since: date | None) -> Statement:
    row = PolicyVersion.objects.get(version=version, digest=digest)
    return Statement(row.document, since)


def current() -> Statement:
    """Return the newest published statement.

    Asks one small query which version that is, so a newly published one is seen at once; a
    published version never changes and is kept.

    Raises PolicyVersion.DoesNotExist before the first load.
    """
    found = once("policy.newest", _newest)
    if found is None:
        raise PolicyVersion.DoesNotExist("No statement is published: run manage.py load_policy.")
    return _published(*found)


def _newest() -> tuple[str, str, date | None] | None:
    published = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    return published.order_by("-version").values_list("version", "digest", "published_on").first()


@dataclass(frozen=True)
class InForce:
    """A published version with its first day, and the day on which another took its place.

    `until` is None for the one in force, and where the day is not known: an older version that was
    taken in for the record.
    """

    version: str
    since: date
    until: date | None
    newest: bool
    previous: str | None


def history() -> list[InForce]:
    """Return the published versions with the days they were in force, newest first."""
    published = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    rows = list(published.order_by("-version").values_list("version", "published_on"))
    found = []
    for at, (version, since) in enumerate(rows):
        if since is None:
            continue  # The database lets no published version be without its day.
        after = rows[at - 1][1] if at else None
        found.append(
            InForce(
                version=version,
                since=since,
                until=after if after and since < after else None,
                newest=at == 0,
                previous=rows[at + 1][0] if at + 1 < len(rows) else None,
            )
        )
    return found


def published(version: str) -> Statement:
    """Return a published version. Raises PolicyVersion.DoesNotExist."""
    rows = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    # Compared here: what stands in an address may be no text for the database.
    found = {row[0]: row for row in rows.values_list("version", "digest", "published_on")}
    if version not in found:
        raise PolicyVersion.DoesNotExist("no such version is published")
    return _published(*found[version])


def purpose_names() -> dict[str, str]:
    """Return what the newest published statement calls each purpose, in the active language."""
    return {code: str(purpose.name) for code, purpose in current().purposes.items()}


def rules() -> Rules:
    """Return the retention rules of the newest published statement.

    The same object as long as the same version is the newest, so results may be kept by it.
    Raises PolicyVersion.DoesNotExist before the first load.
    """
    return current().rules


def rules_of(version: str) -> Rules:
    """Return the retention rules of a version, published or draft.

    Raises PolicyVersion.DoesNotExist.
    """
    found = PolicyVersion.objects.values_list("version", "digest", "published_on").get(pk=version)
    return _published(*found).rules


def changes_of(draft: str) -> dict[str, dict[str, Any]]:
    """Return what a draft changes of how long and from when each published rule keeps.

    Such as `{"COL-60": {"months": 48}}`. Raises PolicyVersion.DoesNotExist.
    """
    now, then = rules(), rules_of(draft)
    found = {
        code: {
            name: getattr(then[code], name)
            for name in ("months", "days", "anchor")
            if getattr(then[code], name) != getattr(now[code], name)
        }
        for code in sorted(now.keys() & then.keys())
    }
    return {code: changes for code, changes in found.items() if changes}
