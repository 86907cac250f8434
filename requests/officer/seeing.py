"""Which request an officer may open: one they may see, and not about themself."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from requests import services
from requests.models import PrivacyRequest
from subjects import unseen

HANDLE = "requests.handle_privacyrequest"


def visible_request(request: HttpRequest, reference: UUID) -> PrivacyRequest:
    """Return a request that a colleague may see. Raises Http404.

    Raises PermissionDenied for who handles requests where it may be about themself; others see
    of it only how it stands.
    """
    visible = PrivacyRequest.objects.visible_to(request.user).select_related("dossier")
    found = get_object_or_404(visible, reference=reference)
    if request.user.has_perm(HANDLE) and services.concerns(found, request.user):
        raise PermissionDenied(_("This may be your own file: ask a colleague."))
    return found


def sees_aml(request: HttpRequest) -> bool:
    """Tell whether this colleague may see money-laundering checks."""
    return unseen.sees_aml(request.user)
