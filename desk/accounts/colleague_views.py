"""For administrators: who has a second factor, and help for who lost theirs."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from alektum_privacy.access import needs
from audit import services as audit
from desk.accounts import factors, mail, sessions, watching
from desk.accounts.confirming import recently_confirmed
from desk.accounts.constants import FACTORS, Ended, Kind
from desk.accounts.forms import ResetForm
from desk.roles import LABELS
from requests.tasks import send_mail, soon

SHOWN = 50


def within_reach(request: HttpRequest) -> QuerySet[User]:
    """Return the accounts this administrator may tend: no equal of theirs who may do everything."""
    everybody = User.objects.filter(is_active=True)
    return everybody if request.user.is_superuser else everybody.filter(is_superuser=False)


@needs("auth.change_user")
@require_safe
def colleagues(request: HttpRequest) -> HttpResponse:
    """List who has an account, with roles and whether a second factor protects it."""
    # By number: a name, or an e-mail address that is one, stands in no address.
    given = request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
    protected = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    found = within_reach(request).annotate(protected=Exists(protected)).order_by("username")
    if after:
        found = found.filter(username__gt=User.objects.filter(pk=after).values("username"))
    rows = list(found.prefetch_related("groups")[: SHOWN + 1])
    context = {
        "colleagues": [{"user": one, "roles": _roles(one)} for one in rows[:SHOWN]],
        "next": rows[SHOWN - 1].pk if len(rows) > SHOWN else "",
    }
    return render(request, "desk/accounts/colleagues.html", context)


@needs("auth.change_user")
@never_cache
@require_safe
def colleague(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a colleague's second factors and sessions."""
    found = get_object_or_404(within_reach(request), pk=pk)
    return render(request, "desk/accounts/colleague.html", _context(request, found, ResetForm()))


def _context(request: HttpRequest, found: User, form: ResetForm) -> dict[str, Any]:
    return {
        "colleague": found,
        "roles": _roles(found),
        "factors": [Kind(one.type).label for one in factors.factors_of(found)],
        "sessions": len(sessions.open_sessions(found)),
        "may_reset": found.pk != request.user.pk,
        "form": form,
    }


@needs("auth.change_user")
@never_cache
@require_POST
@recently_confirmed
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away the second factors of a colleague in need; they hear of it."""
    found = get_object_or_404(within_reach(request), pk=pk)
    by = request.user
    if found.pk == by.pk or not isinstance(by, User):
        raise PermissionDenied
    form = ResetForm(request.POST)
    if not form.is_valid():
        context = _context(request, found, form)
        return render(request, "desk/accounts/colleague.html", context, status=422)
    with transaction.atomic():
        # Who gives a password at the same moment waits for this lock, or we for theirs.
        found = User.objects.select_for_update().get(pk=found.pk)
        refusal = _refusal(found, by)
        if not refusal:
            _reset(found, form.cleaned_data["reason"], by)
    if refusal:
        form.add_error(None, refusal)
        context = _context(request, found, form)
        return render(request, "desk/accounts/colleague.html", context, status=422)
    messages.success(
        request, _("The second factors are gone; the colleague was mailed, and sets up new ones.")
    )
    return redirect("accounts:colleague", pk)


def _reset(found: User, reason: str, by: User) -> None:
    factors.reset(found, reason=reason, by=by)
    sessions.end_all(found, Ended.FACTOR, by=audit.actor_of(by))
    written = mail.tell(found, "reset", now=timezone.now())
    assert written is not None  # there is an address
    soon(send_mail, written.pk)


def _refusal(found: User, by: User) -> str:
    """Return why this administrator may not do it, or nothing."""
    if not found.email:
        return _(
            "This account has no e-mail address to tell of it. Another administrator adds one."
        )
    if any(
        watching.did(event, found.pk, by=by.pk)
        for event in (watching.PASSWORD_SET, watching.ADDRESS_SET)
    ):
        return _(
            "You gave this account a password or an address less than 30 days ago. Another"
            " administrator takes the second factors away."
        )
    return ""


@needs("auth.change_user")
@require_POST
def sign_out(request: HttpRequest, pk: int) -> HttpResponse:
    """End all sessions of a colleague."""
    found = get_object_or_404(within_reach(request), pk=pk)
    by = audit.actor_of(request.user)  # type: ignore[arg-type]
    # Of their own sessions the one at hand is ended by signing out.
    own = request.session if found.pk == request.user.pk else None
    sessions.end_all(found, Ended.COLLEAGUE, by=by, but=own)
    messages.success(request, _("This colleague is signed out everywhere."))
    return redirect("accounts:colleague", pk)


def _roles(one: User) -> list[Any]:
    return [LABELS.get(group.name, group.name) for group in one.groups.all()]
