"""What follows from a request elsewhere: systems, recipients, sellers; for the officer's page."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests.belongings import belongings_of
from requests.constants import UNANSWERED
from requests.models import PrivacyRequest
from requests.services import sellers
from subjects import recipients_told
from subjects.constants import ImpossibleReason, InstructionState, NoticeState
from subjects.unseen import AML


def told(
    privacy_request: PrivacyRequest, *, may_forward: bool, sees_aml: bool, today: date
) -> dict[str, Any]:
    """Return the context of `requests/_told.html`, as far as this colleague may see it."""
    without = [] if sees_aml else [AML]
    open_one = may_forward and privacy_request.state in UNANSWERED
    forward_by = sellers.forward_by(privacy_request.received_on)
    belongings = belongings_of(privacy_request)
    given = [one for one in belongings.instructions if one.purpose not in without]
    forwardings = list(belongings.forwardings)
    sent_on = {reference for row in forwardings for reference in row.dossiers}
    return {
        "instructions_open": [row for row in given if row.state != InstructionState.ACKNOWLEDGED],
        "instructions_given": len(given),
        "recipients_told": recipients_told.told_of(belongings.notices, without=without),
        "forwardings": forwardings,
        "forward_by": forward_by,
        "forward_left": (forward_by - today).days,
        "to_forward": [
            dossier
            for dossier in (sellers.to_forward(privacy_request) if open_one else [])
            if dossier.reference not in sent_on
        ],
    }


# Why somebody was not told, in the words for the person.
WHY_NOT: dict[str, Promise] = {
    ImpossibleReason.NO_ADDRESS: _(
        "%(who)s: we could not tell them. We have no address of theirs."
    ),
    ImpossibleReason.ENDED: _("%(who)s: we could not tell them. They do not exist any more."),
    ImpossibleReason.EFFORT: _("%(who)s: we did not tell them. It would take too much effort."),
    ImpossibleReason.NO_ANSWER: _(
        "%(who)s: we told them on %(day)s. They did not answer within 60 days."
    ),
}


def for_person(privacy_request: PrivacyRequest) -> list[str]:
    """Return whom we told of what followed from a request, and what became of it, in sentences.

    Source: GDPR Article 19, last sentence.
    """
    return [_sentence(one) for one in recipients_told.told(privacy_request.reference)]


def _sentence(one: recipients_told.Told) -> str:
    facts = {
        "who": f"{one.recipient} ({one.event_label})",
        "day": date_format(one.day) if one.day else "",
        "ended": date_format(one.ended) if one.ended else "",
    }
    if one.state == NoticeState.IMPOSSIBLE:
        words = WHY_NOT[one.reason]
    elif one.state == NoticeState.ACKNOWLEDGED and one.day:
        words = _("%(who)s: we told them on %(day)s. They confirmed it on %(ended)s.")
    elif one.state == NoticeState.ACKNOWLEDGED:
        words = _("%(who)s: they know it. They confirmed it on %(ended)s.")
    elif one.day:
        words = _("%(who)s: we told them on %(day)s. They have not confirmed it yet.")
    else:
        words = _("%(who)s: we have not told them yet. We will.")
    return str(words) % facts
