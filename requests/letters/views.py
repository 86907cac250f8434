"""Letters for officers: to print and send by post."""

from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from alektum_privacy.access import needs
from audit import services as audit
from requests.belongings import belongings_of
from requests.letters.build import Letter
from requests.letters.making import letter_of
from requests.letters.pdf import render
from requests.models import PrivacyRequest
from requests.officer.seeing import HANDLE, sees_aml, visible_request
from subjects import unseen
from subjects.unseen import AML


def preview(
    privacy_request: PrivacyRequest, letter: Letter, user: AbstractBaseUser | AnonymousUser
) -> dict[str, Any]:
    """Return the letter as it would go; nothing for who may not see all it tells of."""
    hidden = any(one.purpose == AML for one in belongings_of(privacy_request).decisions)
    if hidden and not unseen.sees_aml(user):
        return {}
    return {"letter": letter}


@needs(HANDLE)
@require_POST
def download(request: HttpRequest, reference: UUID, letter: UUID) -> HttpResponse:
    """Give an officer a letter as PDF; that is noted."""
    privacy_request = visible_request(request, reference)
    if privacy_request.decisions.filter(purpose=AML).exists() and not sees_aml(request):
        raise PermissionDenied(_("This answer tells of a money-laundering check."))
    found = letter_of(privacy_request, letter)
    if found is None:
        raise Http404
    with transaction.atomic():
        audit.append(
            "letter.downloaded",
            object=f"request:{privacy_request.reference}",
            actor=audit.actor_of(cast(User, request.user)),
            letter=letter,
        )
    name = f"{privacy_request.number}-{found['made_on']}.pdf"
    return HttpResponse(
        render(found),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
