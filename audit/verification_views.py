"""Verifying the ledger in the page: all of it, one entry, one certificate; and what was signed."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from kombu.exceptions import OperationalError as BrokerGone

from alektum_privacy.access import needs
from audit import checkpoint as notes
from audit import keys, tasks, verify_certificate, verifying
from audit.exceptions import NoSuchCheckpoint, VerificationRuns
from audit.forms import CertificateForm, EntryForm, VerificationForm
from audit.models import Checkpoint, Entry, Verification

PAGE = 50
LATEST = 20
UNPROCESSABLE = 422
# What a file that is no certificate makes the checking program stumble over.
UNREADABLE = (ValueError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint for reading: whether its signature is true, and of which key."""

    size: int
    sealed_at: datetime
    root: str
    note: str
    key: str
    wrong: str


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key, the four bytes by which signatures name it, and whether it signs now."""

    text: str
    name: str
    signs_now: bool


def _trail() -> list[tuple[str, str]]:
    return [(_("Ledger"), reverse("audit:ledger"))]


def published_keys() -> list[PublishedKey]:
    """Return every key that ever signed, today's first."""
    known = keys.public_keys()
    return [
        PublishedKey(
            text=keys.published(key),
            name=notes.key_id(settings.LEDGER_ORIGIN, key).hex(),
            signs_now=key is known[-1],
        )
        for key in reversed(known)
    ]


# --- asking for it --------------------------------------------------------------------------------


@needs("audit.view_entry")
@require_GET
def verification(request: HttpRequest) -> HttpResponse:
    """Show what can be verified here, and what was verified before."""
    return _page(request)


def _page(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    rows = list(Verification.objects.order_by("-pk")[:LATEST])
    people = get_user_model().objects.in_bulk([row.asked_by for row in rows])
    now = timezone.now()
    context = {
        "rows": [(row, people.get(row.asked_by), verifying.silent(row, now=now)) for row in rows],
        "may_ask": request.user.has_perm("audit.add_verification"),
        "sealed": Checkpoint.objects.order_by("-size").first(),
        "form": VerificationForm(),
        "entry_form": EntryForm(prefix="entry"),
        "certificate_form": CertificateForm(prefix="certificate"),
        "keys": published_keys(),
        "trail": _trail(),
    } | forms
    return render(request, "audit/verification.html", context, status=status)


@needs("audit.add_verification")
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Start a verification of all, or of what came after a checkpoint."""
    form = VerificationForm(request.POST)
    if not form.is_valid():
        return _page(request, UNPROCESSABLE, form=form)
    try:
        moment = form.since_moment()
        after = verifying.checkpoint_before(moment) if moment else 0
        made = verifying.ask(actor_id=int(request.user.pk or 0), after=after, now=timezone.now())
    except NoSuchCheckpoint:
        form.add_error("since", _("Nothing was signed before this day: verify the whole ledger."))
        return _page(request, UNPROCESSABLE, form=form)
    except VerificationRuns:
        messages.warning(request, _("A verification is under way already; here it is."))
        runs = Verification.objects.filter(outcome=Verification.Outcome.RUNNING).first()
        return (
            redirect("audit:verified", runs.reference) if runs else redirect("audit:verification")
        )
    try:
        tasks.verify.delay(made.pk)
    except BrokerGone:
        messages.warning(request, _("No worker can be reached now; it begins when one is back."))
    return redirect("audit:verified", made.reference)


@needs("audit.view_entry")
@require_GET
def verified(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show how far a verification is, or what it found and what that proves."""
    asked = get_object_or_404(Verification, reference=reference)
    context = {
        "asked": asked,
        "by": get_user_model().objects.filter(pk=asked.asked_by).first(),
        "silent": verifying.silent(asked, now=timezone.now()),
        "trail": [*_trail(), (_("Verification"), reverse("audit:verification"))],
    }
    return render(request, "audit/verified.html", context)


# --- one entry, one certificate -------------------------------------------------------------------


@needs("audit.view_entry")
@require_POST
def entry(request: HttpRequest) -> HttpResponse:
    """Lead to the page of an entry, where its proof is checked."""
    form = EntryForm(request.POST, prefix="entry")
    if form.is_valid():
        if Entry.objects.filter(pk=form.cleaned_data["number"]).exists():
            return redirect("audit:entry", form.cleaned_data["number"])
        form.add_error("number", _("There is no entry of this number."))
    return _page(request, UNPROCESSABLE, entry_form=form)


@needs("audit.view_entry")
@require_POST
def certificate(request: HttpRequest) -> HttpResponse:
    """Check a certificate that somebody brings, with the program that strangers use."""
    form = CertificateForm(request.POST, request.FILES, prefix="certificate")
    if not form.is_valid():
        return _page(request, UNPROCESSABLE, certificate_form=form)
    try:
        brought = verify_certificate.read_json(form.cleaned_data["certificate"].decode())
        key = _our_key(brought)
        proven = verify_certificate.check(brought, key)
    except verify_certificate.NotTrue as error:
        return _page(request, UNPROCESSABLE, certificate_form=form, not_true=_in_language(error))
    except UNREADABLE:
        form.add_error("certificate", _("This file is no certificate that can be read."))
        return _page(request, UNPROCESSABLE, certificate_form=form)
    context = {
        "facts": [(name, _in_words(fact)) for name, fact in proven.items()],
        "place": brought["leaf_index"] + 1,
        "size": brought["tree_size"],
        "key": brought["public_key"],
        "still": _still_here(brought),
        "trail": [*_trail(), (_("Verification"), reverse("audit:verification"))],
    }
    return render(request, "audit/checked_certificate.html", context)


def _our_key(brought: Any) -> bytes:
    """Return the key that a certificate names, if it ever signed this ledger. Raises NotTrue."""
    named = brought.get("public_key") if isinstance(brought, dict) else None
    for key in keys.public_keys():
        if keys.published(key) == named:
            return notes.public_bytes(key)
    raise verify_certificate.NotTrue(
        "Het noemt een sleutel die dit grootboek nooit heeft ondertekend.",
        "It names a key that never signed this ledger.",
    )


def _in_language(error: Exception) -> str:
    dutch, _newline, english = str(error).partition("\n")
    return english if (get_language() or "nl").startswith("en") else dutch


def _still_here(brought: dict[str, Any]) -> int | None:
    """Return the entry at the certificate's place, if it holds the same text; otherwise None."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, e.body::text FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id"
            " WHERE l.leaf_index = %s",
            [brought["leaf_index"]],
        )
        row = cursor.fetchone()
    return row[0] if row and row[1] == brought["entry"] else None


def _in_words(fact: Any) -> str:
    return fact if isinstance(fact, str) else json.dumps(fact)


# --- what was signed ------------------------------------------------------------------------------


@needs("audit.view_entry")
@require_GET
def checkpoints(request: HttpRequest) -> HttpResponse:
    """Show the checkpoints, newest first, each with whether its signature is true; and the keys."""
    before = request.GET.get("before", "")
    found = Checkpoint.objects.order_by("-size")
    if before.isascii() and before.isdecimal() and len(before) <= 18:
        found = found.filter(size__lt=int(before))
    rows = list(found[: PAGE + 1])
    context = {
        "rows": [_signed(row) for row in rows[:PAGE]],
        "next_page": f"?before={rows[PAGE - 1].size}" if len(rows) > PAGE else "",
        "keys": published_keys(),
        "trail": _trail(),
    }
    return render(request, "audit/checkpoints.html", context)


@needs("audit.view_entry")
@require_GET
def checkpoint(request: HttpRequest, size: int) -> HttpResponse:
    """Show one checkpoint as it was signed, or give it as a file."""
    if size >= 2**63:
        raise Http404
    row = get_object_or_404(Checkpoint, size=size)
    if "file" in request.GET:
        headers = {"Content-Disposition": f'attachment; filename="checkpoint-{size}.txt"'}
        return HttpResponse(row.note, content_type="text/plain; charset=utf-8", headers=headers)
    context = {
        "row": _signed(row),
        "trail": [*_trail(), (_("Checkpoints"), reverse("audit:checkpoints"))],
    }
    return render(request, "audit/checkpoint.html", context)


def _signed(row: Checkpoint) -> Signed:
    """Check a checkpoint's signature, and that it speaks of this size and root."""
    key, wrong = "", ""
    try:
        head, signer = keys.read_note(row.note)
    except notes.CheckpointInvalid as error:
        wrong = str(error)
    else:
        key = keys.published(signer)
        if (head.size, head.root) != (row.size, bytes(row.root)):
            wrong = "it speaks of another size or root"
    return Signed(row.size, row.sealed_at, bytes(row.root).hex(), row.note, key, wrong)
