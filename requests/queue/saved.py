"""Views of the queue that colleagues keep: made, named anew, thrown away."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.http import urlencode

from audit import services as audit
from requests.exceptions import Gone, RuleBroken
from requests.queue.filters import Filters
from requests.queue.models import QueueView

SHARE = "requests.share_queueview"
MOST_OWN = MOST_SHARED = 10


class NameTaken(RuleBroken):
    """The colleague has a view of that name already."""


class TooMany(RuleBroken):
    """There are as many views as fit beside each other."""


def views_for(user: User) -> list[QueueView]:
    """Return the views a colleague sees: their own, then those of the team."""
    return list(_visible(user).order_by("shared", "name", "pk")[: MOST_OWN + MOST_SHARED])


def _visible(user: User) -> QuerySet[QueueView]:
    return QueueView.objects.filter(Q(owner=user) | Q(shared=True))


@transaction.atomic
def save_view(name: str, filters: Filters, *, user: User, shared: bool, now: datetime) -> QueueView:
    """Keep filters and order under a name. Raises NameTaken or TooMany."""
    _lock()
    if shared and not user.has_perm(SHARE):
        shared = False
    _require_free(name, user)
    there = QueueView.objects.filter(shared=True)
    if not shared:
        there = QueueView.objects.filter(shared=False, owner=user)
    if there.count() >= (MOST_SHARED if shared else MOST_OWN):
        raise TooMany("no room for another view")
    view = QueueView.objects.create(
        owner=user, name=name, query=urlencode(filters.pairs()), shared=shared, made_at=now
    )
    if shared:
        _note("queue.view_shared", view, user)
    return view


@transaction.atomic
def rename_view(reference: UUID, name: str, *, user: User) -> None:
    """Give a view another name. Raises Gone for one that is not theirs to change, or NameTaken."""
    _lock()
    view = _changeable(reference, user)
    if view.name != name:
        _require_free(name, view.owner, but=view)
        view.name = name
        view.save(update_fields=["name"])


@transaction.atomic
def delete_view(reference: UUID, *, user: User) -> None:
    """Throw a view away. Raises Gone for one that is not theirs to throw away."""
    view = _changeable(reference, user)
    if view.shared:
        _note("queue.view_deleted", view, user)
    view.delete()


def may_change(view: QueueView, user: User) -> bool:
    """Tell whether a colleague may rename or delete a view: their own; the team's, who shares."""
    return user.has_perm(SHARE) if view.shared else view.owner_id == user.pk


def _changeable(reference: UUID, user: User) -> QueueView:
    view = _visible(user).select_for_update(of=("self",)).filter(reference=reference).first()
    if view is None or not may_change(view, user):
        raise Gone("there is no such view to change")
    return view


def _require_free(name: str, owner: User, but: QueueView | None = None) -> None:
    there = QueueView.objects.filter(owner=owner, name__iexact=name)
    if there.exclude(pk=but.pk if but else 0).exists():
        raise NameTaken("a view has this name already")


def _lock() -> None:
    # Two at once would both find room; views are made by hand, and seldom.
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE requests_queueview IN SHARE ROW EXCLUSIVE MODE")


def _note(event: str, view: QueueView, user: User) -> None:
    audit.append(event, object=f"queueview:{view.reference}", actor=audit.actor_of(user))
