"""Taking in a letter, a call or an e-mail: what came first, then what it asks.

What was typed and the files stand sealed in a draft between the two; only the browser that began
it may go on with it. Nothing is a request before an officer says so.
"""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alektum_privacy.access import needs
from audit import services as audit
from policy.identifiers import mask_bsn
from requests import services, tasks
from requests.constants import (
    RIGHTS_OF_MENTION,
    Channel,
    Kind,
    Mention,
    Situation,
)
from requests.exceptions import Incomplete, OwnFile, RuleBroken
from requests.files.mail_files import decoded, read_mail
from requests.files.types import MAIL, TEXT, FileRefused, NewFile, looked_at
from requests.files.uploads import taken, takes_files
from requests.form_fields import WORDS
from requests.intake.entry_forms import LOCAL, NEW, ArrivedForm, EntryForm
from requests.intake.recognise import Recognised, Span, marked, recognise
from requests.intake.represented import speaks_for_somebody
from requests.intake.sender import sender_in
from requests.models import PortalDraft, PrivacyRequest
from requests.portal import drafts

ENTRIES = "entries"
MOST_ENTRIES = 20
UNPROCESSABLE = 422
ADD = "requests.add_privacyrequest"


@needs(ADD)
@takes_files("requests/too_much.html")
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Take what came: words, files, or both."""
    if request.method != "POST":
        return render(request, "requests/enter.html", {"form": ArrivedForm()})
    form = ArrivedForm(_masked(request), request.FILES)
    draft = _draft_of(request, request.POST.get("draft", "")) or _begin(request)
    # An e-mail is opened below: what of it is a program is left out, and said.
    good, refused = taken(request.FILES.getlist("papers"), checked=lambda file: file)
    valid = form.is_valid()
    for name, error in refused:
        form.add_error("papers", f"{name}: {error.reason}")
    entry, mails = _entry_of(draft), list[NewFile]()
    for file in good:
        try:
            mails += _keep(draft, entry, file)
        except FileRefused as error:
            form.add_error("papers", f"{file.name}: {error.reason}")
    # What was typed goes over what a file says.
    typed = {name: form.data.get(name) or "" for name in ("channel", "received_at", "words")}
    entry |= {name: value for name, value in typed.items() if value}
    drafts.keep(draft.reference, "entry", entry, now=timezone.now())
    if not entry.get("words") and not draft.files.exists() and "words" not in form.errors:
        form.add_error("words", _("Write what came, or choose a file."))
    if valid and not entry.get("received_at"):
        form.add_error("received_at", _("Write when it reached us."))
    if form.errors:
        return _arrived(request, form, draft)
    return redirect("requests:look", draft=draft.reference)


def _masked(request: HttpRequest) -> Any:
    data = request.POST.copy()
    for name in ("words", *(key for key in data if key not in ("words", "csrfmiddlewaretoken"))):
        words, found = mask_bsn(data.get(name) or "")
        if found:
            data[name] = words
            messages.warning(request, _("A citizen service number (BSN) was masked."))
    return data


def _arrived(request: HttpRequest, form: ArrivedForm, draft: PortalDraft) -> HttpResponse:
    again = cast(QueryDict, form.data).copy()
    again["draft"] = str(draft.reference)
    form.data = again
    context = {"form": form, "files": drafts.file_names(draft)}
    return render(request, "requests/enter.html", context, status=UNPROCESSABLE)


def _begin(request: HttpRequest) -> PortalDraft:
    draft = drafts.start(language="nl", now=timezone.now())
    known = request.session.get(ENTRIES, [])
    request.session[ENTRIES] = [*known, str(draft.reference)][-MOST_ENTRIES:]
    return draft


def _draft_of(request: HttpRequest, reference: str) -> PortalDraft | None:
    """Return the draft that this browser began and has not handed in."""
    if not reference or reference not in request.session.get(ENTRIES, []):
        return None
    return drafts.find(UUID(reference), now=timezone.now())


def _entry_of(draft: PortalDraft) -> dict[str, str]:
    return dict(drafts.answers_of(draft).get("entry", {}))


def _keep(draft: PortalDraft, entry: dict[str, str], file: NewFile) -> list[NewFile]:
    """Keep a file, and of an e-mail what it says; what the draft has already stays."""
    if file.media_type == TEXT and not entry.get("words"):
        entry["words"] = mask_bsn(decoded(file.content))[0][:WORDS]
    if file.media_type != MAIL:
        drafts.add_file(draft.reference, file)
        return []
    mail = read_mail(file.content, now=timezone.now())
    words, has_bsn = mask_bsn(mail.words)
    first, _space, last = mail.name.partition(" ")
    said = {
        "words": words[:WORDS],
        "email": mail.address,
        "first_name": first if last else "",
        "last_name": last or first,
        "message_id": mail.message_id,
        "channel": Channel.EMAIL.value,
        "received_at": "",
    }
    if speaks_for_somebody(words):
        # Who sent it is not whom it is about; the e-mail itself is kept beside.
        said |= {"email": "", "first_name": "", "last_name": ""}
    if mail.reached_at is not None:
        said["received_at"] = timezone.localtime(mail.reached_at).strftime(LOCAL)
    for name, value in said.items():
        if value and not entry.get(name):
            entry[name] = value
    for one in mail.files:
        drafts.add_file(draft.reference, one)
    if mail.refused:
        raise FileRefused(_("some of its files are programs or unknown: they were left out."))
    # As it came, for proof; not where it holds what we may not keep.
    if not has_bsn:
        drafts.add_file(draft.reference, looked_at(file.name, file.content))
    return [file]


# --- what it asks ----------------------------------------------------------------------------


@needs(ADD)
@takes_files("requests/too_much.html")
@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest, draft: UUID) -> HttpResponse:
    """Show what was read in it, with the words that show it; take it in as the officer says."""
    found_draft = _draft_of(request, str(draft))
    if found_draft is None:
        raise Http404
    if found_draft.request is not None:
        return redirect("requests:show", reference=found_draft.request.reference)
    entry = _entry_of(found_draft)
    if request.method != "POST":
        return _look(request, found_draft, entry)
    data = _masked(request)
    names = [name for name in EntryForm.base_fields if name not in ("joins", "seen")]
    typed = {
        name: " ".join(data.getlist(name)) if name in ("rights", "mentions") else data.get(name, "")
        for name in names
    }
    drafts.keep(found_draft.reference, "entry", entry | typed, now=timezone.now())
    if "read" in request.POST:
        return redirect("requests:look", draft=draft)
    return _take_in(request, found_draft, entry, data)


def _take_in(
    request: HttpRequest, draft: PortalDraft, entry: dict[str, str], data: Any
) -> HttpResponse:
    found = recognise(data.get("words") or "")
    first = EntryForm(data)
    first.is_valid()
    form = EntryForm(data, alike=_alike(first.identity(), found, entry))
    if not form.is_valid():
        return _page(request, draft, form, found, status=UNPROCESSABLE)
    now, actor = timezone.now(), audit.actor_of(cast(User, request.user))
    letter_id = entry.get("message_id", "")
    submission = form.submission(found, letter_id=letter_id, now=now)
    try:
        if form.joined is not None:
            shown = bool(form.cleaned_data.get("shown"))
            made = drafts.join(
                draft.reference, form.joined, submission, actor=actor, now=now, shown=shown
            )
            words = _("It was put with request %(number)s; no clock changes.")
        else:
            submitted = drafts.hand_in(draft.reference, submission, actor=actor, now=now)
            made, words = submitted.request, _("Request %(number)s was taken in.")
            if made.kind == Kind.REQUEST:
                tasks.soon(tasks.propose_matches, made.pk)
            if submitted.mail_id is not None:
                tasks.soon(tasks.send_mail, submitted.mail_id)
    except OwnFile:
        form.add_error(None, _("This may be your own request: let a colleague enter it."))
        return _page(request, draft, form, found, status=409)
    except RuleBroken as error:
        if isinstance(error, Incomplete) and form.cleaned_data.get("shown"):
            words = _("It is not proven yet who has that page: leave it off, or prove that first.")
            form.add_error("shown", words)
            return _page(request, draft, form, found, status=UNPROCESSABLE)
        form.add_error("joins", _("That request has ended meanwhile: take this in as a new one."))
        return _page(request, draft, form, found, status=409)
    messages.success(request, words % {"number": made.number})
    return redirect("requests:show", reference=made.reference)


def _alike(
    identity: dict[str, Any], found: Recognised, entry: dict[str, str]
) -> list[PrivacyRequest]:
    letter = services.letter_digest(entry.get("message_id", ""), entry.get("words", ""))
    return services.alike(identity, now=timezone.now(), numbers=found.numbers, letter=letter)


def _look(request: HttpRequest, draft: PortalDraft, entry: dict[str, str]) -> HttpResponse:
    found = recognise(entry.get("words", ""))
    sender = sender_in(entry.get("words", ""))
    said = {field: one.value for field, one in sender.items()}
    typed = {name: value for name, value in entry.items() if value}
    initial: dict[str, Any] = said | _proposed(found) | typed
    for name in ("rights", "mentions"):
        if name in entry:
            initial[name] = entry[name].split()
    probe = EntryForm(initial)
    probe.is_valid()
    alike = _alike(probe.identity(), found, entry)
    open_ones = [one for one in alike if one.is_open]
    reminds = Mention.REMINDER in found.mentions and len(open_ones) == 1
    initial["joins"] = open_ones[0].number if reminds else NEW
    form = EntryForm(initial=initial, alike=alike)
    # What stands in the field comes from there, but where a file or somebody typed otherwise.
    form.tell_where({one: sender[one].why for one in sender if one not in typed})
    return _page(request, draft, form, found)


def _proposed(found: Recognised) -> dict[str, Any]:
    """Return what the form proposes: what was read, and what a dispute or mistake asks for."""
    mentions = list(found.mentions)
    follow = [right for one in mentions for right in RIGHTS_OF_MENTION.get(one, ())]
    situation = Situation.UNKNOWN
    if Mention.DISPUTE in mentions:
        situation = Situation.DISPUTE
    if Mention.MISTAKEN in mentions:
        situation = Situation.NOT_ME
    return {
        "kind": found.kind,
        "rights": list(dict.fromkeys([*map(str, found.rights), *map(str, follow)])),
        "mentions": [str(one) for one in mentions],
        "language": found.language,
        "situation": situation,
    }


def _page(
    request: HttpRequest,
    draft: PortalDraft,
    form: EntryForm,
    found: Recognised,
    status: int = 200,
) -> HttpResponse:
    words = str(form["words"].value() or "")
    spans: dict[Span, str] = {}
    for meaning, of in [*found.rights.items(), *found.mentions.items()]:
        for span in of:
            known = [spans[span]] if span in spans else []
            spans[span] = ", ".join([*known, str(meaning.label)])
    shown = [
        (right.label, found.article_of(right), [words[one.start : one.end] for one in of])
        for right, of in found.rights.items()
    ]
    also = [
        (one.label, "", [words[span.start : span.end] for span in of])
        for one, of in found.mentions.items()
    ]
    context = {
        "form": form,
        "pieces": list(marked(words, spans)),
        "shown": [*shown, *also],
        "articles": sorted({one.article for one in found.articles if not one.mentioned}),
        "unread": found.unread,
        "for_another": speaks_for_somebody(words),
        "files": drafts.file_names(draft),
        "rights_follow": [one for one in found.mentions if one in RIGHTS_OF_MENTION],
    }
    return render(request, "requests/look.html", context, status=status)
