"""From the person's page to an identity provider and back; what it says is compared only."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from requests import services
from requests.exceptions import RuleBroken
from requests.identity import oidc
from requests.mail.mailing import address
from requests.portal.sessions import closed, opened, proven_here
from requests.portal.ways import limited, private

SIGN_IN = "sign_in"


@private
@limited("sign_in")
@require_POST
def start(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Say what the provider will tell us, and lead there."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    chosen = oidc.provider()
    if chosen is None:
        raise Http404
    try:
        there, attempt = oidc.begin(
            chosen, str(reference), back=address("portal:sign_in_return"), now=timezone.now()
        )
    except oidc.SignInFailed:
        messages.warning(request, _failed())
        return redirect(privacy_request)
    request.session[SIGN_IN] = attempt.kept()
    context = {
        "privacy_request": privacy_request,
        "provider": chosen.name,
        "there": there,
        "email": services.email_of(privacy_request),
    }
    return render(request, "portal/sign_in.html", context)


@private
@limited("sign_in")
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Take what the provider sent back; it counts once, and only in the browser that left."""
    kept, chosen, now = request.session.pop(SIGN_IN, None), oidc.provider(), timezone.now()
    if kept is None or chosen is None:
        return closed(request)
    attempt = oidc.Attempt(**kept)
    privacy_request = opened(request, UUID(attempt.reference))
    if privacy_request is None:
        return closed(request)
    try:
        identity = oidc.finish(
            chosen,
            attempt,
            request.GET.dict(),
            back=address("portal:sign_in_return"),
            now=now,
        )
        signed_in = services.prove_by_provider(privacy_request.pk, identity, now=now)
    except (RuleBroken, oidc.SignInFailed):
        messages.warning(request, _failed())
        return redirect(privacy_request)
    if signed_in:
        messages.success(request, _("Thank you. We know now that it is you."))
        proven_here(request, privacy_request)
    else:
        messages.warning(
            request,
            _(
                "You signed in, but what the provider says of you is not what we have. We look at"
                " it, and write to you here if we need more."
            ),
        )
    return redirect(privacy_request)


def _failed() -> str:
    return _("Signing in did not work. Try again, or write to us here: there are other ways.")
