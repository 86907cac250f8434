"""Asking: one question a screen, back and forth without loss, and sent once.

What was typed stands sealed in a draft; the session holds the draft's reference only. All pages
answer the same whether we know a person or not: nothing here looks anybody up.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from requests import drafts, tasks
from requests.constants import Right
from requests.forms import STEP_OF, STEPS, TRAP, CodeForm, bound, first_wrong, taken
from requests.limits import allowed
from requests.models import PortalDraft
from requests.page_views import grant
from requests.portal_ways import limited, private, takes_long_text, too_many

DRAFT = "draft"
SLUGS = [step.slug for step in STEPS]
# Nobody reads, types and checks all this faster.
FASTEST_SECONDS = 5


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What a person can do here."""
    draft = _draft(request)
    context = {"rights": Right.labels, "first": SLUGS[0], "draft": draft and not draft.request_id}
    return render(request, "portal/start.html", context)


@private
@takes_long_text
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, slug: str) -> HttpResponse:
    """One screen: keep what was typed, right or wrong, and go on, or back."""
    if slug not in STEP_OF:
        raise Http404
    draft = _draft(request)
    if draft is not None and draft.request_id:
        draft = None  # What was sent is sent: a new request begins.
    if request.method == "POST":
        return _take(request, slug, draft)
    if draft is None:
        return _screen(request, slug, STEP_OF[slug]()) if slug == SLUGS[0] else _begin()
    answers = drafts.answers_of(draft)
    if "look" in request.GET:
        return _screen(request, slug, bound(slug, answers))
    return _screen(request, slug, STEP_OF[slug](initial=answers.get(slug)))


def _take(request: HttpRequest, slug: str, draft: PortalDraft | None) -> HttpResponse:
    if draft is None:
        if not allowed(request, "start"):
            return too_many(request)
        draft = drafts.start(language=get_language() or "nl", now=timezone.now())
        request.session[DRAFT] = str(draft.reference)
    typed, masked = taken(STEP_OF[slug], request.POST)
    form = STEP_OF[slug](typed)
    back = "back" in request.POST
    # Where it is far too long only the page shows it again; the draft stays small.
    if all(len(words) <= drafts.LONGEST_KEPT for words in typed.values()):
        drafts.keep(draft.reference, slug, typed)
    if masked:
        messages.warning(
            request,
            _(
                "You wrote a citizen service number (BSN). We may not keep it, so we have put "
                "stars in its place. The rest is as you wrote it."
            ),
        )
    if back:
        return redirect(_before(slug))
    if not form.is_valid():
        return _screen(request, slug, form, status=422)
    return redirect(_after(request, slug))


def _screen(request: HttpRequest, slug: str, form: Any, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "heading": form.heading,
        "lead": form.lead,
        "at": SLUGS.index(slug) + 1,
        "of": len(SLUGS) + 1,
        "first": slug == SLUGS[0],
    }
    return render(request, "portal/step.html", context, status=status)


def _before(slug: str) -> str:
    at = SLUGS.index(slug)
    return reverse("portal:step", args=[SLUGS[at - 1]]) if at else reverse("portal:start")


def _after(request: HttpRequest, slug: str) -> str:
    at = SLUGS.index(slug)
    if "from-check" in request.GET or at + 1 == len(SLUGS):
        return reverse("portal:check")
    return reverse("portal:step", args=[SLUGS[at + 1]])


def _begin() -> HttpResponse:
    return redirect("portal:step", SLUGS[0])


def _draft(request: HttpRequest) -> PortalDraft | None:
    kept = request.session.get(DRAFT)
    return drafts.find(UUID(kept), now=timezone.now()) if kept else None


@private
@limited("send")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """All answers once more; sending them makes the request, once however often one clicks."""
    draft = _draft(request)
    if draft is None:
        return _begin()
    if draft.request_id:
        return redirect("portal:sent")
    return _look(request, draft)


def _look(request: HttpRequest, draft: PortalDraft) -> HttpResponse:
    if "back" in request.POST:
        return redirect("portal:step", SLUGS[-1])
    answers = drafts.answers_of(draft)
    if wrong := first_wrong(answers):
        look = "?look" if wrong in answers else ""
        return redirect(reverse("portal:step", args=[wrong]) + look)
    if request.method != "POST":
        return _overview(request, answers)
    if again := _like_a_robot(request, draft):
        return _overview(request, answers, again, status=422)
    return _send(request, draft)


def _like_a_robot(request: HttpRequest, draft: PortalDraft) -> str | None:
    """Return what to say to whoever acts like a robot: a person is never kept out by it."""
    if request.POST.get(TRAP):
        return _("Leave the field “Website” empty and send your answers again.")
    if (timezone.now() - draft.started_at).total_seconds() < FASTEST_SECONDS:
        return _("That went very fast. Look at your answers once more and send them again.")
    return None


def _send(request: HttpRequest, draft: PortalDraft) -> HttpResponse:
    now, language = timezone.now(), get_language() or "nl"
    submitted = drafts.send(draft.reference, language=language, now=now)
    tasks.soon(tasks.propose_matches, submitted.request.pk)
    if submitted.mail_id is not None:
        tasks.soon(tasks.send_mail, submitted.mail_id)
    grant(request, submitted.request)
    return redirect("portal:sent")


def _overview(
    request: HttpRequest, answers: dict[str, dict[str, str]], again: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "rows": [row for slug in SLUGS for row in _rows(slug, answers)],
        "again": again,
        "trap": TRAP,
        "at": len(SLUGS) + 1,
        "of": len(SLUGS) + 1,
    }
    return render(request, "portal/check.html", context, status=status)


def _rows(slug: str, answers: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """Return each question of a screen with its answer as it will be sent."""
    form, rows = bound(slug, answers), []
    for field in form:
        value = field.value() or ""
        choices = dict(getattr(field.field, "choices", ()))
        # The label above a list of choices says what to do; the heading asks.
        label = form.heading if field.use_fieldset else field.label
        rows.append({"slug": slug, "label": label, "answer": choices.get(value, value)})
    return rows


@private
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The number, the access code (for an hour), and where to prove the e-mail address."""
    draft = _draft(request)
    if draft is None or draft.request is None:
        return redirect("portal:start")
    context = {
        "privacy_request": draft.request,
        "page_code": drafts.page_code_of(draft, now=timezone.now()),
        "form": CodeForm(),
        "mailed": draft.request.mails.exists(),
    }
    return render(request, "portal/sent.html", context)
