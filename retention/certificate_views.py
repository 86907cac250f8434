"""Pages of certificates: found by reference, checked while one looks, handed over as files."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alektum_privacy.access import needs
from audit.certificate import public_key
from audit.exceptions import NotYetSealed
from policy.models import Purpose
from retention import certificates as made
from retention import checking, latest_proofs
from retention.exceptions import KeysNotYetGone
from retention.forms import CertificateForm, CheckForm
from retention.sight import known_proofs
from retention.views import _language, _number, names_of
from subjects.models import ErasureProof


@needs("subjects.view_erasureproof")
def certificates(request: HttpRequest) -> HttpResponse:
    """Show the newest certificates; look one up by its reference, or check one that is shown."""
    checks = "check" in request.POST
    form = CertificateForm(None if checks else request.POST or None)
    check_form = CheckForm(request.POST, request.FILES) if checks else CheckForm()
    if form.is_valid():
        return redirect("retention:certificate", form.cleaned_data["reference"])
    shown = latest_proofs.latest(request.user, _number(request, "before") or None)
    approvers = names_of(row.list.approved_by if row.list else None for row in shown.rows)
    context: dict[str, Any] = {
        "form": form,
        "check_form": check_form,
        "rows": list(zip(shown.rows, approvers, strict=True)),
        "next_page": f"?before={shown.before}#latest" if shown.before else "",
        "public_key": public_key(),
    }
    if check_form.is_valid():
        context |= _checked(check_form.cleaned_data["file"])
    wrong = form.errors or check_form.errors or context.get("not_true")
    status = 422 if wrong else 200
    return render(request, "retention/certificates.html", context, status=status)


def _checked(content: bytes) -> dict[str, Any]:
    """Check a certificate; say in the reader's language why it is not true."""
    try:
        return {"checked": checking.check(content)}
    except checking.NoCertificate as error:
        dutch, _newline, english = str(error).partition("\n")
        return {"not_true": english if _language() == "en" else dutch}


def _known(request: HttpRequest, reference: UUID) -> ErasureProof | None:
    """Return a proof that this colleague may know of; None as where there is none."""
    found = known_proofs(request.user, ErasureProof.objects.filter(reference=reference)[:1])
    return found[0] if found else None


def _in_words(statement: dict[str, Any]) -> dict[str, Any]:
    """Return what a certificate says as a reader would: the name of the purpose, and days."""
    purpose = Purpose.objects.filter(pk=statement["purpose"]).first()
    return {
        "purpose": purpose.name if purpose else statement["purpose"],
        "rule": statement["rule"],
        "due": parse_date(statement["due"] or ""),
        "done": parse_date(statement["done"]),
    }


@needs("subjects.view_erasureproof")
@require_GET
def certificate(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show what a certificate says, and where to take it; or why there is none yet."""
    proof = _known(request, reference)
    context: dict[str, Any] = {"reference": reference, "proof": proof}
    try:
        if proof:
            found = context["made"] = made.certificate(reference)
            context |= {
                "says": _in_words(found["statement"]),
                **_checked(made.certificate_json(found)),
            }
    except NotYetSealed:
        context["waits"] = _("The ledger seals the proof within minutes.")
    except KeysNotYetGone:
        context["waits"] = _("The keys are still being destroyed.")
    status = 200 if proof else 404
    return render(request, "retention/certificate.html", context, status=status)


@needs("subjects.view_erasureproof")
@require_GET
def download(request: HttpRequest, reference: UUID, form: str) -> HttpResponse:
    """Hand over a certificate as `json`, `nl.pdf` or `en.pdf`."""
    if form not in ("json", "nl.pdf", "en.pdf") or _known(request, reference) is None:
        raise Http404
    try:
        found = made.certificate(reference)
    except (ErasureProof.DoesNotExist, NotYetSealed, KeysNotYetGone):
        raise Http404 from None
    if form == "json":
        content, kind = made.certificate_json(found), "application/json"
    else:
        content, kind = made.certificate_pdf(found, form[:2]), "application/pdf"
    name = f"erasure-{reference}.{form}"
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
