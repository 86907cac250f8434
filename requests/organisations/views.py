"""Pages of a recipient or client: what it must do with a person's data, and that it did.

A mailed link opens them. Whoever may not see a page gets what a page that never was gives.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from requests.constants import ForwardingState
from requests.models import Forwarding
from requests.organisations import forwarding, notices_file
from requests.organisations import mail as organisation_mail
from requests.organisations.pages import forwardings_shown, notices_shown
from requests.portal.ways import limited, private, secret_address
from subjects import notices
from subjects.constants import NoticeState
from subjects.models import OrganisationLink, RecipientNotice

OPENED = "organisation_links"
MOST_OPENED = 20
PAGE = 50


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/organisation_closed.html", status=404)


def _opened(request: HttpRequest, reference: UUID) -> OrganisationLink | None:
    if str(reference) not in request.session.get(OPENED, []):
        return None
    links = OrganisationLink.objects.filter(reference=reference, expires_at__gt=timezone.now())
    return links.select_related("organisation").first()


@secret_address
@limited("open")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A mailed link: a button opens the page, so that no mail scanner reads it."""
    if request.method != "POST":
        return render(request, "portal/organisation_link.html")
    found = organisation_mail.open_link(token, now=timezone.now())
    if found is None:
        return _closed(request)
    request.session.cycle_key()
    opened = request.session.get(OPENED, [])
    reference = str(found.reference)
    request.session[OPENED] = [*(one for one in opened if one != reference), reference][
        -MOST_OPENED:
    ]
    return redirect("organisations:told", reference=found.reference)


@private
@require_safe
def told(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show what the organisation is told by this link, and what was sent on to it."""
    found = _opened(request, reference)
    if found is None:
        return _closed(request)
    after = request.GET.get("after", "0")
    after_pk = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0
    sent = RecipientNotice.objects.filter(link=found, state=NoticeState.SENT)
    rows = list(
        RecipientNotice.objects.filter(
            link=found, state=NoticeState.SENT, pk__gt=after_pk
        ).order_by("pk")[: PAGE + 1]
    )
    forwarded = list(
        Forwarding.objects.filter(link=found, state=ForwardingState.SENT).order_by("pk")[:PAGE]
    )
    context = {
        "link": found,
        "notices": notices_shown(rows[:PAGE]),
        "next_page": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "waiting": sent.count(),
        "last": sent.order_by("-pk").values_list("pk", flat=True).first(),
        "forwarded": forwardings_shown(forwarded),
        "recalled": list(
            Forwarding.objects.filter(link=found, state=ForwardingState.RECALL)
            .select_related("request")
            .order_by("pk")[:PAGE]
        ),
    }
    return render(request, "portal/organisation.html", context)


@private
@limited("message")
@require_POST
def file(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Give all that this link tells as a file; it confirms nothing."""
    found = _opened(request, reference)
    if found is None:
        return _closed(request)
    name = f"alektum-{timezone.localdate().isoformat()}.csv"
    return HttpResponse(
        notices_file.notices_behind(found).encode("utf-8-sig"),
        content_type="text/csv",
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


@private
@limited("message")
@require_POST
def confirm(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Confirm all that this link tells, up to the last that was shown."""
    found = _opened(request, reference)
    if found is None:
        return _closed(request)
    shown_to = request.POST.get("to", "")
    sent = RecipientNotice.objects.filter(link=found, state=NoticeState.SENT)
    if shown_to.isascii() and shown_to.isdecimal() and len(shown_to) < 19:
        sent = sent.filter(pk__lte=int(shown_to))
    done = 0
    while pks := list(sent.order_by("pk").values_list("pk", flat=True)[: notices.BATCH]):
        done += notices.end(
            pks,
            NoticeState.ACKNOWLEDGED,
            actor=f"organisation:{found.organisation_id}",
            now=timezone.now(),
        )
    messages.success(
        request,
        ngettext("You confirmed %(count)s notice.", "You confirmed %(count)s notices.", done)
        % {"count": done},
    )
    return redirect("organisations:told", reference=reference)


@private
@limited("message")
@require_POST
def received(request: HttpRequest, reference: UUID, forwarding: UUID) -> HttpResponse:
    """Confirm that a request that was sent on arrived; what it said goes here."""
    found = _opened(request, reference)
    if found is None:
        return _closed(request)
    row = get_object_or_404(Forwarding, reference=forwarding, link=found)
    _end_forwarding(row.pk, found)
    recalled = row.state == ForwardingState.RECALL
    erased, has_it = (
        _("You confirmed that it is erased."),
        _("You confirmed that you have this request."),
    )
    messages.success(request, erased if recalled else has_it)
    return redirect(reverse("organisations:told", args=[reference]))


def _end_forwarding(pk: int, found: OrganisationLink) -> None:
    forwarding.end(
        pk,
        ForwardingState.ACKNOWLEDGED,
        actor=f"organisation:{found.organisation_id}",
        now=timezone.now(),
    )
