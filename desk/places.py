"""The pages of what entries of the ledger are about, for who may open them.

A page that is not there any more, or not for this reader, answers so itself.
"""

from typing import Any
from uuid import UUID

from django.urls import reverse

from audit.places import Place, place_by
from retention.models import LegalHold

# The permission that opens it, and the page; all by reference.
PAGES = {
    "request": ("requests.view_privacyrequest", "requests:show"),
    "dossier": ("subjects.view_dossier", "people:dossier"),
    "subject": ("subjects.view_subject", "people:person"),
    "list": ("retention.view_destructionlist", "retention:list"),
}


def register_places() -> None:
    """Tell the ledger where things have their page."""
    for kind, (permission, page) in PAGES.items():
        place_by(kind, _by_reference(permission, page))
    place_by("hold", _hold)


def _by_reference(permission: str, page: str) -> Place:
    def place(reader: Any, name: str) -> str:
        return _page(page, name) if reader.has_perm(permission) else ""

    return place


def _hold(reader: Any, name: str) -> str:
    if not reader.has_perm("retention.view_legalhold") or not name.isdecimal():
        return ""
    held = LegalHold.objects.filter(pk=name).only("reference").first()
    return _page("retention:hold", str(held.reference)) if held else ""


def _page(page: str, name: str) -> str:
    try:
        return reverse(page, args=[UUID(name)])
    except ValueError:
        return ""
