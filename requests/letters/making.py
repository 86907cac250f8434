"""Letters of real requests: gathered from the decisions, kept sealed, opened again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from audit import services as audit
from policy import services as policy
from requests.belongings import belongings_of
from requests.constants import GIVEN, Cause, Outcome, QuestionAbout, Right
from requests.identity.constants import AsksFor
from requests.letters.build import Letter, build, kind_of
from requests.letters.effects import Effects, effects_at_once, effects_of
from requests.letters.facts import Decided, Extension, Kind, LetterFacts, Seller
from requests.letters.gate import missing_in_letter
from requests.letters.models import Letter as LetterRow
from requests.letters.words import said
from requests.models import Decision, PrivacyRequest, Review
from requests.redaction.reading import redactions_of
from requests.redaction.redacting import applied
from requests.report.build import country_of
from requests.report.completeness import Missing
from requests.report.withheld import without_withheld
from requests.services.people.mandates import who_of
from requests.services.rights.reviewing import account_of
from subjects.held import HeldInvolvement
from vault import services as vault

# What the matrix names for a debt that is disputed: to note it, and to pause its use.
DISPUTED = "GDPR Articles 16 and 18(1)(a)"


@dataclass(frozen=True)
class Draft:
    """A letter as it would go now, and what the law asks for and it lacks."""

    kind: Kind
    letter: Letter
    gaps: list[Missing]


def draft_answer(
    privacy_request: PrivacyRequest,
    held: Sequence[HeldInvolvement],
    *,
    today: date,
    carried_out: bool,
) -> Draft:
    """Return the answer letter that follows from the decisions, and what it lacks.

    `held` is what the confirmed people's files hold. `carried_out` asks for deeds and recipients
    too, as when it goes; before approval there are none yet.
    """
    facts = _facts(privacy_request, held)
    kind = kind_of(facts.decided)
    letter = build(kind, facts, policy.current(), today=today, language=privacy_request.language)
    return Draft(kind, letter, missing_in_letter(kind, facts, letter, carried_out=carried_out))


def draft_extension(privacy_request: PrivacyRequest, extension: Extension, *, today: date) -> Draft:
    """Return the letter that tells of an extension, and what it lacks (GDPR Article 12(3))."""
    facts = _facts(privacy_request, [], extension=extension)
    letter = build(
        Kind.EXTENSION, facts, policy.current(), today=today, language=privacy_request.language
    )
    gaps = missing_in_letter(Kind.EXTENSION, facts, letter, carried_out=True)
    return Draft(Kind.EXTENSION, letter, gaps)


def draft_at_once(privacy_request: PrivacyRequest, *, today: date) -> Draft:
    """Return the letter that tells what took effect before anybody decided, and what it lacks.

    It names no file and no kind of data: those are for the answer, once it is proven who asks.

    Source: GDPR Articles 7(3), 12(3) and 21(3).
    """
    language, done = privacy_request.language, effects_at_once(privacy_request)
    facts = _facts(privacy_request, [])
    facts = replace(
        facts,
        asked=tuple(right for right in facts.asked if right in done),
        decided=tuple(
            Decided(right, Outcome.GRANTED, article, done=deeds, at_once=True)
            for right, (article, deeds) in done.items()
        ),
        sellers={},
    )
    letter = build(Kind.AT_ONCE, facts, policy.current(), today=today, language=language)
    gaps = missing_in_letter(Kind.AT_ONCE, facts, letter, carried_out=True)
    return Draft(Kind.AT_ONCE, letter, gaps)


def keep(privacy_request: PrivacyRequest, draft: Draft, *, actor: str, now: datetime) -> LetterRow:
    """Seal a letter under the request's key and note it, in the caller's transaction."""
    row = LetterRow(
        request=privacy_request,
        kind=draft.kind,
        language=draft.letter["language"],
        made_at=now,
    )
    key = vault.open_key(privacy_request.key_id)
    row.sealed_content = key.seal(draft.letter, place=row.content_place)
    row.save()
    audit.append(
        "letter.made",
        object=f"request:{privacy_request.reference}",
        actor=actor,
        letter=row.reference,
        kind=str(draft.kind),
    )
    return row


def letter_of(privacy_request: PrivacyRequest, reference: UUID) -> Letter | None:
    """Return one letter of this request, opened; None where it has no such letter."""
    row = LetterRow.objects.filter(request=privacy_request, reference=reference).first()
    if row is None:
        return None
    key = vault.open_key(privacy_request.key_id)
    return key.unseal(row.sealed_content, place=row.content_place)


def letters_of(privacy_request: PrivacyRequest, limit: int = 50) -> list[tuple[LetterRow, Letter]]:
    """Return the letters that went, the newest first, opened."""
    rows = list(LetterRow.objects.filter(request=privacy_request).order_by("-id")[:limit])
    if not rows:
        return []
    key = vault.open_key(privacy_request.key_id)
    return [(row, key.unseal(row.sealed_content, place=row.content_place)) for row in rows]


# --- what it says --------------------------------------------------------------------------


def _facts(
    privacy_request: PrivacyRequest,
    views: Sequence[HeldInvolvement],
    *,
    extension: Extension | None = None,
) -> LetterFacts:
    belongings = belongings_of(privacy_request)
    identity = belongings.body["identity"]
    representative = _representative(privacy_request)
    told = without_withheld(views)
    # What may not be told has no place in a letter either, not even as a decision.
    untold = {view.dossier.reference for view in views} - {view.dossier.reference for view in told}
    effects = effects_of(privacy_request)
    decided = [
        one
        for one in _decided(privacy_request, told, effects)
        if not one.dossier or UUID(one.dossier) not in untold
    ]
    return LetterFacts(
        number=privacy_request.number,
        received_on=privacy_request.received_on,
        controller=settings.CONTROLLER,
        asked=tuple(belongings.asked),
        name=representative["name"] if representative else _name(identity),
        address=_address_lines(representative) if representative else _address(identity),
        asked_for=_name(identity) if representative else "",
        country=country_of(told),
        decided=() if extension else decided,
        sellers=_sellers(decided, told, effects),
        extension=extension,
        sends_on=effects.sends_on,
        asked_who=any(
            one.cause == Cause.ASKED and one.facts.get("about") == QuestionAbout.IDENTITY
            for one in belongings.clock_events
        ),
    )


def _decided(
    privacy_request: PrivacyRequest,
    views: Sequence[HeldInvolvement],
    effects: Effects,
) -> list[Decided]:
    belongings = belongings_of(privacy_request)
    files: dict[UUID | None, list[HeldInvolvement]] = {}
    for one in views:
        files.setdefault(one.dossier.reference, []).append(one)
    reviewed = _reviewed(privacy_request)
    left_out = applied(views, redactions_of(privacy_request))
    found = []
    for row in belongings.decisions:
        of_file = files.get(row.dossier_reference, [])
        view = of_file[-1] if of_file else None
        is_access = row.right.right == Right.ACCESS and row.outcome in GIVEN
        content = belongings.key.unseal(row.sealed_reason, place=row.reason_place)
        found.append(
            Decided(
                right=row.right.right,
                outcome=row.outcome,
                article=_cited(row, effects),
                reason=_reason(row, reviewed, belongings.reviews, content.get("text", "")),
                purpose=row.purpose,
                dossier=str(row.dossier_reference) if row.dossier_reference else "",
                number=str(((view and view.identity) or {}).get("dossier_number") or ""),
                client=view.dossier.client if view else "",
                part=row.part,
                ground=row.ground,
                left_out=len(left_out.get(view.reference, ())) if view and is_access else 0,
                done=effects.done(row, view, privacy_request.language),
                told=effects.told(row, of_file),
                tells=effects.tells(row, of_file),
                told_later=row.pk in effects.under_way,
            )
        )
    return found


def _cited(decision: Decision, effects: Effects) -> str:
    """Return the article of a decision, of a correction without a pause that was not made.

    That a debt is disputed is noted (Article 16); its use is paused (18(1)(a)) only on request.
    """
    if decision.article == DISPUTED and not effects.paused(decision.dossier_reference):
        return "16"
    return decision.article


def _reason(
    row: Decision,
    reviewed: Mapping[tuple[str, UUID | None], str],
    reviews: Iterable[Review],
    text: str,
) -> str:
    """Return the reason of a decision; where a computer decided, only what a person decided anew.

    What was proposed is no reason of a person who has not looked yet.
    """
    if row.right.right != Right.REVIEW or row.outcome not in GIVEN:
        return text
    mine = [one for one in reviews if one.dossier_reference == row.dossier_reference]
    if any(one.reviewed_at is None for one in mine):
        return ""
    return reviewed.get((row.right.right, row.dossier_reference)) or text


def _reviewed(privacy_request: PrivacyRequest) -> dict[tuple[str, UUID | None], str]:
    """Return what a person decided instead of a computer, and why, by right and dossier.

    Source: GDPR Article 22(3): who asks hears the new decision, and its reasons.
    """
    found: dict[tuple[str, UUID | None], str] = {}
    for review in belongings_of(privacy_request).reviews:
        if review.reviewed_at is None:
            continue
        facts = {name: _sentence(words) for name, words in account_of(review).items()}
        words = said(privacy_request.language, "parts", f"review_{review.result}", **facts)
        key = (str(Right.REVIEW), review.dossier_reference)
        found[key] = " ".join(part for part in (found.get(key), words) if part)
    return found


def _sentence(words: str) -> str:
    words = words.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _sellers(
    decided: Sequence[Decided], views: Sequence[HeldInvolvement], effects: Effects
) -> dict[str, Seller]:
    files = {str(view.dossier.reference): view.dossier for view in views}
    found = {}
    for one in decided:
        if one.outcome == Outcome.FORWARDED and one.dossier in files:
            dossier = files[one.dossier]
            forwarded_on = effects.forwarded_on(dossier.reference)
            found[dossier.client] = Seller(dossier.client, dossier.client_email, forwarded_on)
    return found


def _name(identity: Mapping[str, Any]) -> str:
    first = identity.get("initials") or identity.get("first_name") or ""
    return " ".join(part for part in (first, identity.get("last_name") or "") if part)


def _representative(privacy_request: PrivacyRequest) -> Mapping[str, Any] | None:
    """Return who asks for another, as noted with the mandate or else as they said themself."""
    if privacy_request.asks_for != AsksFor.OTHER:
        return None
    belongings = belongings_of(privacy_request)
    mandate = belongings.mandate
    noted = who_of([mandate]).get(mandate.pk) if mandate else None
    found = noted or belongings.body.get("representative") or {}
    return found if found.get("name") else None


def _address_lines(representative: Mapping[str, Any]) -> tuple[str, ...]:
    """Return office and address of a representative, a line for each of their parts."""
    parts = [representative.get("office") or "", *(representative.get("address") or "").split(",")]
    return tuple(part.strip() for part in parts if part.strip())


def _address(identity: Mapping[str, Any]) -> tuple[str, ...]:
    for address in identity.get("addresses") or []:
        street = f"{address.get('street') or ''} {address.get('number') or ''}".strip()
        town = f"{address.get('postcode') or ''} {address.get('city') or ''}".strip()
        return tuple(line for line in (street, town) if line)
    return ()
