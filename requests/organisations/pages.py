"""What an organisation is told behind its link: for the page, and in words for encrypted mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from policy.models import DataCategory
from requests.constants import ForwardingState, Right
from requests.identity.constants import AsksFor
from requests.models import Forwarding
from requests.organisations import forwarding
from subjects import notices
from subjects.constants import NoticeEvent, NoticeState
from subjects.models import OrganisationLink, RecipientNotice

MOST = 200  # of each kind in one mail
ASKED: Mapping[str, Promise] = {
    NoticeEvent.RECTIFICATION: gettext_lazy("Correct these data"),
    NoticeEvent.ERASURE: gettext_lazy("Erase these data"),
    NoticeEvent.RESTRICTION: gettext_lazy("Do not use these data for now"),
    NoticeEvent.LIFTED: gettext_lazy("You may use these data again"),
}


@dataclass(frozen=True)
class Shown:
    notice: RecipientNotice
    people: list[dict[str, Any]]
    changes: list[dict[str, Any]]


def notices_shown(rows: Sequence[RecipientNotice]) -> list[Shown]:
    """Return notices with whom they are about and what was corrected."""
    contents = notices.contents_of(rows)
    labels = {row.code: row.name for row in DataCategory.objects.all()}
    shown = []
    for row in rows:
        content = contents.get(row.pk, {})
        people = [
            person
            | {
                "kinds": [labels.get(code, code) for code in person.get("data_categories", [])],
                "received": datetime.fromisoformat(person["received_on"]).date()
                if person.get("received_on")
                else None,
                "born": datetime.fromisoformat(person["birth_date"]).date()
                if person.get("birth_date")
                else None,
            }
            for person in content.get("people", [])
        ]
        shown.append(Shown(row, people, content.get("changes", [])))
    return shown


def forwardings_shown(rows: Sequence[Forwarding]) -> list[dict[str, Any]]:
    """Return requests that were sent on: who asks, what, and the words as they were."""
    contents = forwarding.contents_of(rows)
    rights = dict(Right.choices)
    shown = []
    for row in rows:
        content = contents.get(row.pk)
        if content is None:
            continue
        identity = content["identity"]
        shown.append(
            {
                "row": row,
                "number": content["number"],
                "received_at": datetime.fromisoformat(content["received_at"]),
                "words": content["words"],
                "rights": [rights.get(right, right) for right in content["rights"]],
                "proof": proof_in_words(row),
                "for_another": content.get("asks_for") == AsksFor.OTHER,
                "dossiers": row.dossiers if row.proven_by else [],
                "name": " ".join(
                    filter(None, [identity.get("first_name"), identity.get("last_name")])
                ),
                "birth_date": identity.get("birth_date") or "",
                "emails": identity.get("emails") or [],
                "own_numbers": identity.get("dossier_number") or "",
            }
        )
    return shown


def proof_in_words(row: Forwarding) -> str:
    """Say what is proven of who asks, as it is now: whoever decides establishes it."""
    if not row.proven_by:
        return _(
            "It is not checked by us who asks. Establish it yourself, before you tell them anything"
            " about a customer: also that you have one."
        )
    return _("It was proven to us who asks: %(how)s. Judge yourself whether that is enough.") % {
        "how": row.get_proven_by_display()
    }


def in_words(link: OrganisationLink) -> str:
    """Return in plain words what the page behind a link shows, in the language now active.

    The first MOST_IN_MAIL of each kind: what is more stands behind the link.
    """
    forwarded = Forwarding.objects.filter(link=link, state=ForwardingState.SENT)
    recalled = Forwarding.objects.filter(link=link, state=ForwardingState.RECALL)
    sent = RecipientNotice.objects.filter(link=link, state=NoticeState.SENT)
    parts = [
        *(
            _recall_in_words(one)
            for one in recalled.select_related("request").order_by("pk")[:MOST]
        ),
        *(
            _request_in_words(one)
            for one in forwardings_shown(list(forwarded.order_by("pk")[:MOST]))
        ),
        *(_notice_in_words(one) for one in notices_shown(list(sent.order_by("pk")[:MOST]))),
    ]
    more = max(forwarded.count() - MOST, 0) + max(sent.count() - MOST, 0)
    if more:
        parts.append(_("There are %(count)s more behind the link.") % {"count": more})
    return "\n\n".join(parts)


def _recall_in_words(row: Forwarding) -> str:
    return _(
        "We sent you request %(number)s by mistake: it is not for you. Erase it, and use"
        " nothing of it. Confirm that behind the link."
    ) % {"number": row.request.number}


def _request_in_words(one: Mapping[str, Any]) -> str:
    received = date_format(timezone.localtime(one["received_at"]), "DATETIME_FORMAT")
    lines = [
        _("Request %(number)s") % {"number": one["number"]},
        _line(_("Received by us"), received),
        _line(_("From"), one["name"]),
        _line(_("Born"), one["birth_date"]),
        _line(_("E-mail"), ", ".join(one["emails"])),
        _line(_("Number they gave"), one["own_numbers"]),
        _line(_("Asks"), ", ".join(str(right) for right in one["rights"])),
        _line(_("Dossiers"), ", ".join(str(reference) for reference in one["dossiers"])),
        _("Somebody else asks it for the person.") if one["for_another"] else "",
        one["proof"],
        one["words"],
    ]
    return "\n".join(line for line in lines if line)


def _notice_in_words(one: Shown) -> str:
    lines = [str(ASKED.get(one.notice.event, one.notice.get_event_display()))]
    for person in one.people:
        born = date_format(person["born"], "DATE_FORMAT") if person["born"] else ""
        received = date_format(person["received"], "DATE_FORMAT") if person["received"] else ""
        lines += [
            _line(_("Person"), person.get("name", "")),
            _line(_("Born"), born),
            _line(_("Number"), person.get("number", "")),
            _line(_("You received it on"), received),
            _line(_("Kinds of data"), ", ".join(str(kind) for kind in person["kinds"])),
        ]
    lines.append(_line(_("Our reference"), str(one.notice.dossier_reference)))
    lines += [
        _line(
            _("Corrected"),
            _("%(what)s was “%(old)s” and is “%(new)s”")
            % {"what": change["field"], "old": change["old"], "new": change["new"]},
        )
        for change in one.changes
    ]
    return "\n".join(line for line in lines if line)


def _line(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""
