"""What an officer leaves out of an answer because it is about somebody else, kept sealed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from alektum_privacy.reading import once
from policy import services as policy
from requests.constants import State
from requests.exceptions import Incomplete
from requests.letters.models import Redaction as RedactionRow
from requests.models import PrivacyRequest
from requests.redaction.reading import redactions_of
from requests.redaction.redacting import PARTS, missed, redacted, texts_in
from requests.report.completeness import Missing
from requests.report.withheld import without_withheld
from requests.services.changing import locked, note, require, save
from requests.services.own_file import require_other
from requests.services.people.matching import confirmed_involvements
from subjects.held import HeldInvolvement
from subjects.models import Involvement
from subjects.services import person_view
from subjects.unseen import AML
from vault import services as vault

AROUND = 80
MOST_PLACES = 200


def held_for(privacy_request: PrivacyRequest) -> list[HeldInvolvement]:
    """Return what the confirmed people's files hold, without what is left out."""
    held = _whole(privacy_request)
    return redacted(held, redactions_of(privacy_request), privacy_request.language)


def _whole(privacy_request: PrivacyRequest) -> list[HeldInvolvement]:
    ids = tuple(confirmed_involvements(privacy_request))
    return once(("held", ids), lambda: person_view(involvement_ids=ids))


def gaps_of_redactions(privacy_request: PrivacyRequest) -> list[Missing]:
    """Name the pieces that changed since words in them were marked: look again before sending."""
    redactions = redactions_of(privacy_request)
    if not redactions:
        return []
    held = _whole(privacy_request)
    files = {view.reference: view.dossier for view in held}
    return [
        Missing("15(4)", "redaction", dossier.purpose, str(dossier.reference), "access")
        for one in missed(held, redactions)
        if (dossier := files[one.involvement])
    ]


def marked_by(privacy_request: PrivacyRequest, officer: int) -> bool:
    """Tell whether this colleague left something out: then another approves."""
    return RedactionRow.objects.filter(request=privacy_request, made_by=officer).exists()


# --- marking -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where words stand: in which piece of which file, with what is around them."""

    involvement: UUID
    kind: str
    item: int
    label: str
    on: date | datetime | None
    before: str
    after: str

    @property
    def key(self) -> str:
        return f"{self.kind}.{self.involvement}.{self.item}"


def places_of(privacy_request: PrivacyRequest, words: str, *, sees_aml: bool = True) -> list[Place]:
    """Return where these words stand in what may be told, at most two hundred places."""
    held = person_view(involvement_ids=confirmed_involvements(privacy_request))
    shown = [view for view in without_withheld(held) if sees_aml or view.dossier.purpose != AML]
    found = _places(shown, words, privacy_request.language)
    return [place for place, _number in zip(found, range(MOST_PLACES), strict=False)]


def _places(views: Sequence[HeldInvolvement], words: str, language: str) -> Iterator[Place]:
    statement = policy.current()
    for view in views:
        purpose = statement.purposes[view.dossier.purpose].name.text(language)
        number = str((view.identity or {}).get("dossier_number") or "")
        label = " · ".join(part for part in (purpose, number, view.dossier.client) if part)
        for kind, (part, name) in PARTS.items():
            for piece in getattr(view, part):
                text = next((one for one in texts_in(getattr(piece, name)) if words in one), None)
                if text is not None:
                    before, _words, after = text.partition(words)
                    yield Place(
                        view.reference,
                        kind,
                        piece.pk,
                        label,
                        _day(piece),
                        before[-AROUND:],
                        after[:AROUND],
                    )


def _day(piece: Any) -> date | datetime | None:
    names = ("collected_on", "happened_at", "disclosed_on", "decided_at", "given_on")
    return next((getattr(piece, name) for name in names if hasattr(piece, name)), None)


@transaction.atomic
def mark(
    pk: int,
    places: Sequence[Place],
    *,
    words: str,
    reason: str,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> int:
    """Leave these words out of these pieces; return of how many.

    Raises WrongState unless the request is being handled, Incomplete without words, place or
    reason: what is left out is told with the reason.

    Source: GDPR Articles 12(4) and 15(4).
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    require_other(privacy_request, officer)
    if not words.strip() or not reason.strip() or not places:
        raise Incomplete("what is left out needs a reason")
    key = vault.open_key(privacy_request.key_id)
    rows = []
    for place in places:
        row = RedactionRow(
            request=privacy_request,
            involvement_reference=place.involvement,
            kind=place.kind,
            item=place.item,
            made_by=officer,
            made_at=now,
        )
        content = {"words": words, "reason": reason.strip()}
        row.sealed_content = key.seal(content, place=row.content_place)
        rows.append(row)
    RedactionRow.objects.bulk_create(rows)
    save(privacy_request)
    note(privacy_request, "answer.redacted", f"user:{officer}", pieces=len(rows))
    return len(rows)


@transaction.atomic
def unmark(pk: int, reference: UUID, *, officer: int, version: int | None = None) -> None:
    """Give a piece whole again. Raises WrongState unless the request is being handled; OwnFile."""
    privacy_request = locked(pk, version)
    require_other(privacy_request, officer)
    require(privacy_request, State.HANDLING)
    RedactionRow.objects.filter(request=privacy_request, reference=reference).delete()
    save(privacy_request)
    note(privacy_request, "answer.unredacted", f"user:{officer}")


def rows_of(
    privacy_request: PrivacyRequest, *, sees_aml: bool = True
) -> list[tuple[RedactionRow, dict[str, str]]]:
    """Return the rows with their words and reason, for the officer's page."""
    rows = list(RedactionRow.objects.filter(request=privacy_request).order_by("pk"))
    if rows and not sees_aml:
        checks = Involvement.objects.filter(
            reference__in=[row.involvement_reference for row in rows], dossier__purpose=AML
        )
        hidden = set(checks.values_list("reference", flat=True))
        rows = [row for row in rows if row.involvement_reference not in hidden]
    key = vault.open_key(privacy_request.key_id)
    return [(row, key.unseal(row.sealed_content, place=row.content_place)) for row in rows]
