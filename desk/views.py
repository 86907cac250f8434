from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from alektum_privacy import kept_posts
from alektum_privacy.access import needs
from desk.overview.filters import OverviewForm
from desk.overview.panels import gather
from desk.roles import LABELS, MEANT_FOR
from desk.typed_words import said
from policy.models import PolicyVersion


@needs("desk.enter_desk")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show how things go: what is due and waits, what came in and was answered, what will go."""
    now = timezone.now()
    form = OverviewForm(request.GET, today=timezone.localdate(now))
    scope = form.scope()
    published = PolicyVersion.objects.filter(published_on__isnull=False).defer("document")
    names = request.user.groups.order_by("name").values_list("name", flat=True)
    context = gather(request.user, scope, now) | {
        "form": form,
        "scope": scope,
        "policy_version": published.order_by("-published_on").first(),
        "roles": [LABELS.get(name, name) for name in names],
    }
    return render(request, "desk/home.html", context, status=200 if form.is_valid() else 422)


@needs("desk.enter_desk")
@never_cache
@require_http_methods(["GET", "POST"])
def typed(request: HttpRequest) -> HttpResponse:
    """Show what was sent with a form after the session had ended, to send again or throw away."""
    if request.method == "POST":
        response: HttpResponse = redirect("desk:home")
        kept_posts.forget(request, response)
        messages.success(request, _("What you typed is thrown away."))
        return response
    typed = kept_posts.opened(request)
    context = {"typed": typed, "said": said(typed) if typed else []}
    return render(request, "desk/typed.html", context)


@needs("desk.enter_desk")
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """Show how a request is handled, what cannot wait, and what each role is for."""
    roles = [(LABELS[role], words) for role, words in MEANT_FOR.items()]
    return render(request, "desk/guide.html", {"roles": roles})


def locked_out(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer whoever failed to sign in too often."""
    return render(request, "429.html", status=429)
