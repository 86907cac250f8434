"""The main navigation of the desk: only what exists and what this colleague may see."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    label: str | Promise
    url_name: str
    permission: str


@dataclass(frozen=True)
class Link:
    label: str
    address: str
    current: bool


ENTRIES = (
    Entry(_("Overview"), "desk:home", "desk.enter_desk"),
    Entry(_("Requests"), "requests:queue", "requests.view_privacyrequest"),
    Entry(_("People"), "people:search", "subjects.view_subject"),
    Entry(_("Retention"), "retention:home", "retention.view_destructionlist"),
    Entry(_("Data breaches"), "incidents:register", "requests.view_incident"),
    Entry(_("Ledger"), "audit:ledger", "audit.view_entry"),
    Entry(_("Outgoing mail"), "outbox:list", "requests.view_outgoingmail"),
    Entry(_("Register"), "desk:register", "policy.view_purpose"),
    Entry(_("Calculators"), "desk:calculators", "policy.view_purpose"),
    Entry(_("Told to others"), "told:systems", "subjects.view_instruction"),
    Entry(_("Not told in time"), "people:not_told", "subjects.view_dossier"),
)


def links_for(request: HttpRequest) -> list[Link]:
    """Return the links this colleague may follow, the current page's marked."""
    links = []
    for entry in ENTRIES:
        if not request.user.has_perm(entry.permission):
            continue
        try:
            address = reverse(entry.url_name)
        except NoReverseMatch:
            continue
        links.append(Link(str(entry.label), address, request.path == address))
    return links
