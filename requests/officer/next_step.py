"""What is to be done now with a request, in one sentence, from how it stands: a plain function."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests.constants import OPEN, Kind, State


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a request stands, for one colleague.

    `stop_today` tells that marketing must end and nobody said yet who is meant.
    `undecided` are lines without a decision, `hidden` those that another role decides; `decided`
    tells whether anything was decided. `by_me` tells that this colleague decided what another
    must approve, `proved_by_me` that they alone noted who asks; `copy_kept` that a copy of an
    identity document is still here. `gaps_pass` tells that all that is missing comes by itself.
    `waits` tells that something decided is not carried out, or not confirmed, yet.
    """

    kind: str
    state: str
    stop_today: bool = False
    duplicates: bool = False
    to_forward: bool = False
    proposed: bool = False
    lacks_mandate: bool = False
    lacks_proof: bool = False
    copy_kept: bool = False
    reviews: bool = False
    undecided: int = 0
    hidden: int = 0
    decided: bool = False
    gaps: bool = False
    gaps_pass: bool = False
    by_me: bool = False
    proved_by_me: bool = False
    may_approve: bool = True
    waits: bool = False


@dataclass(frozen=True)
class Step:
    """What to do, and the section of the page where that is done; empty where nothing is.

    `item` is what the checklist calls it, and `waits` tells that it waits for others.
    """

    words: Promise
    section: str = ""
    is_stuck: bool = False
    item: Promise | str = ""
    waits: bool = False


BEGIN = Step(
    _("Read what was asked, and begin to handle it."), "asked", item=_("Begin to handle it")
)
ANSWER_QUESTION = Step(_("Answer this question, or treat it as a request."), "asked")
ENDED = Step(_("Nothing: this request has ended."))
PERSON = Step(
    _("We wait for the person’s answer to our question."),
    "asked",
    item=_("The person answers our question"),
    waits=True,
)
DUPLICATE = Step(
    _("Look whether this is the same as an earlier request; if not, begin to handle it."),
    "asked",
    item=_("Is it the same as an earlier request?"),
)
SAME = Step(_("Say whether this is the same as an earlier request."), "asked", item=DUPLICATE.item)
STOP_TODAY = Step(
    _(
        "Today: say of each person who is proposed whether this is the one who is meant."
        " Marketing to them ends with that; nobody has to prove who asks."
    ),
    "who",
)
WHO = Step(_("Say of each person who is proposed whether this is the one who is meant."), "who")
MANDATE = Step(_("Note who asks for another person, and by what authority."), "identity")
PROOF = Step(_("Find out who asks: something is still to be proven."), "identity")
COPY = Step(_("Destroy the copy of the identity document: who asks is noted."), "identity")
FORWARD = Step(
    _("Send on to the seller what the seller decides about: it waits for no proof."), "told"
)
REVIEW = Step(_("Look again at what a computer decided, and decide anew."), "reviews")
DECIDE = Step(_("Decide: the proposals stand there."), "decide")
ANOTHER_ROLE = Step(
    _("A colleague who may see money-laundering checks decides the rest."), "decide"
)
GAPS = Step(_("Something that the law asks for is missing: see what."), "complete")
SECOND = Step(_("Another colleague approves this: you decided it."), "decide")
PROVED = Step(_("Another colleague approves this: you alone noted who asks."), "identity")
APPROVER = Step(_("A colleague who may approve does so."), "decide")
APPROVE = Step(_("Read the letter, and approve it."), "decide")
STUCK = Step(_("The answer cannot be made: see what is missing."), "complete", is_stuck=True)
UNDER_WAY = Step(
    _("Nothing: the answer goes when what is still under way is done: see what."), "complete"
)
MAKING = Step(_("Nothing: the answer is being made."))
CARRYING_OUT = Step(_("It is answered. Others must still carry it out or confirm it."), "done")
CLOSE = Step(_("It is answered, and all is carried out: close it."), "close")


def next_step(now: Standing) -> Step:
    """Return the first thing that is to be done, in the order in which a request is handled."""
    ended = next((step for applies, step in _by_state(now) if applies), None)
    if ended:
        return ended
    if now.stop_today:
        return STOP_TODAY
    if now.state == State.WAITING and now.to_forward and not now.duplicates:
        # The seller waits for no answer of the person to us.
        return FORWARD
    if first := begun(now):
        return first[0]
    return next((step for applies, step in _handling(now) if applies), APPROVE)


def begun(now: Standing) -> list[Step]:
    """Return what comes before the handling of a request; the checklist names each of them."""
    same = DUPLICATE if now.state == State.RECEIVED else SAME
    steps = [
        (now.duplicates, same),
        (now.state == State.RECEIVED, BEGIN),
        (now.state == State.WAITING, PERSON),
    ]
    return [step for applies, step in steps if applies]


def _by_state(now: Standing) -> list[tuple[bool, Step]]:
    return [
        (now.state == State.ANSWERED and now.waits, CARRYING_OUT),
        (now.state == State.ANSWERED, CLOSE),
        (now.state not in OPEN, ENDED),
        (now.kind != Kind.REQUEST, ANSWER_QUESTION),
        (now.state == State.APPROVED and now.gaps and now.gaps_pass, UNDER_WAY),
        (now.state == State.APPROVED and now.gaps, STUCK),
        (now.state == State.APPROVED, MAKING),
    ]


def _handling(now: Standing) -> list[tuple[bool, Step]]:
    return [
        (now.proposed, WHO),
        (now.to_forward, FORWARD),
        (now.lacks_mandate, MANDATE),
        (now.lacks_proof, PROOF),
        (now.copy_kept, COPY),
        (now.reviews, REVIEW),
        (now.undecided > 0 or not (now.decided or now.hidden), DECIDE),
        (now.hidden > 0, ANOTHER_ROLE),
        (now.gaps, GAPS),
        (now.by_me, SECOND),
        (now.proved_by_me and now.may_approve, PROVED),
        (not now.may_approve, APPROVER),
    ]
