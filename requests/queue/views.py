"""The work queue: what waits for whom, and giving it to whoever takes it in hand.

All that is chosen stands in the address, so that a view can be shared; nothing of a person does.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from requests import services
from requests.exceptions import (
    ChangedMeanwhile,
    Gone,
    MayNotHandle,
    OwnFile,
    RuleBroken,
    WrongState,
)
from requests.models import PrivacyRequest
from requests.officer.one_request import UNPROCESSABLE, officer_of
from requests.officer.seeing import HANDLE
from requests.queue.constants import NOBODY, Order, Show
from requests.queue.filters import FilterForm, Filters, filters_of, removable
from requests.queue.forms import ViewForm
from requests.queue.models import QueueView
from requests.queue.reading import chosen, name_of, page_of
from requests.queue.saved import SHARE, views_for

VIEW = "requests.view_privacyrequest"
# Of those in which marketing must stop today, so many are named above the list.
STOP_TODAY = 5
TABS = (
    *(Show.OPEN, Show.LATE, Show.TODAY, Show.WEEK, Show.WAITING),
    *(Show.QUESTIONS, Show.APPROVED, Show.ENDED),
)
WHY: dict[type[RuleBroken], Promise] = {
    ChangedMeanwhile: _("Somebody changed this meanwhile: look again"),
    OwnFile: _("This may be the file of a colleague who would give or get it"),
    WrongState: _("This has ended"),
    Gone: _("This is not there any more"),
    MayNotHandle: _("Only a colleague who handles requests can have one"),
}


@dataclass(frozen=True)
class Heading:
    """A column of the queue: its words, where it leads, and how it is sorted now."""

    code: str
    label: str
    address: str
    sorted: str


@needs(VIEW)
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Show the requests that the address asks for; `number` opens one."""
    number = request.GET.get("number", "").strip().upper()
    if number:
        visible = PrivacyRequest.objects.visible_to(request.user)
        found = visible.filter(number=number[:20]).first()
        if found is not None:
            return redirect("requests:show", reference=found.reference)
        messages.warning(request, _now("There is no request with this number."))
    return queue_page(request, request.GET, number=number)


def queue_page(
    request: HttpRequest,
    query: QueryDict,
    *,
    status: int = 200,
    ticked: Collection[str] = (),
    **more: Any,
) -> HttpResponse:
    """Answer with the queue as `query` asks for it; without rows where it asks what cannot be."""
    colleagues = {one.pk: name_of(one) for one in services.colleagues()}
    form = FilterForm(_renamed(query), colleagues=colleagues)
    context: dict[str, Any] = {
        "form": form,
        "colleagues": colleagues,
        "ticked": set(ticked),
        "views": views_for(officer_of(request)),
        "view_form": view_form(request),
    }
    if form.is_valid():
        filters = form.filters()
        context |= _shown(request, filters, query.get("after", ""), colleagues)
        # The form says what is shown, also where the address left it out.
        context["form"] = FilterForm(filters.pairs(), colleagues=colleagues)
        context["views"] = _view_tabs(context["views"], filters)
    else:
        status = UNPROCESSABLE
        context |= {"tabs": _tabs(None), "filters": Filters(), "opened": True}
        context["views"] = _view_tabs(context["views"], None)
    return render(request, "requests/queue.html", context | more, status=status)


def _renamed(query: QueryDict) -> Mapping[str, str]:
    """Return the query with `show`, as it was called before, under the name it has now."""
    asked = query.dict()
    if asked.get("show") in Show.values and not asked.get("state"):
        asked["state"] = asked["show"]
    return {name: str(value) for name, value in asked.items()}


def _shown(
    request: HttpRequest, filters: Filters, after: str, colleagues: Mapping[int, str]
) -> dict[str, Any]:
    today = timezone.localdate()
    visible = PrivacyRequest.objects.visible_to(request.user)
    found = chosen(visible, filters, user=officer_of(request).pk, today=today)
    urgent = services.must_stop_today(visible).order_by("due_on", "pk")
    to_send_on = services.to_send_on(visible).order_by("forward_by", "pk")
    return {
        "send_on": list(to_send_on.only("reference", "number", "forward_by")[: STOP_TODAY + 1]),
        "today": today,
        "stop_today": list(urgent.only("reference", "number")[: STOP_TODAY + 1]),
        "filters": filters,
        "page": page_of(found, filters, after=after, today=today),
        "first_page": filters.address() if after else "",
        "tabs": _tabs(filters),
        "headings": {one.code: one for one in (_heading(filters, o) for o in Order)},
        "said": list(removable(filters, colleagues)),
        "here": reverse("requests:queue") + filters.address(**({"after": after} if after else {})),
        "query": filters.address(),
    }


def _tabs(filters: Filters | None) -> list[tuple[str, str, bool]]:
    current = "" if filters is None or filters.narrows else filters.state
    return [(str(one.label), f"?state={one.value}", one.value == current) for one in TABS]


def _view_tabs(
    views: Collection[QueueView], filters: Filters | None
) -> list[tuple[QueueView, Filters, bool]]:
    read = [(view, filters_of(view.query)) for view in views]
    return [(view, kept, kept == filters) for view, kept in read]


def view_form(request: HttpRequest, data: QueryDict | None = None) -> ViewForm:
    """Return the form that keeps a view; for the team only to who may share."""
    form = ViewForm(data)
    if not officer_of(request).has_perm(SHARE):
        del form.fields["shared"]
    return form


def _heading(filters: Filters, order: Order) -> Heading:
    way = ""
    if filters.order == order:
        way = "descending" if filters.descends else "ascending"
    return Heading(order.value, str(order.label), filters.sorted_by(order).address(), way)


# --- giving and taking ---------------------------------------------------------------------


@needs(HANDLE)
@require_POST
def take(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Take up a request oneself, with one click."""
    version = request.POST.get("version", "")
    try:
        services.take(reference, version=_number(version), officer=officer_of(request).pk)
    except RuleBroken as error:
        messages.error(request, f"{words_of(error)}.")
    else:
        messages.success(request, _now("You have this request in hand now."))
    return redirect(next_of(request))


@needs(HANDLE)
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give the requests that were ticked to a colleague, or to nobody."""
    ticked = request.POST.getlist("chosen")[: services.AT_ONCE]
    to = request.POST.get("to", "")
    wrong = _wrong(ticked, to)
    if not wrong:
        try:
            result = services.assign(
                _seen(ticked), to=None if to == NOBODY else int(to), officer=officer_of(request).pk
            )
        except MayNotHandle as error:
            wrong = f"{words_of(error)}."
        else:
            _tell(request, result)
            return redirect(next_of(request))
    query = QueryDict(urlsplit(next_of(request)).query)
    return queue_page(
        request, query, status=UNPROCESSABLE, ticked=ticked, assign_wrong=wrong, to=to
    )


def _wrong(ticked: list[str], to: str) -> str:
    if not ticked:
        return _now("Tick the requests first.")
    if to != NOBODY and not _number(to):
        return _now("Choose to whom they go.")
    return ""


def _seen(ticked: list[str]) -> dict[UUID, int]:
    """Return references with the versions that were seen; what is no such pair is left out."""
    seen = {}
    for one in ticked:
        reference, _colon, version = one.partition(":")
        try:
            seen[UUID(reference)] = _number(version)
        except ValueError:
            continue
    return seen


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


def _tell(request: HttpRequest, result: services.Assigned) -> None:
    if result.done:
        words = ngettext("%(count)s request assigned.", "%(count)s requests assigned.", result.done)
        messages.success(request, words % {"count": result.done})
    refused: dict[str, list[str]] = defaultdict(list)
    for number, why in result.refused:
        refused[words_of(why)].append(number)
    for reason, numbers in refused.items():
        named = ", ".join(one for one in numbers if one)
        messages.warning(request, f"{reason}: {named}." if named else f"{reason}.")


def words_of(error: RuleBroken) -> str:
    """Return why a request was not assigned, without a full stop."""
    return str(WHY.get(type(error), _("That is not possible now")))


def next_of(request: HttpRequest) -> str:
    """Return the page of ours that the form came from."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if target and safe else reverse("requests:queue")
