"""Data of an answer on the person's page: read there, taken as files, asked anew, handed on."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import services as audit
from requests import tasks
from requests.constants import PackKind
from requests.exceptions import PackGone, WrongState
from requests.letters.models import HandOver
from requests.limits import allowed
from requests.mail import mailing
from requests.models import Pack, PrivacyRequest
from requests.packs import handing_over, making, taking
from requests.packs.encryption import LONGEST, SHORTEST, new_passphrase
from requests.packs.uploading import NotAllowed, check_link
from requests.portal.sessions import closed, opened
from requests.portal.ways import limited, private, secret_address, too_many
from requests.report import own_files
from requests.report.pdf import printable
from requests.services.people.proof import mandate_lasts, mandate_of


class PassphraseForm(forms.Form):
    passphrase = forms.CharField(
        label=_("Password for the file"),
        min_length=SHORTEST,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "We made one for you. You may change it. Write it down: without it nobody can open the"
            " file, and we do not keep it."
        ),
        error_messages={
            "required": _("Write a password, or use the one we made."),
            "min_length": _("Make the password at least %(limit_value)d signs long."),
            "max_length": _("Make the password at most %(limit_value)d signs long."),
        },
    )


class HandOverForm(forms.Form):
    name = forms.CharField(
        label=_("Who gets your data?"),
        max_length=100,
        error_messages={"required": _("Write the name of the company.")},
    )
    way = forms.ChoiceField(
        label=_("How?"),
        choices=HandOver.Way.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how.")},
    )
    link = forms.CharField(
        label=_("Their link, if they gave you one"),
        max_length=2_000,
        required=False,
        help_text=_("It begins with https://. We send your data there and nowhere else."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("way") == HandOver.Way.UPLOAD and not self.errors:
            try:
                check_link(data["link"])
            except NotAllowed:
                self.add_error(
                    "link", _now("We cannot use this link. It must be a name after https://.")
                )
        return data


def passphrase_form() -> PassphraseForm:
    """Return the form with a passphrase that is made for this page only."""
    return PassphraseForm(initial={"passphrase": new_passphrase()})


def shown(privacy_request: PrivacyRequest) -> dict[str, Any]:
    """Return what the person's page shows of packs."""
    now = timezone.now()
    there = taking.for_person(privacy_request, now=now)
    return {
        "packs": [(pack, taking.FORMS_OF[PackKind(pack.kind)]) for pack in there],
        "earlier_papers": own_files.earlier_papers(privacy_request)
        if any(pack.kind == PackKind.ACCESS for pack in there)
        else [],
        "may_renew": not there and making.may_renew(privacy_request, now=now),
        "mandate_ended": mandate_ended(privacy_request),
        "mandate_until": _mandate_until(privacy_request),
        "renewal_waits": privacy_request.renewals.filter(making.UNDER_WAY).exists(),
        "renewal": privacy_request.renewals.order_by("pk").last(),
        "passphrase_form": passphrase_form(),
        "hand_over_form": HandOverForm(),
        "hand_overs": handing_over.hand_overs_of(privacy_request),
    }


def mandate_ended(privacy_request: PrivacyRequest) -> bool:
    """Tell whether an answer is there that a representative may no longer have."""
    given = privacy_request.state in taking.GIVEN_STATES
    return given and not mandate_lasts(privacy_request, timezone.localdate())


def _mandate_until(privacy_request: PrivacyRequest) -> date | None:
    """Return the last day of a mandate that is over."""
    mandate = mandate_of(privacy_request)
    until = mandate.until if mandate else None
    return until if until and until < timezone.localdate() else None


def _wanted(privacy_request: PrivacyRequest, pack: UUID, form: str) -> Pack:
    there = taking.for_person(privacy_request, now=timezone.now())
    wanted = next((one for one in there if one.reference == pack), None)
    if wanted is None or form not in taking.FORMS_OF[PackKind(wanted.kind)]:
        raise Http404
    return wanted


def _content(pack: Pack, form: str, passphrase: str = "") -> bytes:
    try:
        return taking.open_pack(
            pack, form, actor=audit.PERSON, now=timezone.now(), passphrase=passphrase
        )
    except PackGone:
        raise Http404 from None


def _file(content: bytes, form: str, number: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=taking.FORMS[form],
        headers={"Content-Disposition": f'attachment; filename="{number}.{form}"'},
    )


@private
@require_safe
def read(request: HttpRequest, reference: UUID, pack: UUID) -> HttpResponse:
    """The answer itself as a page: overview first, everything reachable."""
    if not allowed(request, "page"):
        return too_many(request)
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    wanted = _wanted(privacy_request, pack, "page")
    report = taking.report_of(_content(wanted, "page"))
    with translation.override(report["language"]):
        # The whole page is in the language of the answer: half of it in another helps nobody.
        context = {"privacy_request": privacy_request, "report": printable(report), "pack": wanted}
        return render(request, "portal/answer.html", context)


@private
@require_safe
def download(request: HttpRequest, reference: UUID, pack: UUID, form: str) -> HttpResponse:
    """Lead back to where a file is taken: it lies about on a device, so it is closed first."""
    privacy_request = opened(request, reference)
    if privacy_request is None or form not in taking.FORMS:
        return closed(request)
    _wanted(privacy_request, pack, "pdf")
    return redirect(privacy_request)


@private
@limited("pack")
@require_POST
def take(request: HttpRequest, reference: UUID, pack: UUID) -> HttpResponse:
    """The answer as a file that opens with the passphrase that was chosen here; this is noted."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    wanted = _wanted(privacy_request, pack, "pdf")
    wished = request.POST.get("form", "pdf")
    if wished not in taking.CLOSED:
        raise Http404
    form = PassphraseForm(request.POST)
    if not form.is_valid():
        context = {"privacy_request": privacy_request, "pack": wanted, "form": form}
        return render(request, "portal/passphrase.html", context, status=422)
    passphrase = form.cleaned_data["passphrase"]
    return _file(_content(wanted, wished, passphrase), wished, privacy_request.number)


@private
@limited("pack")
@require_POST
def renew(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Ask a new copy of an answer that can no longer be taken."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    try:
        renewal = making.ask_renewal(privacy_request.pk, actor=audit.PERSON, now=timezone.now())
    except WrongState:
        messages.warning(request, _now("There is no answer to make anew."))
        return redirect(privacy_request)
    tasks.soon(tasks.renew_pack, renewal)
    messages.success(request, _now("We make a new copy. It will be here in a moment."))
    return redirect(privacy_request)


@private
@limited("pack")
@require_POST
def hand_over(request: HttpRequest, reference: UUID, pack: UUID) -> HttpResponse:
    """Give data to take along to a third party, on the person's wish."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    wanted = _wanted(privacy_request, pack, "csv")
    form = HandOverForm(request.POST)
    context = {"privacy_request": privacy_request, "pack": wanted, "form": form}
    if not form.is_valid():
        return render(request, "portal/hand_over.html", context, status=422)
    data = form.cleaned_data
    asked = handing_over.ask(
        wanted,
        HandOver.Way(data["way"]),
        name=data["name"],
        link=data["link"],
        now=timezone.now(),
    )
    if asked.token:
        link = mailing.address("portal:fetch", asked.token)
        context |= {"link": link, "asked": asked.hand_over, "passphrase": asked.passphrase}
        return render(request, "portal/hand_over_link.html", context)
    tasks.soon(tasks.hand_over, asked.hand_over.pk)
    messages.success(request, _now("We send your data there. You hear from us how it went."))
    return redirect(privacy_request)


@secret_address
@limited("open")
@require_http_methods(["GET", "HEAD", "POST"])
def fetch(request: HttpRequest, token: str) -> HttpResponse:
    """A third party takes data with a link that works once; looking does not use it up."""
    if request.method != "POST":
        return render(request, "portal/fetch.html")
    found = handing_over.fetch(token, now=timezone.now())
    if found is None:
        return render(request, "portal/fetch.html", {"gone": True}, status=404)
    content, number, mail_id = found
    if mail_id is not None:
        tasks.soon(tasks.send_mail, mail_id)
    return HttpResponse(
        content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{number}.zip"'},
    )
