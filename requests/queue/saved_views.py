"""Views of the queue that a colleague keeps, as tabs beside those of the house."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from alektum_privacy.access import needs
from requests.exceptions import Gone, RuleBroken
from requests.officer.one_request import UNPROCESSABLE, officer_of
from requests.queue import saved
from requests.queue.filters import filters_of
from requests.queue.forms import ViewForm
from requests.queue.models import QueueView
from requests.queue.views import VIEW, next_of, queue_page, view_form


def _words_of(error: RuleBroken) -> str:
    if isinstance(error, saved.NameTaken):
        return _("You have a view of this name already. Choose another name.")
    return _("There is no room for another view: throw one away first.")


@needs(VIEW)
def views(request: HttpRequest) -> HttpResponse:
    """Show the views a colleague has; keep the one that they see now under a name."""
    if request.method != "POST":
        return _page(request)
    form, there = view_form(request, request.POST), urlsplit(next_of(request)).query
    if form.is_valid():
        try:
            saved.save_view(
                form.cleaned_data["name"],
                filters_of(there),
                user=officer_of(request),
                shared=form.cleaned_data.get("shared", False),
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error("name", _words_of(error))
        else:
            messages.success(request, _("The view is kept."))
            return redirect(reverse("requests:queue") + "?" + there)
    query = QueryDict(there)
    return queue_page(request, query, status=UNPROCESSABLE, view_form=form, view_opened=True)


def _page(
    request: HttpRequest, wrong: ViewForm | None = None, about: UUID | None = None
) -> HttpResponse:
    user = officer_of(request)
    rows: list[tuple[QueueView, ViewForm | None]] = []
    for view in saved.views_for(user):
        form = None
        if saved.may_change(view, user):
            form = wrong if wrong and view.reference == about else _renaming(view)
        rows.append((view, form))
    context: dict[str, Any] = {
        "rows": rows,
        "trail": [(_("Requests"), reverse("requests:queue"))],
    }
    status = UNPROCESSABLE if wrong else 200
    return render(request, "requests/queue_views.html", context, status=status)


def _renaming(view: QueueView, data: QueryDict | None = None) -> ViewForm:
    # Each form of the page has names of its own, or their labels would lead to the first.
    initial = {"name": view.name}
    form = ViewForm(data, initial=initial, prefix=f"v{view.pk}")
    del form.fields["shared"]
    return form


@needs(VIEW)
@require_POST
def rename(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Give a view another name."""
    user = officer_of(request)
    view = next((one for one in saved.views_for(user) if one.reference == reference), None)
    if view is None:
        raise Http404
    form = _renaming(view, request.POST)
    if form.is_valid():
        try:
            saved.rename_view(reference, form.cleaned_data["name"], user=user)
        except Gone:
            raise Http404 from None
        except RuleBroken as error:
            form.add_error("name", _words_of(error))
        else:
            messages.success(request, _("The view has its new name."))
            return redirect("requests:views")
    return _page(request, form, reference)


@needs(VIEW)
@require_POST
def delete(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Throw a view away; a second click finds it gone, and that is what was wanted."""
    try:
        saved.delete_view(reference, user=officer_of(request))
    except Gone:
        if any(one.reference == reference for one in saved.views_for(officer_of(request))):
            raise Http404 from None
    messages.success(request, _("The view is thrown away."))
    return redirect("requests:views")
