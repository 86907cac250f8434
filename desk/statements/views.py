"""The versions of the privacy statement, and what differs between two of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alektum_privacy.access import needs
from desk.statements.keeping import KINDS
from desk.statements.words import FIELDS, OF_FILE, PARTS
from policy import files
from policy.difference import Change, Piece, changes, pieces
from policy.exceptions import BadStatement
from policy.models import PolicyVersion
from policy.statement import FOLDER
from subjects.models import StatementRun

MOST_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class Version:
    """A version as a colleague sees it; `status` is published, draft (loaded) or file."""

    version: str
    status: str
    published_on: date | None
    digest: str
    former: str
    run: StatementRun | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A change for reading: what was, what is, and both as one text word by word."""

    code: str
    field: str
    kind: str
    old: str
    new: str
    pieces: tuple[Piece, ...]


@needs("policy.view_policyversion")
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """Show the versions: published, loaded but not published, and files that wait."""
    return render(request, "desk/statements/versions.html", {"versions": _versions()[::-1]})


def _versions() -> list[Version]:
    """Return the versions, oldest first, each with the one before it."""
    rows = {
        row.version: row
        for row in PolicyVersion.objects.defer("document").order_by("-version")[:MOST_VERSIONS]
    }
    runs = {run.version: run for run in StatementRun.objects.all()[:MOST_VERSIONS]}
    found: list[Version] = []
    for name in sorted(rows.keys() | _files()):
        row = rows.get(name)
        found.append(
            Version(
                version=name,
                status=row.status if row else "file",
                published_on=row.published_on if row else None,
                digest=row.digest if row else "",
                former=found[-1].version if found else "",
                run=runs.get(name),
            )
        )
    return found


def _files() -> set[str]:
    return {path.stem for path in FOLDER.glob("*.yaml")}


@needs("policy.view_policyversion")
@require_GET
def difference(request: HttpRequest) -> HttpResponse:
    """Show side by side what changed from one version to another."""
    known = _versions()
    names = [one.version for one in known]
    if not names:
        raise Http404
    newest = request.GET.get("new") or names[-1]
    former = next((one.former for one in known if one.version == newest), "")
    oldest = request.GET.get("old") or former or newest
    if not {oldest, newest} <= set(names):
        raise Http404
    context: dict[str, Any] = {
        "names": names,
        "old": oldest,
        "new": newest,
        "problem": "",
        "trail": [(_("Versions of the statement"), reverse("statements:versions"))],
    }
    try:
        found = list(changes(_document(oldest), _document(newest)))
    except BadStatement as error:
        context["problem"] = str(error)
        return render(request, "desk/statements/difference.html", context, status=422)
    context |= {"parts": _parts(found), "total": sum(one.part != "version" for one in found)}
    return render(request, "desk/statements/difference.html", context)


def _document(name: str) -> dict[str, Any]:
    """Return the content of a version that is loaded, or of its file. Raises BadStatement."""
    row = PolicyVersion.objects.filter(pk=name).first()
    return row.document if row else files.load(FOLDER / f"{name}.yaml")


def _parts(found: list[Change]) -> list[tuple[str, list[Shown]]]:
    """Return the changes by part: first the sentences by section, then what carries them out."""
    ranked = sorted((one for one in found if one.part != "version"), key=_rank)
    return [
        (label, [shown for one in group for shown in _shown(one)])
        for label, group in groupby(ranked, key=_label)
    ]


def _rank(change: Change) -> tuple[int, list[int]]:
    order = [*PARTS]
    part = order.index(change.part) if change.part in order else len(order)
    # Sentence 10.1 comes after 9.2.
    is_sentence = change.part == "promises"
    return part, [int(number) for number in change.code.split(".")] if is_sentence else []


def _label(change: Change) -> str:
    label = str(PARTS.get(change.part, change.part))
    if change.part != "promises":
        return label
    section = change.code.partition(".")[0]
    return _("%(part)s, section %(section)s") % {"part": label, "section": section}


def _shown(change: Change) -> Iterator[Shown]:
    """Yield a change field by field, down to the text in each language."""
    came_or_went = change.part == "promises" and not change.field
    for field, old, new in _leaves(change.field, change.old, change.new):
        name = field.rpartition(".")[2]
        if came_or_went and name in OF_FILE:
            continue
        before, after = _text(old, name), _text(new, name)
        kind = "changed" if before and after else "added" if after else "removed"
        yield Shown(
            code=change.code,
            field=" – ".join(str(FIELDS.get(name, name)) for name in field.split(".") if name),
            kind=kind,
            old=before,
            new=after,
            pieces=tuple(pieces(before, after)),
        )


def _keeper(name: str) -> str:
    """Return what keeps a sentence, such as purpose:RTS, in words and with its code."""
    kind, _colon, code = name.partition(":")
    words = str(KINDS.get(kind, kind))
    return f"{words} {code}" if code else words


def _leaves(field: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) or isinstance(new, dict):
        before, after = old or {}, new or {}
        names = [*before, *(name for name in after if name not in before)]
        # Dutch is the published text: it comes first, however the database ordered them.
        for name in sorted(names, key=lambda one: one == "en"):
            if before.get(name) != after.get(name) and name != "code":
                yield from _leaves(f"{field}.{name}", before.get(name), after.get(name))
    else:
        yield field, old, new


def _text(value: Any, field: str = "") -> str:
    if value is None:
        return ""
    if field == "kept_by":
        return ", ".join(_keeper(one) for one in value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
