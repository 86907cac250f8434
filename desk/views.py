from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alektum_privacy.access import needs
from desk.roles import LABELS
from policy.models import PolicyVersion
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


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer whoever failed to sign in too often."""
    return render(request, "429.html", status=429)
