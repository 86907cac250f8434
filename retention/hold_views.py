"""The officer's pages of legal holds: propose, approve or refuse, look again, release."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from audit import hiding
from policy.models import Purpose
from retention import holds as services
from retention import tasks
from retention.constants import HoldReason
from retention.exceptions import HoldChanged, HoldRefused, SamePerson
from retention.forms import HoldForm, ProlongForm
from retention.models import HoldKind, LegalHold
from retention.overview import MONTH
from retention.views import PAGE, _number, _who

State = LegalHold.State


def _shown(show: str) -> QuerySet[LegalHold]:
    today = timezone.localdate()
    month = today + timedelta(days=MONTH)
    claims = Q(kind=HoldKind.CLAIM, state=State.IN_FORCE)
    chosen = {
        "": Q(state__in=LegalHold.PROTECTING),
        "waiting": Q(state=State.PROPOSED) | claims & Q(release_proposed_by__isnull=False),
        "review": claims & Q(review_on__lte=today),
        "month": claims & Q(review_on__gt=today, review_on__lte=month),
        "later": claims & Q(review_on__gt=month),
        "ended": ~Q(state__in=LegalHold.PROTECTING),
    }
    if show not in chosen:
        raise Http404
    return LegalHold.objects.filter(chosen[show])


@needs("retention.view_legalhold")
@require_GET
def holds(request: HttpRequest) -> HttpResponse:
    """Show what is held back, newest first; with `show`, what waits, is to review, or ended."""
    show = request.GET.get("show", "")
    unseen = Q(dossiers__dossier__purpose__in=hiding.purposes_hidden_from(request.user))
    held = Q(dossiers__released_on=None) & ~unseen
    found = _shown(show).annotate(held=Count("dossiers", filter=held))
    if after := _number(request):
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: PAGE + 1])
    more = f"?show={show}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    context = {
        "holds": rows[:PAGE],
        "show": show,
        "today": timezone.localdate(),
        "next_page": more,
    }
    return render(request, "retention/holds.html", context)


@needs("retention.add_legalhold")
def propose(request: HttpRequest) -> HttpResponse:
    """Ask to hold dossiers back for a legal claim; they are held from now on."""
    today = timezone.localdate()
    if request.method != "POST":
        typed = {"dossiers": request.GET.get("dossier", "")[:36]}
        form = HoldForm(initial={**typed, "review_on": services.latest_review(today)})
        return render(request, "retention/propose_hold.html", {"form": form})
    form = HoldForm(request.POST, without=hiding.purposes_hidden_from(request.user))
    if form.is_valid():
        wanted = form.cleaned_data
        proposal = services.Proposal(
            dossiers=wanted["dossiers"],
            purposes=wanted["purposes"],
            reason=HoldReason(wanted["reason"]),
            words=wanted["words"],
            review_on=wanted["review_on"],
            case=wanted["case"] or uuid4(),
            same_people=wanted["same_people"],
        )
        try:
            held = services.propose(proposal, actor_id=_who(request), today=today)
        except HoldRefused:
            form.add_error(
                None,
                _(
                    "A claim is looked at again within six months, and holds back only dossiers"
                    " that are kept for one of the purposes you chose."
                ),
            )
        else:
            messages.success(
                request, _("Held back as from now. Another colleague must approve within 14 days.")
            )
            return redirect("retention:hold", held.reference)
    return render(request, "retention/propose_hold.html", {"form": form}, status=422)


@needs("retention.view_legalhold")
@require_GET
def show(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show one hold, what it covers, and what this colleague may do with it."""
    return _hold_page(request, get_object_or_404(LegalHold, reference=reference))


def _hold_page(
    request: HttpRequest, held: LegalHold, *, form: ProlongForm | None = None, problem: str = ""
) -> HttpResponse:
    today, who = timezone.localdate(), _who(request)
    unseen = hiding.purposes_hidden_from(request.user)
    may_handle = request.user.has_perm("retention.add_legalhold")
    may_decide = request.user.has_perm("retention.change_legalhold")
    words, why_prolonged = services.words_of(held) if may_handle else ("", {})
    proposed = held.state == State.PROPOSED
    in_force = held.state == State.IN_FORCE and held.kind == HoldKind.CLAIM
    rows = list(
        held.dossiers.filter(pk__gt=_number(request))
        .exclude(dossier__purpose__in=unseen)
        .select_related("dossier__purpose")
        .order_by("pk")[: PAGE + 1]
    )
    reviews = list(held.reviews.order_by("pk"))
    first = {"review_on": services.latest_review(today), "reviews_seen": len(reviews)}
    context: dict[str, Any] = {
        "hold": held,
        "problem": problem,
        "form": form or ProlongForm(initial=first),
        "words": words,
        "reviews": [(review, why_prolonged.get(review.pk, "")) for review in reviews],
        "purposes": Purpose.objects.filter(pk__in=held.purposes),
        "rows": rows[:PAGE],
        "next_page": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "today": today,
        "knows_all": not unseen,
        "mine": proposed and held.proposed_by == who,
        "may_decide": proposed and may_decide and held.proposed_by != who,
        "may_prolong": in_force and may_handle,
        "may_propose_release": in_force and may_handle and held.release_proposed_by is None,
        "may_release": in_force and may_decide and held.release_proposed_by not in (None, who),
        "release_waits": in_force and held.release_proposed_by is not None,
    }
    wrong = bool(problem) or (form is not None and not form.is_valid())
    return render(request, "retention/hold.html", context, status=422 if wrong else 200)


def _step(
    request: HttpRequest, reference: UUID, step: Callable[[LegalHold], object], done: str
) -> HttpResponse:
    """Carry out a step with a hold; say on its page what stood in the way."""
    held = get_object_or_404(LegalHold, reference=reference, kind=HoldKind.CLAIM)
    try:
        step(held)
    except SamePerson:
        problem = _("Two people are needed: another colleague must decide this.")
    except HoldRefused:
        held.refresh_from_db()
        problem = _("This is not possible any more: the hold has changed.")
    else:
        messages.success(request, done)
        return redirect("retention:hold", reference)
    return _hold_page(request, held, problem=problem)


@needs("retention.change_legalhold")
@require_POST
def approve(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Approve a hold that another proposed."""

    def step(held: LegalHold) -> None:
        services.approve(held.pk, actor_id=_who(request), today=timezone.localdate())

    return _step(request, reference, step, _("The hold is approved."))


@needs("retention.change_legalhold")
@require_POST
def refuse(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Refuse a hold that another proposed; what is due goes on."""

    def step(held: LegalHold) -> None:
        services.refuse(held.pk, actor_id=_who(request), today=timezone.localdate())
        tasks.tend_rights.delay()

    return _step(request, reference, step, _("Refused. What is due goes on."))


@needs("retention.add_legalhold")
@require_POST
def prolong(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Record why a hold stays, and when it is looked at again."""
    held = get_object_or_404(LegalHold, reference=reference, kind=HoldKind.CLAIM)
    form = ProlongForm(request.POST)
    if form.is_valid():
        try:
            services.prolong(
                held.pk,
                review_on=form.cleaned_data["review_on"],
                words=form.cleaned_data["words"],
                actor_id=_who(request),
                today=timezone.localdate(),
                reviews_seen=form.cleaned_data["reviews_seen"],
            )
        except HoldChanged:
            form.data = cast(QueryDict, form.data).copy()
            form.data["reviews_seen"] = str(held.reviews.count())
            form.add_error(
                None,
                _(
                    "A colleague prolonged this hold after you opened the page. Nothing you typed"
                    " is lost: look what changed, and send it again."
                ),
            )
        except HoldRefused:
            form.add_error("review_on", _("Choose a day after today and within six months."))
        else:
            messages.success(request, _("The hold is prolonged."))
            return redirect("retention:hold", reference)
    held.refresh_from_db()
    return _hold_page(request, held, form=form)


@needs("retention.add_legalhold")
@require_POST
def propose_release(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Put a hold forward for release."""

    def step(held: LegalHold) -> None:
        services.propose_release(held.pk, actor_id=_who(request))

    return _step(request, reference, step, _("Put forward: another colleague must confirm."))


@needs("retention.add_legalhold")
@require_POST
def refuse_release(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Let a hold stay whose release was put forward."""

    def step(held: LegalHold) -> None:
        services.refuse_release(held.pk, actor_id=_who(request))

    return _step(request, reference, step, _("The hold stays."))


@needs("retention.change_legalhold")
@require_POST
def confirm_release(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Release a hold as the second colleague; what is due goes today."""

    def step(held: LegalHold) -> None:
        made = services.confirm_release(held.pk, actor_id=_who(request), today=timezone.localdate())
        for planned in made:
            tasks.destroy_list.delay(planned.id)

    return _step(request, reference, step, _("Released. What is due goes today."))
