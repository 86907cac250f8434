"""What stands beside a person's data: holds, requests, the ledger's lines, and who looked."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _

from audit import event_words
from audit.models import Entry
from desk.people import words
from desk.people.reading import Part, words_of
from desk.people.sight import Sight
from requests.constants import MatchState
from requests.models import PrivacyRequest, SubjectMatch
from retention.models import HeldDossier
from subjects import services
from subjects.constants import LookPurpose
from subjects.looking import VIEWED, Look
from subjects.models import Dossier
from subjects.unseen import of_checks

SHOWN = 20
# Entries of looks at a dossier; each look is one for each person on the page.
LOOKED_AT = 10 * SHOWN
# As many requests of one person as a page names; the queue has all.
REQUESTS = 20
MEANT = (MatchState.CONFIRMED, MatchState.DECEASED)


@dataclass(frozen=True)
class Looked:
    """A look at a person, in words. `who` is empty for whom colleagues' names are not."""

    at: datetime
    what: str
    why: str
    who: str


@dataclass(frozen=True)
class Looks:
    rows: list[Looked]
    older: str


@dataclass(frozen=True)
class Happened:
    """A line of the ledger about a dossier."""

    at: datetime
    event: str
    code: str
    actor: str


def sees_names(request: HttpRequest) -> bool:
    """Tell whether this colleague may see what other colleagues did, by name."""
    return request.user.has_perm("audit.view_entry")


def names_of_actors(actors: Iterable[str]) -> dict[str, str]:
    """Return what colleagues are called who stand in the ledger by number."""
    numbers = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    found = User.objects.filter(pk__in=numbers)
    named = {f"user:{user.pk}": user.get_full_name() or user.username for user in found}
    return {actor: named.get(actor, actor) for actor in actors}


def looks_of(
    request: HttpRequest, subject: UUID, sight: Sight, *, seen: Iterable[Part], before: int = 0
) -> Looks:
    """Return who looked at a person when and why, newest first; names for whom they are.

    Of the dossiers of the parts `seen` it is known that this colleague may see them.
    """
    found = services.looks_at(subject, before=before or None, limit=SHOWN + 1)
    page = found[:SHOWN]
    dossiers = {str(part.involvement.dossier.reference): part.involvement.dossier for part in seen}
    shown = page if sight.aml else _without_hidden(page, set(dossiers))
    named = {reference: str(dossier.purpose) for reference, dossier in dossiers.items()}
    older = f"?looked={page[-1].entry_id}#looks" if len(found) > SHOWN else ""
    names = names_of_actors([look.actor for look in shown]) if sees_names(request) else {}
    return Looks(_looked(shown, sight, named, names), older)


def _looked(
    looks: Iterable[Look], sight: Sight, named: Mapping[str, str], names: Mapping[str, str]
) -> list[Looked]:
    """Return looks in words; `named` tells the purpose of a dossier where there are several.

    Data of a kind that this colleague may not know of are "pieces of data".
    """
    data = words_of(sight.statement)["data"]
    return [
        Looked(
            at=look.at,
            what=": ".join(
                str(one)
                for one in (
                    _page_or_content(look),
                    named.get(look.dossier),
                    _content(look, data, sight),
                )
                if one
            ),
            why=str(LookPurpose(look.purpose).label),
            who=names.get(look.actor, ""),
        )
        for look in looks
    ]


def _content(look: Look, data: Mapping[str, str], sight: Sight) -> Any:
    known = "" if look.data in sight.hidden else data.get(look.data)
    return known or words.GROUPS.get(look.group)


def _page_or_content(look: Look) -> str:
    if look.event == VIEWED and look.dossier:
        return _("The page of a dossier was seen")
    return event_words.words_of(look.event)


def _without_hidden(looks: list[Look], known: set[str]) -> list[Look]:
    """Leave out looks at a file of which only some may know that it is there, or was."""
    asked = {look.dossier for look in looks if look.dossier} - known
    hidden = {str(one) for one in of_checks({UUID(reference) for reference in asked})}
    return [look for look in looks if look.dossier not in hidden]


def holds_of(dossier_ids: Collection[int]) -> dict[int, list[HeldDossier]]:
    """Return the newest holds of these dossiers, by key of the dossier."""
    found: dict[int, list[HeldDossier]] = {}
    held = HeldDossier.objects.filter(dossier__in=list(dossier_ids)).select_related("hold")
    for row in held.order_by("-pk")[: SHOWN * 5]:
        found.setdefault(row.dossier_id, []).append(row)
    return found


def requests_of(request: HttpRequest, subject: UUID) -> list[PrivacyRequest]:
    """Return the newest requests of a person that this colleague may see."""
    if not request.user.has_perm("requests.view_privacyrequest"):
        return []
    matches = SubjectMatch.objects.filter(subject_reference=subject, state__in=MEANT)
    newest = matches.select_related("request").order_by("-pk")[:REQUESTS]
    return [match.request for match in newest]


def history(
    request: HttpRequest, dossier: Dossier, sight: Sight, *, seen: Iterable[Part]
) -> tuple[list[Happened], list[Looked]]:
    """Return the newest entries of the ledger about a dossier, and who looked at it.

    With each look what was unsealed of the people shown; newest first.
    """
    object = f"dossier:{dossier.reference}"
    about = Entry.objects.filter(body__object=object)
    subjects = {part.involvement.subject.reference for part in seen}
    at_it = services.entries_of_looks(dossier.reference, subjects).order_by("-pk")[:LOOKED_AT]
    newest = about.order_by("-pk")[:SHOWN]
    # A dossier may have nobody in it: of nobody there is no look to add.
    entries = list(newest.union(at_it, all=True).order_by("-pk") if subjects else newest)
    bodies: list[dict[str, Any]] = [one.body for one in entries if one.body["object"] == object]
    looks = services.looks_in(one for one in entries if one.body["object"] != object)[:SHOWN]
    actors = [*(body["actor"] for body in bodies), *(look.actor for look in looks)]
    names = names_of_actors(actors) if sees_names(request) else {}
    happened = [
        Happened(
            at=datetime.fromisoformat(body["at"]),
            event=event_words.words_of(body["event"]),
            code=body["event"],
            actor=names.get(body["actor"]) or _anonymous(body["actor"]),
        )
        for body in bodies
    ]
    return happened, _looked(looks, sight, {}, names)


def _anonymous(actor: str) -> str:
    return _("a colleague") if actor.startswith("user:") else actor
