"""Asking: one question a screen, back and forth without loss, and sent once.

What was typed stands sealed in a draft; the session holds the draft's reference only. All pages
answer the same whether we know a person or not: nothing here looks anybody up.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from requests import tasks
from requests.constants import Kind
from requests.exceptions import NotAsShown
from requests.files.types import FileRefused
from requests.files.uploads import taken as taken_files
from requests.files.uploads import takes_files
from requests.form_fields import FilesForm
from requests.identity.whom_form import heading_of, lead_of
from requests.limits import allowed
from requests.mail import mailing
from requests.models import PortalDraft
from requests.portal import drafts
from requests.portal.later_views import DRAFT, draft_of, place_of
from requests.portal.page_forms import CodeForm
from requests.portal.questions import (
    STEP_OF,
    STEPS,
    TRAP,
    Answers,
    bound,
    filled,
    first_wrong,
    slugs_of,
    taken,
)
from requests.portal.sessions import grant, opened
from requests.portal.start_page import ELSEWHERE, SITUATIONS
from requests.portal.ways import limited, private, takes_long_text, too_many
from requests.portal.wishes import chosen_wishes, wish_named

SLUGS = [step.slug for step in STEPS]
# Nobody reads, types and checks all this faster.
FASTEST_SECONDS = 5


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What a person can do here."""
    draft = draft_of(request)
    context = {
        "situations": SITUATIONS,
        "first": SLUGS[0],
        "go_on": place_of(drafts.answers_of(draft)) if draft and not draft.request_id else "",
        "elsewhere": ELSEWHERE,
        "controller": settings.CONTROLLER,
        "dial": "".join(c for c in settings.CONTROLLER["phone"] if c.isdecimal()),
    }
    return render(request, "portal/start.html", context)


@private
@takes_long_text
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, slug: str) -> HttpResponse:
    """One screen: keep what was typed, right or wrong, and go on, or back."""
    if slug not in STEP_OF:
        raise Http404
    draft = draft_of(request)
    if draft is not None and draft.request_id:
        draft = None  # What was sent is sent: a new request begins.
    if request.method == "POST":
        return _take(request, slug, draft)
    if draft is None and slug != SLUGS[0]:
        return _begin(request)
    answers = _with_wanted(request, slug, drafts.answers_of(draft) if draft else {})
    if "look" in request.GET:
        return _screen(request, slug, bound(slug, answers), answers)
    kept = answers.get(slug)
    initial = STEP_OF[slug].proposed(answers) if kept is None else filled(slug, kept)
    return _screen(request, slug, STEP_OF[slug](initial=initial), answers)


def _wanted(request: HttpRequest, slug: str) -> str:
    """Return the wish with which a link leads to the first question."""
    return wish_named(request.GET.get("want", "")) if slug == SLUGS[0] else ""


def _with_wanted(
    request: HttpRequest, slug: str, answers: dict[str, dict[str, str]]
) -> dict[str, dict[str, str]]:
    return drafts.with_wanted(answers, _wanted(request, slug))


def _take(request: HttpRequest, slug: str, draft: PortalDraft | None) -> HttpResponse:
    if draft is None:
        if not allowed(request, "start"):
            return too_many(request)
        if slug != SLUGS[0]:
            messages.warning(request, _lost(request))
        draft = drafts.start(language=get_language() or "nl", now=timezone.now())
        request.session[DRAFT] = str(draft.reference)
    typed, masked = taken(STEP_OF[slug], request.POST)
    form = STEP_OF[slug](filled(slug, typed))
    # Where it is far too long only the page shows it again; the draft stays small.
    kept = all(len(words) <= drafts.LONGEST_KEPT for words in typed.values())
    # Who saves on a screen before answering it finds that screen again.
    passed = "later" in request.POST and not form.has_changed()
    if kept and not (passed and slug not in drafts.answers_of(draft)):
        now, wanted = timezone.now(), _wanted(request, slug)
        drafts.keep(draft.reference, slug, typed, now=now, wanted=wanted)
    if masked:
        messages.warning(
            request,
            _(
                "You wrote a citizen service number (BSN). We may not keep it, so we have put "
                "stars in its place. The rest is as you wrote it."
            ),
        )
    answers = drafts.answers_of(draft) | {slug: typed}
    if kept and "later" in request.POST:
        return redirect("portal:later")
    if kept and "back" in request.POST:
        return redirect(_before(slug, answers))
    if not form.is_valid():
        return _screen(request, slug, form, answers, status=422)
    return redirect(_after(request, slug, answers))


def _lost(request: HttpRequest) -> str:
    """Return what to say to whoever goes on with a form that is not open here any more."""
    if (before := draft_of(request)) is not None and before.request_id:
        return _(
            "You have sent this form already, perhaps in another window. What you fill in now is a"
            " new request."
        )
    return _(
        "Your form was not open here any more: it was open for too long, or cookies are off. What"
        " you filled in just now is kept. Do you have a code of your form? Then open it from the"
        " front page. Otherwise answer the other questions again."
    )


def _screen(
    request: HttpRequest, slug: str, form: Any, answers: Answers | None = None, status: int = 200
) -> HttpResponse:
    answers = answers or {}
    slugs, asks_for = _slugs(slug, answers), answers.get("whom", {}).get("asks_for", "")
    context = {
        "form": form,
        "heading": heading_of(slug, form.asked(answers), asks_for),
        "lead": lead_of(slug, form.lead, asks_for),
        "at": slugs.index(slug) + 1,
        "of": len(slugs) + 1,
        "first": slug == SLUGS[0],
    }
    return render(request, "portal/step.html", context, status=status)


def _slugs(slug: str, answers: Answers) -> list[str]:
    """Return the screens that are asked, and this one, though it may not be asked any more."""
    asked = slugs_of(answers)
    return asked if slug in asked else [one for one in SLUGS if one in asked or one == slug]


def _before(slug: str, answers: Answers) -> str:
    slugs = _slugs(slug, answers)
    at = slugs.index(slug)
    return reverse("portal:step", args=[slugs[at - 1]]) if at else reverse("portal:start")


def _after(request: HttpRequest, slug: str, answers: Answers) -> str:
    slugs = _slugs(slug, answers)
    at = slugs.index(slug)
    # From the last page one goes back to it, which asks what is still missing.
    if "from-check" in request.GET or at + 1 == len(slugs):
        return reverse("portal:check")
    return reverse("portal:step", args=[slugs[at + 1]])


def _begin(request: HttpRequest) -> HttpResponse:
    """Lead to the first question whoever has no form open here, and say so."""
    if draft_of(request) is None:
        messages.info(
            request,
            _(
                "There is no form open here. Begin with the first question. Did you save a form?"
                " Then open it from the front page, with your code."
            ),
        )
    return redirect("portal:step", SLUGS[0])


@private
@limited("send")
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """All answers once more; sending them makes the request, once however often one clicks."""
    draft = draft_of(request)
    if draft is None:
        return _second_click(request) or _begin(request)
    if draft.request_id:
        return _second_click(request) or redirect("portal:sent")
    return _look(request, draft)


def _second_click(request: HttpRequest) -> HttpResponse | None:
    """Lead a browser that clicked twice to what its first click sent."""
    draft = drafts.sent_from(request.POST.get("once", ""), now=timezone.now())
    if draft is None or draft.request is None:
        return None
    grant(request, draft.request, with_code=True)
    request.session[DRAFT] = str(draft.reference)
    return redirect("portal:sent")


def _look(request: HttpRequest, draft: PortalDraft) -> HttpResponse:
    answers = drafts.answers_of(draft)
    if "back" in request.POST:
        return redirect("portal:step", slugs_of(answers)[-1])
    if "later" in request.POST:
        return redirect("portal:later")
    if wrong := first_wrong(answers):
        look = "?look" if wrong in answers else ""
        return redirect(reverse("portal:step", args=[wrong]) + look)
    if request.method != "POST":
        return _overview(request, draft, answers)
    if again := _like_a_robot(request, draft):
        return _overview(request, draft, answers, again, status=422, shows_trap=True)
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
    once = request.POST.get("once", "")
    try:
        submitted = drafts.send(draft.reference, language=language, now=now, once=once)
    except NotAsShown:
        draft.refresh_from_db()
        again = _(
            "Your answers were changed after this page was opened, perhaps in another window. Below"
            " they are as they are now. Look at them once more and send them."
        )
        return _overview(request, draft, drafts.answers_of(draft), again, status=422)
    if submitted.request.kind == Kind.REQUEST:
        tasks.soon(tasks.propose_matches, submitted.request.pk)
    if submitted.mail_id is not None:
        tasks.soon(tasks.send_mail, submitted.mail_id)
    grant(request, submitted.request, with_code=True)
    return redirect("portal:sent")


def _overview(
    request: HttpRequest,
    draft: PortalDraft,
    answers: Answers,
    again: str = "",
    status: int = 200,
    *,
    shows_trap: bool = False,
) -> HttpResponse:
    slugs = slugs_of(answers)
    # What was chosen on the front page is not asked again, but stands here to be changed.
    shown = [slug for slug in SLUGS if slug in slugs or slug == "wishes"]
    answers = {**answers, "wishes": {"wishes": " ".join(chosen_wishes(answers))}}
    context = {
        "screens": [_shown(slug, answers) for slug in shown],
        "files": drafts.file_names(draft),
        "again": again,
        "wrong": bool(again),
        "trap": TRAP,
        "shows_trap": shows_trap,
        "once": drafts.secret_of_page(draft),
        "at": len(slugs) + 1,
        "of": len(slugs) + 1,
    }
    return render(request, "portal/check.html", context, status=status)


def _shown(slug: str, answers: Answers) -> dict[str, Any]:
    """Return a screen's question with what was answered, as it will be sent; one to change it."""
    form = bound(slug, answers)
    lines = [(field.label, _answer(field), field.use_fieldset) for field in form]
    if form.together:
        parts = [
            " ".join(filter(None, (_answer(form[name]) for name in names)))
            for names in form.together
        ]
        # A country is chosen beforehand: alone it is no answer.
        typed = [name for names in form.together for name in names if name != "country"]
        given = any(_answer(form[name]) for name in typed)
        lines = [("", ", ".join(filter(None, parts)), False)] if given else []
    lines = [line for line in lines if line[1]]
    return {
        "slug": slug,
        "heading": form.named,
        # The label above a list of choices says what to do; one answer needs no label.
        "lines": [
            ("" if in_list or len(lines) == 1 else label, answer)
            for label, answer, in_list in lines
        ],
    }


def _answer(field: BoundField) -> str:
    value = field.value() or ""
    choices = dict(getattr(field.field, "choices", ()))
    chosen = value if isinstance(value, list) else [value]
    return "\n".join(str(choices.get(one, one)) for one in chosen)


@private
@takes_files("portal/too_long.html")
@limited("files")
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest) -> HttpResponse:
    """Files to send along, kept sealed with the draft; each can be taken away again."""
    draft = draft_of(request)
    if draft is None or draft.request_id:
        return _begin(request)
    form = FilesForm(request.POST, request.FILES) if request.method == "POST" else FilesForm()
    if request.method == "POST":
        if away := request.POST.get("remove"):
            drafts.remove_file(draft, away)
            return redirect("portal:files")
        good, refused = taken_files(request.FILES.getlist("papers"))
        form.is_valid()
        for name, error in refused:
            form.add_error("papers", f"{name}: {error.reason}")
        for file in good:
            try:
                drafts.add_file(draft.reference, file)
            except FileRefused as error:
                form.add_error("papers", f"{file.name}: {error.reason}")
        if not form.errors:
            return redirect("portal:files" if "more" in request.POST else "portal:check")
    context = {"form": form, "files": drafts.file_names(draft)}
    return render(request, "portal/files.html", context, status=422 if form.errors else 200)


@private
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The number, the access code (for an hour), and where to prove the e-mail address."""
    draft = draft_of(request)
    if draft is None or draft.request is None:
        return redirect("portal:start")
    # A form may stay open where it was begun, such as in a library, and be sent from elsewhere.
    if opened(request, draft.request.reference) is None:
        messages.info(
            request, _("This form was sent from another device. Its number stands there.")
        )
        return redirect("portal:start")
    context = {
        "privacy_request": draft.request,
        "page_code": drafts.page_code_of(draft, now=timezone.now()),
        "form": CodeForm(),
        "address": mailing.address("portal:open"),
        "mailed": draft.request.mails.exists(),
    }
    return render(request, "portal/sent.html", context)
