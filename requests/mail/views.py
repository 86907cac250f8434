"""Mail that the demo keeps in the house instead of sending it."""

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alektum_privacy.access import needs
from requests.mail.mailing import contents_of
from requests.models import OutgoingMail
from requests.portal.ways import private

PAGE = 25


@dataclass(frozen=True)
class Shown:
    """A mail with its words; none once it was emptied."""

    mail: OutgoingMail
    content: dict[str, str] | None


@needs("requests.view_outgoingmail")
@private
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """The newest mails, with the links and codes in them: hence in the demo only."""
    if not settings.DEMO_MODE:
        raise Http404
    before = request.GET.get("before", "")
    mails = OutgoingMail.objects.order_by("-id").select_related("request")
    if before.isdecimal() and len(before) < 19:
        mails = mails.filter(pk__lt=int(before))
    found = list(mails[: PAGE + 1])
    words = contents_of(found[:PAGE])
    context = {
        "mails": [Shown(mail, words.get(mail.pk)) for mail in found[:PAGE]],
        "next_page": f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else "",
    }
    return render(request, "requests/outbox.html", context)
