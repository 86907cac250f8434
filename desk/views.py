from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alektum_privacy.access import needs
from desk.roles import LABELS
from policy.models import PolicyVersion
from requests.desk_pages import due_counts


@needs("desk.enter_desk")
def home(request: HttpRequest) -> HttpResponse:
    """Show what a colleague should know on coming in."""
    published = PolicyVersion.objects.filter(published_on__isnull=False).defer("document")
    names = request.user.groups.order_by("name").values_list("name", flat=True)
    sees_requests = request.user.has_perm("requests.view_privacyrequest")
    context = {
        "due": due_counts(timezone.localdate()) if sees_requests else None,
        "policy_version": published.order_by("-published_on").first(),
        "roles": [LABELS.get(name, name) for name in names],
    }
    return render(request, "desk/home.html", context)


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer whoever failed to sign in too often."""
    return render(request, "429.html", status=429)
