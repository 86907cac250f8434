"""Everything held of people, unsealed, in two queries however much it is.

Only the rows of the involvements asked for: never another person's of the same dossier. The
caller checks who may read, and logs it.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple, TypeVar

from django.db.models import Q, QuerySet
from django.utils import timezone

from alektum_privacy.reading import read_together
from policy.periods import Anchors
from subjects.anchors import ANCHORS
from subjects.held import (
    HeldConsent,
    HeldContact,
    HeldDecision,
    HeldDisclosure,
    HeldDossier,
    HeldInvolvement,
    HeldNotice,
    HeldRecord,
    HeldRestriction,
)
from subjects.models import (
    AutomatedDecision,
    Consent,
    ContactEvent,
    Disclosure,
    FirstContactNotice,
    Involvement,
    Record,
    RestrictionMark,
    place_of,
)
from vault import services as vault

Held = TypeVar("Held")


def person_view(
    *, involvement_ids: Collection[int] = (), subject_ids: Collection[int] = ()
) -> list[HeldInvolvement]:
    """Return what is held of these involvements, and of all involvements of these subjects.

    Ordered by purpose, dossier and involvement; unknown ids are absent. What was sealed under
    a key that is gone is None.
    """
    if not involvement_ids and not subject_ids:
        return []
    asked = Q(pk__in=list(involvement_ids)) | Q(subject_id__in=list(subject_ids))
    rows = list(
        Involvement.objects.filter(asked)
        .order_by("dossier__purpose_id", "dossier_id", "pk")
        .values_list(*_INVOLVEMENT, *_DOSSIER, *(f"dossier__{name}" for name in ANCHORS))
    )
    found = [_Found(*row[: len(_INVOLVEMENT)]) for row in rows]
    keys = vault.open_keys(one.key_id for one in found)
    opener = {one.pk: keys.get(one.key_id) for one in found}
    rows_of = {name: _rows(part, opener) for name, part in _PARTS.items()}
    read_together(*rows_of.values())
    parts = {name: _made(part, rows_of[name], opener) for name, part in _PARTS.items()}
    return [
        HeldInvolvement(
            pk=one.pk,
            reference=one.reference,
            subject_id=one.subject_id,
            category=one.category,
            identity=_open(
                opener[one.pk], one.sealed_identity, f"subjects.involvement.identity:{one.key_id}"
            ),
            dossier=_dossier(row[len(_INVOLVEMENT) :]),
            verified_on=one.verified_on,
            use_ended_at=one.use_ended_at,
            disputed_on=one.disputed_on,
            rule=one.rule,
            delete_from=one.delete_from,
            **{name: of_involvement.get(one.pk, ()) for name, of_involvement in parts.items()},
        )
        for one, row in zip(found, rows, strict=True)
    ]


class _Found(NamedTuple):
    pk: int
    reference: Any
    subject_id: int
    category: str
    key_id: int
    sealed_identity: Any
    verified_on: Any
    use_ended_at: Any
    disputed_on: Any
    rule: str
    delete_from: Any


_INVOLVEMENT = (
    "pk",
    "reference",
    "subject_id",
    "category_id",
    "key_id",
    "sealed_identity",
    "verified_on",
    "use_ended_at",
    "disputed_on",
    "rule",
    "delete_from",
)
_DOSSIER = (
    "dossier_id",
    "dossier__reference",
    "dossier__purpose_id",
    "dossier__phase",
    "dossier__client__name",
    "dossier__client__privacy_email",
    "dossier__rule",
    "dossier__delete_from",
    "dossier__missing_anchor",
    "dossier__created_at",
)


def _dossier(row: tuple[Any, ...]) -> HeldDossier:
    *known, missing, created_at = row[: len(_DOSSIER)]
    pk, reference, purpose, phase, client, email, rule, delete_from = known
    anchors = Anchors(**dict(zip(ANCHORS, row[len(_DOSSIER) :], strict=True)))
    return HeldDossier(
        pk,
        reference,
        purpose,
        phase,
        client or "",
        email or "",
        anchors,
        rule,
        delete_from,
        missing,
        anchors.opened_on or timezone.localdate(created_at),
    )


class _Part(NamedTuple):
    """One table: its rows in order, their columns, which is sealed where, and what they become.

    The columns begin with the involvement; the sealed column comes last, after the digest.
    """

    rows: QuerySet[Any]
    columns: tuple[str, ...]
    sealed: tuple[str, str] | None
    made: Callable[..., Any]
    is_text: bool = False


def _rows(part: _Part, opener: dict[int, vault.OpenKey | None]) -> QuerySet[Any]:
    sealed = ("source_digest", f"sealed_{part.sealed[1]}") if part.sealed else ()
    rows = part.rows.filter(involvement_id__in=list(opener))
    return rows.values_list("involvement_id", *part.columns, *sealed)


def _made(
    part: _Part, rows: Iterable[Any], opener: dict[int, vault.OpenKey | None]
) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    if part.sealed is None:
        for involvement, *values in rows:
            found[involvement].append(part.made(*values))
        return found
    for involvement, *values, digest, content in rows:
        opened = _open(opener[involvement], content, place_of(*part.sealed, digest))
        if part.is_text and opened is not None:
            opened = opened.get("text", "")
        found[involvement].append(part.made(*values, opened))
    return found


def _open(key: vault.OpenKey | None, sealed: Any, place: str) -> Any:
    return key.unseal(sealed, place=place) if key else None


def _record(*row: Any) -> HeldRecord:
    *head, consent, special, ground, rule, delete_from, organisation, content = row
    pk, data_category, source, basis, provided, collected_on = head
    return HeldRecord(
        pk,
        data_category,
        source,
        organisation or "",
        basis,
        provided,
        collected_on,
        content,
        consent,
        special,
        ground,
        rule,
        delete_from,
    )


_PARTS = {
    "records": _Part(
        Record.objects.order_by("collected_on", "id"),
        (
            "pk",
            "data_category_id",
            "source_id",
            "lawful_basis",
            "provided_by_subject",
            "collected_on",
            "consent_id",
            "is_special",
            "special_ground",
            "rule",
            "delete_from",
            "source_organisation__name",
        ),
        ("record", "content"),
        _record,
    ),
    "consents": _Part(
        Consent.objects.order_by("id"),
        ("pk", "purpose_id", "given_on", "withdrawn_on"),
        ("consent", "proof"),
        HeldConsent,
        is_text=True,
    ),
    "disclosures": _Part(
        Disclosure.objects.order_by("disclosed_on", "id"),
        (
            "pk",
            "recipient__organisation__name",
            "recipient__category_id",
            "purpose_id",
            "data_categories",
            "disclosed_on",
            "country",
            "transfer_mechanism",
        ),
        ("disclosure", "reason"),
        HeldDisclosure,
        is_text=True,
    ),
    "contacts": _Part(
        ContactEvent.objects.order_by("happened_at", "id"),
        ("pk", "direction", "channel", "happened_at"),
        ("contactevent", "note"),
        HeldContact,
        is_text=True,
    ),
    "decisions": _Part(
        AutomatedDecision.objects.order_by("decided_at", "id"),
        (
            "pk",
            "kind",
            "rule_version",
            "decided_at",
            "is_legal_step",
            "confirmed_by",
            "suspended_at",
        ),
        ("automateddecision", "account"),
        HeldDecision,
    ),
    "notices": _Part(
        FirstContactNotice.objects.order_by("id"),
        ("pk", "sent_on", "channel", "statement_version", "objection_shown_apart"),
        None,
        HeldNotice,
    ),
    "restrictions": _Part(
        RestrictionMark.objects.order_by("id"),
        ("pk", "ground", "since", "lifted_on"),
        None,
        HeldRestriction,
    ),
}
