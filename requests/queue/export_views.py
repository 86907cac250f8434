"""The queue as a file: asked for here, followed while a worker makes it, and downloaded."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from alektum_privacy.access import needs
from requests import services, tasks
from requests.exceptions import Gone, RuleBroken
from requests.officer.one_request import UNPROCESSABLE, officer_of
from requests.officer.seeing import HANDLE
from requests.queue import exporting
from requests.queue.exporting import EXPORT, MOST_NAMES, MOST_ROWS, Overtaken, Wish
from requests.queue.filters import FilterForm, Filters, in_words
from requests.queue.forms import AskExportForm
from requests.queue.models import ExportForm, QueueExport
from requests.queue.reading import name_of

SHOWN = 10
TYPES: dict[str, str] = {
    ExportForm.CSV: "text/csv; charset=utf-8",
    ExportForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@needs(EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for what the filters in the address show, as a file."""
    user = officer_of(request)
    filters = _filters(request)
    names = user.has_perm(HANDLE)
    data = request.POST if request.method == "POST" else None
    form = AskExportForm(data, names=names, initial={"token": uuid4()})
    if filters is not None and form.is_bound and form.is_valid():
        try:
            export = exporting.ask_export(_wish(form, filters), user=user, now=timezone.now())
        except RuleBroken as error:
            form.add_error(None, _words_of(error))
        else:
            tasks.soon(tasks.make_export, export.pk)
            return redirect("requests:export", reference=export.reference)
    context = _asking(request, filters, form)
    wrong = filters is None or form.is_bound
    status = UNPROCESSABLE if wrong else 200
    return render(request, "requests/queue_export.html", context, status=status)


def _asking(request: HttpRequest, filters: Filters | None, form: AskExportForm) -> dict[str, Any]:
    colleagues = {one.pk: name_of(one) for one in services.colleagues()}
    exports = QueueExport.objects.filter(owner=officer_of(request)).order_by("-pk")[:SHOWN]
    return {
        "form": form,
        "filters": filters,
        "said": list(in_words(filters, colleagues)) if filters else [],
        "exports": exports,
        "now": timezone.now(),
        "most": MOST_ROWS,
        "most_names": MOST_NAMES,
        "trail": _trail(),
    }


def _trail() -> list[tuple[str, str]]:
    return [(_("Requests"), reverse("requests:queue"))]


def _filters(request: HttpRequest) -> Filters | None:
    form = FilterForm(request.GET.dict())
    return form.filters() if form.is_valid() else None


def _wish(form: AskExportForm, filters: Filters) -> Wish:
    asked = form.cleaned_data
    return Wish(
        token=asked["token"],
        filters=filters,
        form=asked["form"],
        name_purpose=asked.get("name_purpose", ""),
        language=get_language() or "nl",
    )


def _words_of(error: RuleBroken) -> str:
    if isinstance(error, Gone):
        return _("This page was used already. Open it anew.")
    return _("Three of your exports are being made. Wait until one is ready.")


@needs(EXPORT)
@never_cache
@require_GET
def show(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show how far an export is; a part of the page asks again by itself while it is made."""
    export = _mine(request, reference)
    context = {
        "export": export,
        "overtaken": exporting.overtaken(export),
        "over": export.expires_at is not None and export.expires_at <= timezone.now(),
        "trail": [*_trail(), (_("Export"), reverse("requests:ask_export"))],
    }
    part = bool(getattr(request, "htmx", False))
    template = "requests/_queue_export.html" if part else "requests/queue_export_state.html"
    return render(request, template, context)


@needs(EXPORT)
@never_cache
@require_GET
def download(request: HttpRequest, reference: UUID) -> HttpResponseBase:
    """Give the file to who asked for it, piece by piece; each time is noted."""
    export = _mine(request, reference)
    try:
        pieces = exporting.open_export(export, user=officer_of(request), now=timezone.now())
    except Gone:
        raise Http404 from None
    except Overtaken:
        return redirect("requests:export", reference=reference)
    day = timezone.localdate(export.asked_at).isoformat()
    name = _("requests-%(day)s") % {"day": day} + f".{export.form}"
    return StreamingHttpResponse(
        pieces,
        content_type=TYPES[export.form],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(export.size),
        },
    )


def _mine(request: HttpRequest, reference: UUID) -> QueueExport:
    return get_object_or_404(QueueExport, reference=reference, owner=officer_of(request))
