"""Erasure certificates: made on demand from the proof, once nothing can bring the data back."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from alektum_privacy.printing import month_names, print_pages
from audit import certificate as audit
from audit.models import Entry
from policy.explain import anchor_name
from policy.models import Purpose, RetentionRule
from retention.exceptions import KeysNotYetGone
from subjects.models import ErasureProof
from vault.models import KeyOutbox

TEMPLATE = Path(__file__).parent / "typst" / "certificate.typ"
# Longer than any transaction may last: what was noted with a deletion is noted by then.
LONGEST = timedelta(minutes=10)


def certificate(reference: UUID) -> dict[str, Any]:
    """Return the certificate that a dossier, or a person's part in one, was destroyed.

    Raises ErasureProof.DoesNotExist, KeysNotYetGone until the data keys are destroyed, and
    NotYetSealed until the ledger's entry is in a signed checkpoint.
    """
    proof = ErasureProof.objects.get(reference=reference)
    body = Entry.objects.get(pk=proof.entry_id).body
    _require_keys_gone(datetime.fromisoformat(body["at"]))
    return audit.build(proof.entry_id)


def _require_keys_gone(destroyed_at: datetime) -> None:
    if KeyOutbox.objects.filter(created_at__lte=destroyed_at + LONGEST).exists():
        raise KeysNotYetGone("keys of that hour are still to be destroyed")


def certificate_json(made: dict[str, Any]) -> bytes:
    """Return a certificate as the file that `verify_certificate.py` takes."""
    return json.dumps(made, ensure_ascii=False, indent=1).encode()


def certificate_pdf(made: dict[str, Any], language: str) -> bytes:
    """Return a certificate as PDF in Dutch or English, with the JSON file inside.

    Made as PDF/UA-1 and PDF/A-3a.
    """
    with translation.override(language):
        facts, words = _facts(made["statement"], language), _words()
    inputs = {
        "words": json.dumps(words, ensure_ascii=False),
        "attachment": certificate_json(made).decode(),
    }
    return print_pages(TEMPLATE, facts | {"language": language}, **inputs)


def _facts(statement: dict[str, Any], language: str) -> dict[str, Any]:
    kind, _colon, reference = statement["object"].partition(":")
    rule = RetentionRule.objects.filter(pk=statement["rule"]).first()
    purpose = Purpose.objects.filter(pk=statement["purpose"]).first()
    counts = statement.get("counts", {})
    return {
        "controller": settings.CONTROLLER["name"],
        "email": settings.CONTROLLER["email"],
        "unit": _("Dossier") if kind == "dossier" else _("One person in a dossier"),
        "reference": reference,
        "purpose": str(purpose or statement["purpose"]),
        "rule": statement["rule"],
        "sentence": getattr(rule, f"sentence_{language}", ""),
        "anchors": [
            [anchor_name(name, language), day]
            for name, day in sorted(statement.get("anchors", {}).items())
        ],
        "due": statement["due"],
        "done": statement["done"],
        "people": statement.get("involvements", 1),
        "pieces": sum(counts.values()),
        "recipients": len(statement.get("recipients", [])),
    }


def _words() -> dict[str, Any]:
    return {
        "title": _("Certificate of erasure"),
        "intro": _(
            "We have erased the data named here. They are gone from our systems, and so are the"
            " keys with which copies in backups could be read. Backups of those keys are kept for"
            " a short time only."
        ),
        "what": _("What was erased"),
        "reference": _("Reference"),
        "purpose": _("Kept for"),
        "rule": _("Rule of retention"),
        "dates": _("Dates that decided"),
        "due": _("Had to be erased from"),
        "done": _("Erased on"),
        "people": _("People"),
        "pieces": _("Pieces of data"),
        "recipients": _("Recipients who had the data from us"),
        "check": _("How to check this certificate"),
        "how": _(
            "The file certificate.json inside this document holds the proof. With our public key"
            " and the program verify_certificate.py anybody can check it, without us."
        ),
        "questions": _("Questions"),
        "attachment": _("The certificate as data, with its proof"),
        "months": month_names(),
    }
