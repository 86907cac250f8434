"""Letters for tests; none needs a database but `make_letter`."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from policy.statement import Statement, document, newest_file
from requests.letters.build import Letter, build, kind_of
from requests.letters.facts import Decided, Done, Extension, Kind, LetterFacts, Seller, Told
from requests.letters.gate import missing_in_letter
from requests.letters.making import Draft, keep
from requests.letters.models import HandOver, Redaction, Renewal
from requests.models import Pack, PrivacyRequest

TODAY = date(2026, 11, 24)
DONE = (Done("Wij wisten 12 gegevens", date(2026, 11, 20)),)
TOLD = (Told("Deurwaarders Noord", date(2026, 11, 21)),)
WORDS = "Uw schuld van 120 euro staat nog open."


def decided(right: str = "access", outcome: str = "granted", **fields: Any) -> Decided:
    known: dict[str, Any] = {
        "article": {"access": "15", "erasure": "17", "portability": "20"}.get(right, "16"),
        "purpose": "COL",
        "dossier": "d-1",
        "number": "2024-001234",
        "client": "Webwinkel De Zon",
    }
    return Decided(right, outcome, **(known | fields))


def facts_of(*rows: Decided, **fields: Any) -> LetterFacts:
    known: dict[str, Any] = {
        "number": "AP-2026-000123",
        "received_on": date(2026, 11, 2),
        "controller": {
            "name": "Alektum Group",
            "email": "privacy@alektumgroup.nl",
            "phone": "020 – 417 71 77",
        },
        "asked": tuple(dict.fromkeys(row.right for row in rows)),
        "name": "R. van den Berg",
        "address": ("Lindelaan 12", "3511 AB Utrecht"),
        "decided": rows,
    }
    return LetterFacts(**(known | fields))


def letter_of(*rows: Decided, kind: Kind | None = None, language: str = "nl", **fields: Any) -> Any:
    return built(facts_of(*rows, **fields), kind, language)


def built(facts: LetterFacts, kind: Kind | None = None, language: str = "nl") -> Letter:
    return build(
        kind or kind_of(facts.decided),
        facts,
        Statement(document(newest_file())),
        today=TODAY,
        language=language,
    )


def gaps_of(
    facts: LetterFacts, *, kind: Kind | None = None, carried_out: bool = True
) -> list[tuple[str, str, str]]:
    kind = kind or kind_of(facts.decided)
    found = missing_in_letter(kind, facts, built(facts, kind), carried_out=carried_out)
    return [(gap.article, gap.what, gap.dossier) for gap in found]


EXTENSION = Extension(date(2027, 2, 2), "Uw verzoek gaat over veertien dossiers.")
SELLER = Seller("Webwinkel De Zon", "privacy@dezon.test", date(2026, 11, 3))


def make_letter(privacy_request: PrivacyRequest, row: Decided | None = None) -> Any:
    """Make a request's answer letter that went on 24 November 2026."""
    facts = facts_of(row or decided())
    draft = Draft(kind_of(facts.decided), built(facts), [])
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    with transaction.atomic():
        return keep(privacy_request, draft, actor="worker", now=now)


def make_letter_rows(privacy_request: PrivacyRequest, pack: Pack) -> None:
    """Make one row of what letters and packs do: a letter, a redaction, a renewal, a hand-over."""
    make_letter(privacy_request)
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    of: dict[str, Any] = {"request": privacy_request}
    Redaction.objects.create(
        involvement_reference=uuid4(),
        kind="contact",
        item=1,
        made_by=1,
        made_at=now,
        sealed_content=b"-",
        **of,
    )
    Renewal.objects.create(actor="person", asked_at=now, made_at=now, **of)
    HandOver.objects.create(
        pack=pack, way="link", sealed_target=b"-", asked_at=now, expires_at=now, **of
    )
