import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from alektum_privacy.access import needs
from desk.register import plain, register
from desk.roles import LABELS
from policy import services as policy
from policy.models import PolicyVersion
from policy.statement import Statement
from requests.desk_pages import due_counts
from requests.incidents.services import running
from retention.overview import figures


@needs("desk.enter_desk")
def home(request: HttpRequest) -> HttpResponse:
    """Show what a colleague should know on coming in."""
    published = PolicyVersion.objects.filter(published_on__isnull=False).defer("document")
    names = request.user.groups.order_by("name").values_list("name", flat=True)
    today = timezone.localdate()
    sees_retention = request.user.has_perm("retention.view_destructionlist")
    sees_requests = request.user.has_perm("requests.view_privacyrequest")
    sees_breaches = request.user.has_perm("requests.view_incident")
    context = {
        "due": due_counts(today) if sees_requests else None,
        "breaches": running(timezone.now()) if sees_breaches else None,
        "retention": figures(today) if sees_retention else None,
        "policy_version": published.order_by("-published_on").first(),
        "roles": [LABELS.get(name, name) for name in names],
    }
    return render(request, "desk/home.html", context)


@needs("policy.view_purpose")
def register_page(request: HttpRequest) -> HttpResponse:
    """Show the register of processing; see `desk.register`."""
    published = _published()
    return render(request, "desk/register.html", {"register": register(published)})


@needs("policy.view_purpose")
def register_json(request: HttpRequest) -> HttpResponse:
    """Give the same register as a file, in both languages."""
    published = _published()
    text = json.dumps(register(published), default=plain, ensure_ascii=False, indent=2)
    name = f"register-{published.version}.json"
    disposition = content_disposition_header(True, name)
    return HttpResponse(
        text, content_type="application/json", headers={"Content-Disposition": disposition}
    )


def _published() -> Statement:
    try:
        return policy.current()
    except PolicyVersion.DoesNotExist:
        raise Http404(_("No statement has been published yet.")) from None


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer whoever failed to sign in too often."""
    return render(request, "429.html", status=429)
