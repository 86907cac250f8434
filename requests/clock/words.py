"""Each computation of the due date in a sentence, for officers and for the person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from requests.constants import Cause, ExtensionReason, QuestionAbout
from requests.models import ClockEvent

OUTCOMES: dict[bool, Promise] = {
    True: gettext_lazy("The answer is due on %(due)s."),
    False: gettext_lazy("There is no due date until our question is answered."),
}


@dataclass(frozen=True)
class Told:
    """When the date was computed, and why, in a sentence."""

    at: datetime
    sentence: str


def told(events: Iterable[ClockEvent]) -> list[Told]:
    """Return a sentence for each computation, in the order given and the active language."""
    return [Told(event.noted_at, sentence_of(event)) for event in events]


def sentence_of(event: ClockEvent) -> str:
    """Return why the date was computed, and what came of it."""
    due = date_format(event.due_on, "DATE_FORMAT") if event.due_on else ""
    return f"{_cause(event)} {OUTCOMES[event.due_on is not None] % {'due': due}}"


def _cause(event: ClockEvent) -> str:
    facts = event.facts
    if event.cause == Cause.RECEIVED:
        return _("The request was received on %(day)s.") % {"day": _day(facts["received_on"])}
    if event.cause == Cause.ASKED:
        return _asked(facts["about"], _day(facts["asked_on"]), facts["without_undue_delay"])
    if event.cause == Cause.ANSWERED and facts.get("unanswered"):
        return _("Our question was not answered; on %(day)s we went on without.") % {
            "day": _day(facts["answered_on"])
        }
    if event.cause == Cause.ANSWERED:
        return _("The question was answered on %(day)s.") % {"day": _day(facts["answered_on"])}
    reason = ExtensionReason(facts["reason"]).label
    months = facts["further_months"]
    said = ngettext(
        "On %(day)s we said that we take one month more: %(reason)s.",
        "On %(day)s we said that we take %(months)s months more: %(reason)s.",
        months,
    )
    return said % {
        "months": months,
        "day": _day(facts["notified_on"]),
        "reason": str(reason).lower(),
    }


def _asked(about: str, day: str, stops: bool) -> str:
    asked = {
        QuestionAbout.IDENTITY: _("On %(day)s we asked who you are."),
        QuestionAbout.PROCESSING: _("On %(day)s we asked which use of data is meant."),
    }[QuestionAbout(about)]
    said = asked % {"day": day}
    if stops:
        return said
    # Only a question that came without undue delay may stop the clock.
    runs_on = _("That question does not stop the clock.")
    return f"{said} {runs_on}"


def _day(iso: str) -> str:
    return date_format(date.fromisoformat(iso), "DATE_FORMAT")
