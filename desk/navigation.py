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
class Group:
    label: str | Promise
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Link:
    """`current` is "page" on the page itself, "true" on one below it, and else empty."""

    label: str
    address: str
    current: str


@dataclass(frozen=True)
class Links:
    label: str
    links: list[Link]


GROUPS = (
    Group(
        _("Work"),
        (
            Entry(_("Overview"), "desk:home", "desk.enter_desk"),
            Entry(_("Requests"), "requests:queue", "requests.view_privacyrequest"),
            Entry(_("People"), "people:search", "subjects.view_subject"),
            Entry(_("Data breaches"), "incidents:register", "requests.view_incident"),
            Entry(_("How it is done"), "desk:guide", "desk.enter_desk"),
        ),
    ),
    Group(
        _("Told to others"),
        (
            Entry(_("Instructions and notices"), "told:systems", "subjects.view_instruction"),
            Entry(_("Not told in time"), "people:not_told", "subjects.view_dossier"),
            Entry(_("Outgoing mail"), "outbox:list", "requests.view_outgoingmail"),
        ),
    ),
    Group(
        _("Retention"),
        (Entry(_("What will go"), "retention:home", "retention.view_destructionlist"),),
    ),
    Group(
        _("Accountability"),
        (
            Entry(_("Register"), "desk:register", "policy.view_purpose"),
            Entry(_("Recipients"), "recipients:list", "subjects.view_disclosurecount"),
            Entry(_("Promises"), "statements:promises", "policy.view_policyversion"),
            Entry(_("Versions"), "statements:versions", "policy.view_policyversion"),
            Entry(_("Ledger"), "audit:ledger", "audit.view_entry"),
            Entry(_("Calculators"), "desk:calculators", "policy.view_purpose"),
        ),
    ),
    Group(
        _("Colleagues"),
        (
            Entry(_("Accounts"), "accounts:colleagues", "auth.change_user"),
            Entry(_("Roles"), "desk:access", "desk.view_access"),
        ),
    ),
)


def links_for(request: HttpRequest) -> list[Links]:
    """Return the links this colleague may follow, in groups, the current one marked.

    The longest address that the page's own begins with is the current one.
    """
    groups = [
        (group.label, [(one.label, _address(one)) for one in group.entries if _may(request, one)])
        for group in GROUPS
    ]
    addresses = [address for _label, links in groups for _name, address in links if address]
    above = max((one for one in addresses if _is_below(request.path, one)), key=len, default="")
    return [
        Links(str(label), [_link(name, at, above, request.path) for name, at in links if at])
        for label, links in groups
        if any(address for _name, address in links)
    ]


def _may(request: HttpRequest, entry: Entry) -> bool:
    return request.user.has_perm(entry.permission)


def _address(entry: Entry) -> str:
    try:
        return reverse(entry.url_name)
    except NoReverseMatch:
        return ""


def _is_below(path: str, address: str) -> bool:
    # The overview is above everything: it is current on its own page only.
    return path == address or (address != reverse("desk:home") and path.startswith(address))


def _link(label: str | Promise, address: str, above: str, path: str) -> Link:
    current = "" if address != above else "page" if address == path else "true"
    return Link(str(label), address, current)
