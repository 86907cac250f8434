"""The steps of handling a request, as its page shows them: what each says, and which stand open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from requests.constants import Kind, MatchState, State
from requests.models import PrivacyRequest
from requests.report.words import RTS

ASKED, WHO, IDENTITY, FOUND, DECIDE, LETTER, AFTER = (
    "asked",
    "who",
    "identity",
    "found",
    "decide",
    "letter",
    "done",
)
TITLES: dict[str, Promise] = {
    ASKED: _("What was asked"),
    WHO: _("Who is meant"),
    IDENTITY: _("Who asks"),
    FOUND: _("What was found"),
    DECIDE: _("Decision"),
    LETTER: _("The letter"),
    AFTER: _("After the decision"),
}
# In which step the sections stand that `next_step` names, and the forms that were filled in.
STEP_OF = {
    "told": DECIDE,
    "reviews": DECIDE,
    "complete": DECIDE,
    "close": AFTER,
}
STEP_OF_FORM = {
    "ask_form": IDENTITY,
    "proof_forms": IDENTITY,
    "post_form": IDENTITY,
    "pause_form": AFTER,
    "decisions_form": DECIDE,
    "correction_form": DECIDE,
    "review_form": DECIDE,
}
HANDLED = (State.RECEIVED, State.WAITING, State.HANDLING)


@dataclass(frozen=True)
class PageStep:
    """One step of handling a request: what it says of itself, and how it stands."""

    key: str
    says: str = ""
    is_done: bool = False
    is_now: bool = False

    @property
    def title(self) -> Promise:
        return TITLES[self.key]


def steps_of(privacy_request: PrivacyRequest, shown: Mapping[str, Any]) -> list[PageStep]:
    """Return the steps of the page, in their order; none to who only sees how it stands."""
    if "body" not in shown:
        return []
    if privacy_request.kind != Kind.REQUEST:
        return [PageStep(ASKED, is_now=True)]
    now = open_steps(shown, {})
    handled = privacy_request.state in HANDLED
    begun = privacy_request.state != State.RECEIVED
    steps = [PageStep(ASKED, is_done=begun, is_now=ASKED in now)]
    states = [one.match.state for one in shown["matches"]]
    proposed = MatchState.PROPOSED in states
    steps.append(PageStep(WHO, _meant(shown), bool(states) and not proposed, WHO in now))
    proven = not shown["lacks"] and MatchState.CONFIRMED in states
    steps.append(PageStep(IDENTITY, _proven(shown, proven), proven, IDENTITY in now))
    if shown.get("report"):
        meant = MatchState.CONFIRMED in states
        steps.append(PageStep(FOUND, _found(shown), is_done=meant))
    if shown.get("decisions_form"):
        lines = shown["decisions_form"].lines
        decided = [line for line in lines if line.decided]
        said = _now("%(number)s of %(all)s decided") % {"number": len(decided), "all": len(lines)}
        ready = bool(lines) and len(decided) == len(lines)
        steps.append(PageStep(DECIDE, said if lines else "", ready, DECIDE in now))
    if (shown.get("letter") or {}).get("rights") or shown["answers"]:
        steps.append(PageStep(LETTER, is_done=not handled))
    if shown["decisions"] or shown["effects"]:
        ended = privacy_request.state in (State.CLOSED, State.WITHDRAWN)
        steps.append(PageStep(AFTER, is_done=ended, is_now=AFTER in now))
    return steps


def _meant(shown: Mapping[str, Any]) -> str:
    confirmed = [one.number for one in shown["matches"] if one.match.state == MatchState.CONFIRMED]
    if confirmed:
        numbers = ", ".join(str(number) for number in confirmed)
        said = ngettext("Person %(numbers)s", "Persons %(numbers)s", len(confirmed))
        return said % {"numbers": numbers}
    if not shown["matches"]:
        return _now("nobody was found")
    states = {one.match.state for one in shown["matches"]}
    if MatchState.PROPOSED in states:
        return _now("nobody yet")
    return _now("somebody who has died") if MatchState.DECEASED in states else _now("nobody")


def _proven(shown: Mapping[str, Any], proven: bool) -> str:
    if proven:
        return _now("it is proven")
    return _now("still to be proven") if shown["lacks"] else ""


def _found(shown: Mapping[str, Any]) -> str:
    """Say how many dossiers were found, and how many of them the answer does not show."""
    held = [purpose for purpose in shown["report"]["purposes"] if purpose["code"] != RTS]
    told = {one["reference"] for purpose in held for one in purpose["dossiers"]}
    there = told | {str(line.key.dossier) for line in shown["decisions_form"].lines}
    said = ngettext("%(number)s dossier", "%(number)s dossiers", len(there))
    counted = said % {"number": len(there)}
    if not (hidden := len(there - told)):
        return counted
    return _now("%(counted)s, %(number)s not shown") % {"counted": counted, "number": hidden}


def open_steps(shown: Mapping[str, Any], forms: Mapping[str, Any]) -> set[str]:
    """Return which steps stand open: that of what is to be done now, and of what was filled in."""
    found = {STEP_OF_FORM[name] for name in forms if name in STEP_OF_FORM}
    now = shown.get("now")
    if now is None:
        return found
    section = now.section or AFTER
    return found | {STEP_OF.get(section, section)}
