"""Who has a request in hand: one colleague or nobody, of those who may handle requests.

The colleague's row is locked before the requests', as whoever closes an account locks it: so an
account that closes meanwhile either refuses the work or gives it back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from audit import services as audit
from requests.constants import OPEN
from requests.exceptions import (
    ChangedMeanwhile,
    Gone,
    MayNotHandle,
    OwnFile,
    RuleBroken,
    WrongState,
)
from requests.models import PrivacyRequest
from requests.services.own_file import own_files

HANDLE = "requests.handle_privacyrequest"
BACKEND = "django.contrib.auth.backends.ModelBackend"
AT_ONCE = 100
BATCH = 1_000


@dataclass(frozen=True)
class Assigned:
    """How many are assigned now, and which were refused: by number, and by which rule."""

    done: int
    refused: Sequence[tuple[str, RuleBroken]] = field(default_factory=tuple)


def colleagues() -> list[User]:
    """Return the colleagues who can be given a request, in order of their names."""
    may = User.objects.with_perm(HANDLE, include_superusers=False, backend=BACKEND)
    return sorted(
        may.filter(is_active=True), key=lambda one: (one.get_full_name() or one.username).lower()
    )


@transaction.atomic
def assign(seen: Mapping[UUID, int], *, to: int | None, officer: int) -> Assigned:
    """Give these requests to a colleague, or to nobody; `seen` are their versions by reference.

    One transaction for all. One that changed since it was seen, has ended, or may be about who
    gives or gets it stays as it is, and is told. What the colleague has already is done.
    Raises MayNotHandle, and assigns nothing, where the colleague may not have any.
    """
    if len(seen) > AT_ONCE:
        raise ValueError(f"more than {AT_ONCE} requests at once")
    users = _locked_users({officer} if to is None else {officer, to})
    if officer not in users or (to is not None and to not in users):
        raise MayNotHandle("only a colleague who handles requests can have one")
    visible = PrivacyRequest.objects.visible_to(users[officer])
    there = list(
        visible.select_for_update(of=("self",)).filter(reference__in=list(seen)).order_by("pk")
    )
    own = {pk for pk, _user in own_files(there, list(users.values()))}
    refused: list[tuple[str, RuleBroken]] = []
    given: list[PrivacyRequest] = []
    for one in there:
        if why := _refusal(one, seen[one.reference], to, own):
            refused.append((one.number, why))
        elif one.assigned_to != to:
            given.append(one)
    gone = len(seen) - len(there)
    refused += [("", Gone("not there any more"))] * gone
    _write(given, to, f"user:{officer}")
    return Assigned(len(there) - (len(refused) - gone), refused)


def take(reference: UUID, *, version: int, officer: int) -> None:
    """Take up a request oneself. Raises what `assign` would tell; a second click does nothing."""
    for _number, why in assign({reference: version}, to=officer, officer=officer).refused:
        raise why


def _locked_users(pks: Iterable[int]) -> dict[int, User]:
    """Return of these colleagues those who may have requests, until the transaction ends."""
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=pks, is_active=True)
    return {one.pk: one for one in rows.order_by("pk") if one.has_perm(HANDLE)}


def _refusal(one: PrivacyRequest, version: int, to: int | None, own: set[int]) -> RuleBroken | None:
    if one.pk in own:
        return OwnFile("this may be the colleague's own file")
    if one.state not in OPEN:
        return WrongState("what has ended is in nobody's hands")
    if one.version != version and one.assigned_to != to:
        return ChangedMeanwhile("a colleague changed this request meanwhile: look again")
    return None


def _write(requests: Sequence[PrivacyRequest], to: int | None, actor: str) -> None:
    if not requests:
        return
    rows = PrivacyRequest.objects.filter(pk__in=[one.pk for one in requests])
    rows.update(assigned_to=to, version=F("version") + 1)
    audit.append_many(
        [
            audit.Event(
                "request.assigned" if to else "request.given_back",
                f"request:{one.reference}",
                actor,
                facts=_facts(one.assigned_to, to),
            )
            for one in requests
        ]
    )


def _facts(before: int | None, to: int | None) -> dict[str, audit.Fact]:
    named = {"by_now": to, "before": before}
    return {name: f"user:{user}" for name, user in named.items() if user}


@transaction.atomic
def give_back(user: int) -> int:
    """Give back what is open of a colleague who is gone; return how many. Safe to run twice."""
    held = PrivacyRequest.objects.filter(state__in=OPEN, assigned_to=user)
    locked = held.select_for_update(of=("self",)).only("pk", "reference", "assigned_to")
    requests = list(locked.order_by("pk"))
    for start in range(0, len(requests), BATCH):
        _write(requests[start : start + BATCH], None, audit.SYSTEM)
    return len(requests)


def give_back_lost() -> int:
    """Give back what is in hand of whoever may no longer handle requests; return how many.

    An account that closes gives its work back at once; a role that goes does so here.
    """
    held = PrivacyRequest.objects.filter(state__in=OPEN, assigned_to__isnull=False)
    holders = held.order_by().values_list("assigned_to", flat=True).distinct()
    users = {user for user in holders if user is not None}
    may = User.objects.with_perm(HANDLE, include_superusers=True, backend=BACKEND)
    still = set(may.filter(pk__in=users, is_active=True).values_list("pk", flat=True))
    return sum(give_back(user) for user in sorted(users - still))
