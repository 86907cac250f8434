"""The ledger for an auditor: how it is doing, what stands in it, and the proof of one entry."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from alektum_privacy.access import needs
from audit import certificate as certificates
from audit import event_words, hiding, places, services, verify_certificate
from audit.exceptions import LedgerBroken, NotYetSealed
from audit.forms import SearchForm, end_of, start_of
from audit.models import Entry

PAGE = 50
ACTORS = {
    services.WORKER: _lazy("the product, by itself"),
    services.SYSTEM: _lazy("the product, by itself"),
    services.PERSON: _lazy("the person"),
}


@dataclass(frozen=True)
class Line:
    """An entry as people read it."""

    id: int
    at: datetime | None
    event: str
    words: str
    object: str
    actor: str


@needs("audit.view_entry")
def ledger(request: HttpRequest) -> HttpResponse:
    """Show how the ledger is doing, and its entries, newest first."""
    if request.method == "POST":
        return _search(request)
    given = {name: request.GET.get(name, "") for name in SearchForm.base_fields}
    form = SearchForm(given)
    if not form.is_valid():
        return _page(request, form, {}, status=422)
    return _page(request, SearchForm(initial=form.cleaned_data), _keys(form))


def _search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.POST)
    if not form.is_valid():
        return _page(request, form, {}, status=422)
    asked = _keys(form)
    return redirect(f"{request.path}?{urlencode(asked)}" if asked else request.path)


def _keys(form: SearchForm) -> dict[str, str]:
    """Return what was asked for as it may stand in an address: keys, codes and days."""
    return {name: str(value) for name, value in form.cleaned_data.items() if value}


def _page(
    request: HttpRequest, form: SearchForm, asked: dict[str, str], status: int = 200
) -> HttpResponse:
    before = request.GET.get("before", "")
    below = int(before) if before.isdecimal() and len(before) <= 18 else None
    found = list(_found(asked, below)[: PAGE + 1])
    shown = found[:PAGE]
    more = len(found) > PAGE
    context = {
        "state": services.ledger_state(now=timezone.now()),
        "form": form,
        "asked": any(asked.values()),
        "lines": _lines(hiding.seen_by(request.user, shown)),
        "leaves_out": hiding.leaves_out(request.user),
        "next_page": f"?{urlencode(asked | {'before': shown[-1].pk})}" if more else "",
        "public_key": certificates.public_key(),
        "old_public_keys": certificates.old_public_keys(),
    }
    return render(request, "audit/ledger.html", context, status=status)


def _found(asked: dict[str, str], below: int | None) -> QuerySet[Entry]:
    days = {name: parse_date(asked.get(name, "")) for name in ("since", "until")}
    return services.newest(
        object=asked.get("object", ""),
        event=asked.get("event", ""),
        actor=asked.get("actor", ""),
        since=start_of(days["since"]) if days["since"] else None,
        until=end_of(days["until"]) if days["until"] else None,
        before=below,
    )


def _entry_for(request: HttpRequest, entry_id: int) -> Entry:
    found = get_object_or_404(Entry, pk=entry_id)
    if not hiding.seen_by(request.user, [found]):
        raise Http404
    return found


@needs("audit.view_entry")
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Show an entry, and check its proof while the reader waits."""
    found = _entry_for(request, entry_id)
    proof, wrong = None, ""
    try:
        proof = services.prove(entry_id)
    except NotYetSealed:
        pass
    except LedgerBroken as error:
        wrong = str(error)
    context = {
        "trail": [(_("Overview"), reverse("desk:home")), (_("Ledger"), reverse("audit:ledger"))],
        "line": _lines([found])[0],
        "facts": [(name, _in_words(fact)) for name, fact in found.body.items()],
        "place": places.place_of(request.user, found.body["object"]),
        "others": f"{reverse('audit:ledger')}?{urlencode({'object': found.body['object']})}",
        "proof": proof,
        "leaf": proof and proof.leaf_index + 1,
        "path": [step.hex() for step in proof.path] if proof else [],
        "wrong": wrong,
    }
    return render(request, "audit/entry.html", context)


@needs("audit.view_entry")
def certificate(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Give the certificate of an entry as a file, or lead to the page that says why not."""
    _entry_for(request, entry_id)
    try:
        made = certificates.build(entry_id)
    except (NotYetSealed, LedgerBroken):
        messages.warning(request, _("There is no certificate of this entry now."))
        return redirect("audit:entry", entry_id)
    return HttpResponse(
        json.dumps(made, indent=2) + "\n",
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="certificate-{entry_id}.json"'},
    )


@needs("audit.view_entry")
def program(request: HttpRequest) -> HttpResponseBase:
    """Give the file that checks a certificate alone."""
    source = Path(verify_certificate.__file__)
    return FileResponse(
        source.open("rb"),
        as_attachment=True,
        filename=source.name,
        content_type="text/x-python; charset=utf-8",
    )


def _lines(entries: Iterable[Entry]) -> list[Line]:
    """Return entries for reading, with the names of the colleagues in them."""
    bodies = {entry.pk: entry.body for entry in entries}
    numbers = {
        actor.removeprefix("user:")
        for body in bodies.values()
        if (actor := body["actor"]).startswith("user:")
    }
    people = get_user_model().objects.in_bulk([int(n) for n in numbers if n.isdecimal()])
    names = {f"user:{pk}": person.get_username() for pk, person in people.items()} | ACTORS
    return [
        Line(
            id=pk,
            at=parse_datetime(body["at"]),
            event=body["event"],
            words=event_words.words_of(body["event"]),
            object=body["object"],
            actor=str(names.get(body["actor"], body["actor"])),
        )
        for pk, body in bodies.items()
    ]


def _in_words(fact: Any) -> str:
    return fact if isinstance(fact, str) else json.dumps(fact)
