"""The register of processing: the page, and the same as files."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alektum_privacy.access import needs
from audit import hiding
from desk.register.building import MOST_NAMED, Register, plain, register
from desk.register.linked import linked
from desk.register.paper import pdf
from desk.register.sheets import xlsx
from policy import services as policy
from policy.models import PolicyVersion

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Named on the page, for each purpose; the files and the page of recipients have the rest.
ON_PAGE = 8


def _register(request: HttpRequest, most: int = MOST_NAMED) -> Register:
    try:
        published = policy.current()
    except PolicyVersion.DoesNotExist:
        raise Http404(_("No statement has been published yet.")) from None
    return register(published, without=hiding.purposes_hidden_from(request.user), most=most)


@needs("policy.view_purpose")
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Show the register of processing; see `desk.register.building`."""
    return render(
        request,
        "desk/register.html",
        {"register": _register(request, ON_PAGE), "on_page": f":{ON_PAGE}"},
    )


@needs("policy.view_purpose")
@require_GET
def as_json(request: HttpRequest) -> HttpResponse:
    """Give the same register as a file, in both languages."""
    made = _register(request)
    text = json.dumps(made, default=plain, ensure_ascii=False, indent=2)
    return _file(made, text, "json", "application/json")


@needs("policy.view_purpose")
@require_GET
def as_linked(request: HttpRequest) -> HttpResponse:
    """Give it as JSON-LD, in terms of the Data Privacy Vocabulary."""
    made = _register(request)
    text = json.dumps(linked(made), ensure_ascii=False, indent=2)
    return _file(made, text, "jsonld", "application/ld+json")


@needs("policy.view_purpose")
@require_GET
def as_pdf(request: HttpRequest, language: str) -> HttpResponse:
    """Give it as PDF in Dutch or English."""
    made = _register(request)
    _require_known(language)
    pages = pdf(made, language, today=timezone.localdate())
    return _file(made, pages, f"{language}.pdf", "application/pdf")


@needs("policy.view_purpose")
@require_GET
def as_xlsx(request: HttpRequest, language: str) -> HttpResponse:
    """Give it as a spreadsheet in Dutch or English."""
    made = _register(request)
    _require_known(language)
    return _file(made, xlsx(made, language, today=timezone.localdate()), f"{language}.xlsx", XLSX)


def _require_known(language: str) -> None:
    if language not in ("nl", "en"):
        raise Http404


def _file(made: Register, content: Any, ending: str, kind: str) -> HttpResponse:
    name = f"register-{made['statement_version']}.{ending}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(content, content_type=kind, headers=headers)
