"""What of a request is done and what is not, each with the place where that is mended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from requests.constants import Direction, Kind, MatchState, Right, State
from requests.decisions.lines import Line
from requests.identity.constants import AsksFor
from requests.models import PrivacyRequest
from requests.officer.next_step import Standing, begun
from requests.report.completeness import Missing

HANDLED = (State.RECEIVED, State.WAITING, State.HANDLING)
OF_DECISION = ("outcome", "article", "reason", "client", "client_contact")
SECTIONS = {
    "mandate": "#identity",
    "asked_who": "#identity",
    "forwarded": "#told",
    "told": "#told",
    "told_later": "#told",
    "deed": "#done",
}


@dataclass(frozen=True)
class Item:
    """One thing that must be there: `href` is where it is done; `waits` is for others."""

    words: str
    href: str = ""
    is_done: bool = False
    waits: bool = False


class Places:
    """Where on the page, or on which page, each lack of an answer is mended."""

    def __init__(self, privacy_request: PrivacyRequest, lines: Sequence[Line]) -> None:
        self.request, self.lines = privacy_request, lines

    def of(self, gap: Missing) -> str:
        if gap.what == "review" or (gap.right == Right.REVIEW and gap.what == "reason"):
            return "#reviews"
        if gap.what == "told_one":
            return reverse("told:recipients")
        if gap.what in SECTIONS:
            return SECTIONS[gap.what]
        if gap.what == "redaction":
            return self._address("redactions")
        if gap.right or gap.what in OF_DECISION:
            return self._line(gap)
        return f"{self._address('found')}#lacks{f'-{gap.dossier}' if gap.dossier else ''}"

    def _line(self, gap: Missing) -> str:
        for line in self.lines:
            if gap.right in ("", line.right) and gap.dossier in ("", str(line.key.dossier)):
                return f"#line-{line.key.name}"
        return "#decide"

    def _address(self, name: str) -> str:
        return reverse(f"requests:{name}", args=[self.request.reference])


def checklist(
    privacy_request: PrivacyRequest, shown: Mapping[str, Any], now: Standing
) -> list[Item]:
    """Return what must be there for an answer, in the order in which it is handled.

    `shown` is the context of the page, and `now` how the request stands. For a question there is
    one thing: its answer.
    """
    if shown.get("open_question"):
        place = reverse("requests:letter", args=[privacy_request.reference])
        return [Item(_("Answer it, or treat it as a request"), place)]
    if privacy_request.kind != Kind.REQUEST or "body" not in shown:
        return []
    items = list[Item]()
    if privacy_request.state in HANDLED:
        first, then = list(_begun(now)), _who(privacy_request, shown)
        if privacy_request.state == State.WAITING:
            items += _sellers(shown)
        # What must be done today comes before what begins the handling.
        items += [*then, *first] if now.stop_today else [*first, *then]
    if shown.get("decisions_form"):
        items += [*_decided(privacy_request, shown), *_gaps(shown)]
    return [*items, *_of_others(privacy_request, shown)]


def _begun(now: Standing) -> Iterator[Item]:
    for step in begun(now):
        yield Item(str(step.item), f"#{step.section}", waits=step.waits)


def _who(privacy_request: PrivacyRequest, shown: Mapping[str, Any]) -> Iterator[Item]:
    matches = [one.match.state for one in shown["matches"]]
    proposed = matches.count(MatchState.PROPOSED)
    if proposed:
        words = ngettext(
            "Is the person who is proposed the one who is meant?",
            "Who of the %(number)s people who are proposed is meant?",
            proposed,
        )
        yield Item(words % {"number": proposed}, "#who")
    else:
        yield Item(_("It is decided who is meant"), "#who", is_done=True)
    if privacy_request.state != State.WAITING:
        yield from _sellers(shown)
    if privacy_request.asks_for == AsksFor.OTHER and not shown.get("mandate"):
        yield Item(_("No mandate was noted of who asks for another"), "#identity")
    for words in shown["lacks"]:
        yield Item(words, "#identity")
    for _copy in shown["copies"]:
        yield Item(_("Destroy the copy of the identity document that was looked at"), "#identity")
    if not shown["lacks"] and MatchState.CONFIRMED in matches:
        yield Item(_("It is proven who asks"), "#identity", is_done=True)


def _sellers(shown: Mapping[str, Any]) -> Iterator[Item]:
    """Yield what goes on to a seller, and by when: that waits for no proof of who asks."""
    if number := len(shown["to_forward"]):
        words = ngettext(
            "Send %(number)s dossier on to the seller, by %(day)s",
            "Send %(number)s dossiers on to the seller, by %(day)s",
            number,
        )
        day = date_format(shown["forward_by"])
        late = _("%(words)s: that day has passed") if shown["forward_left"] < 0 else "%(words)s"
        yield Item(late % {"words": words % {"number": number, "day": day}}, "#told")


def _decided(privacy_request: PrivacyRequest, shown: Mapping[str, Any]) -> Iterator[Item]:
    if any(one.waits for one in shown.get("reviews", ())):
        yield Item(_("Decide anew what a computer decided"), "#reviews")
    lines = shown["decisions_form"].lines
    open_ones = [line for line in lines if line.decided is None]
    # A right of which nothing is decided stands among the gaps, with its article.
    named = {gap.right_code for gap in shown["gaps"] if gap.is_outcome}
    undecided = [line for line in open_ones if line.right not in named]
    if undecided:
        words = _("Decide: %(number)s of %(all)s lines are still open")
        counts = {"number": len(undecided), "all": len(lines)}
        yield Item(words % counts, f"#line-{undecided[0].key.name}")
    elif lines and not open_ones:
        yield Item(_("Everything that is asked is decided"), "#decide", is_done=True)
    if hidden := shown.get("hidden_lines"):
        words = ngettext(
            "%(number)s line waits for a colleague who may see money-laundering checks",
            "%(number)s lines wait for a colleague who may see money-laundering checks",
            hidden,
        )
        yield Item(words % {"number": hidden}, "#decide", waits=True)
    if privacy_request.state == State.HANDLING and _needs_second(shown):
        yield Item(_("Another colleague approves what was decided"), "#decide", waits=True)


def _needs_second(shown: Mapping[str, Any]) -> bool:
    return any(one.needs_second and one.approved_at is None for one in shown["decisions"])


def _gaps(shown: Mapping[str, Any]) -> Iterator[Item]:
    """Yield what the law asks for and the answer lacks, each with its article."""
    gaps = shown["gaps"]
    for gap in gaps:
        yield Item(str(gap), gap.href, waits=gap.passes)
    if not gaps:
        yield Item(_("Everything that the law asks for is there."), "#letter", is_done=True)


def _of_others(privacy_request: PrivacyRequest, shown: Mapping[str, Any]) -> Iterator[Item]:
    """Yield what waits for others: deeds, systems, recipients, sellers; and then the end."""
    waiting = shown["effects_waiting"]
    if waiting:
        words = ngettext(
            "%(number)s thing that was decided is still carried out",
            "%(number)s things that were decided are still carried out",
            waiting,
        )
        yield Item(words % {"number": waiting}, "#done", waits=True)
    if number := len(shown["instructions_open"]):
        words = ngettext(
            "%(number)s instruction waits for a source system",
            "%(number)s instructions wait for a source system",
            number,
        )
        yield Item(words % {"number": number}, "#told", waits=True)
    untold = sum(1 for one in shown["recipients_told"] if one.day is None and not one.reason)
    if untold:
        words = ngettext(
            "%(number)s recipient is still to be told",
            "%(number)s recipients are still to be told",
            untold,
        )
        yield Item(words % {"number": untold}, "#told", waits=True)
    if _wrote_since(privacy_request, shown):
        words = _(
            "Read what the person wrote since the answer: what is asked anew is a new request"
        )
        yield Item(words, "#messages")
    if privacy_request.state == State.ANSWERED and not (waiting or shown["instructions_open"]):
        yield Item(_("Close this request"), "#close")


def _wrote_since(privacy_request: PrivacyRequest, shown: Mapping[str, Any]) -> bool:
    """Tell whether the last word after the answer is the person's."""
    answered, letters = privacy_request.answered_at, shown.get("letters") or ()
    if privacy_request.state != State.ANSWERED or answered is None or not letters:
        return False
    newest = letters[-1][0]
    return newest.direction == Direction.BY_PERSON and newest.sent_at > answered
