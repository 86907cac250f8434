"""What made-up people asked, by which way, and how far colleagues came with each."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from django.contrib.auth.models import User
from django.utils import timezone

from desk.demo.lines import CAST
from desk.demo.people import identity_of
from requests import services as requests
from requests.constants import (
    Channel,
    DoubtReason,
    ExtensionReason,
    IdentityMethod,
    Kind,
    MatchState,
    Outcome,
    Right,
    Situation,
)
from requests.decisions import deciding
from requests.decisions.lines import Choice, Key, Line, lines_of
from requests.models import PrivacyRequest
from requests.packs import making
from requests.report import answering
from subjects.constants import RestrictionGround

ACCESS = "Ik wil graag weten welke gegevens u van mij heeft en aan wie u ze gaf."
COPY = "Welke gegevens heeft u over mij, en van wie kreeg u die? Graag een kopie van alles."
WHENCE = "Ik kreeg een brief van u en snap niet hoe u aan mijn adres komt."
IN_ENGLISH = "Please send me a copy of all personal data that you hold about me."
ERASE = "De zaak is betaald. Ik wil dat u al mijn gegevens verwijdert."
BOTH = "Stuur mij eerst een kopie van mijn gegevens, en wis ze daarna."
WRONG = "Mijn adres klopt niet. Ik woon daar al twee jaar niet meer. Wilt u dat aanpassen?"
PAUSE = "Het bedrag klopt niet. Gebruik mijn gegevens niet zolang u dat uitzoekt."
STOP = "Ik maak bezwaar tegen het gebruik van mijn gegevens. Door uw brieven slaap ik slecht."
ADS = "Ik wil geen aanbiedingen meer van u."
TAKE = "Ik wil mijn gegevens meenemen naar mijn schuldhulpverlener."
CONSENT = "U mag mijn gezondheidsgegevens niet meer gebruiken. Ik trek mijn toestemming in."
HUMAN = "Een computer wees mijn betalingsregeling af. Ik wil dat een mens daarnaar kijkt."
NOT_OWED = "Ik ben u niets schuldig. Deze rekening heb ik vorig jaar al betaald."
NOT_HERE = {
    Right.ACCESS: "Heeft u gegevens over mij? Ik kreeg een brief die niet voor mij was.",
    Right.ERASURE: "Ik wil niet meer in uw systeem staan. Verwijder alles wat u van mij heeft.",
}
QUESTION = "Op welk nummer kan ik u bellen over mijn betalingsregeling?"


@dataclass(frozen=True)
class Asked:
    """A request: days since receipt, how far it came, its words and what they ask.

    `by` names somebody of the cast whose file holds what the words are about.
    """

    days: int
    state: str
    words: str
    rights: tuple[Right, ...] = (Right.ACCESS,)
    channel: Channel = Channel.PORTAL
    situation: Situation = Situation.LETTER
    kind: Kind = Kind.REQUEST
    by: tuple[str, str] | None = None


# The first ones come to be where there are few people: one of every state, the rights after that.
ALL = (
    Asked(29, "begun", WHENCE),
    Asked(27, "known", ACCESS),
    Asked(33, "waiting", COPY),
    Asked(20, "matched", BOTH, (Right.ACCESS, Right.ERASURE), Channel.LETTER),
    Asked(12, "second", ERASE, (Right.ERASURE,), situation=Situation.DEBT),
    Asked(
        9,
        "answered",
        ADS,
        (Right.MARKETING,),
        situation=Situation.MARKETING,
        by=("prospect", ""),
    ),
    Asked(40, "answered", IN_ENGLISH),
    Asked(25, "answered", ERASE, (Right.ERASURE,), Channel.EMAIL, Situation.DEBT),
    Asked(6, "begun", WRONG, (Right.RECTIFICATION,), Channel.PHONE),
    Asked(3, "new", STOP, (Right.OBJECTION,)),
    Asked(1, "new", QUESTION, (), kind=Kind.ENQUIRY),
    Asked(0, "new", IN_ENGLISH),
    Asked(45, "answered", COPY),
    Asked(38, "answered", PAUSE, (Right.RESTRICTION,), Channel.LETTER, Situation.DEBT),
    Asked(35, "extended", BOTH, (Right.ACCESS, Right.ERASURE), situation=Situation.DEBT),
    Asked(31, "answered", TAKE, (Right.PORTABILITY,), situation=Situation.DEBT),
    Asked(18, "answered", CONSENT, (Right.CONSENT,), Channel.EMAIL, by=("debtor", "health")),
    Asked(16, "known", HUMAN, (Right.REVIEW,), situation=Situation.DEBT),
    Asked(14, "withdrawn", ACCESS),
    Asked(11, "known", NOT_OWED, (Right.RESTRICTION,), Channel.LETTER, Situation.DISPUTE),
    Asked(8, "second", ERASE, (Right.ERASURE,), Channel.API, Situation.DEBT),
    Asked(5, "known", STOP, (Right.OBJECTION,), situation=Situation.DEBT),
    Asked(4, "new", WRONG, (Right.RECTIFICATION,)),
    Asked(34, "known", ACCESS, channel=Channel.LETTER),
    Asked(60, "answered", ACCESS),
    Asked(52, "answered", IN_ENGLISH, channel=Channel.EMAIL),
    Asked(48, "answered", COPY),
    Asked(2, "new", ADS, (Right.MARKETING,), situation=Situation.MARKETING),
)
WEIGHED = "Wij hebben uw belang afgewogen tegen het onze. Uw belang weegt hier zwaarder."
NO_LONGER_NEEDED = "17.1.a"
AT_ONCE = frozenset([Right.MARKETING, Right.CONSENT])
# People of whom nothing is held ask as well. In a demo of some size enough of them did for the
# figures that anybody may see: a number below five is never told.
STRANGERS = tuple((days, right) for days in range(14, 124, 11) for right in NOT_HERE)
FROM_SUBJECTS = 200
FURTHEST = frozenset(["known", "second", "answered", "extended"])


def ask_all(dice: random.Random, *, seed: int, subjects: int, now: datetime) -> None:
    """Let as many of `ALL` be asked as there are people, each by somebody else."""
    count = min(len(ALL), subjects)
    first = len(CAST) if subjects >= len(CAST) + count else 0
    for number, asked in zip(dice.sample(range(first, subjects), count), ALL, strict=False):
        ask(CAST.index(asked.by) if first and asked.by else number, asked, seed=seed, now=now)
    if subjects >= FROM_SUBJECTS:
        for number, (days, right) in enumerate(STRANGERS, start=subjects):
            _ask_as_stranger(number, right, seed=seed, at=now - timedelta(days=days))


def ask(number: int, asked: Asked, *, seed: int, now: datetime) -> None:
    """Let person `number` ask it, and colleagues do with it what they did by `now`."""
    received = now - timedelta(days=asked.days, minutes=number % 600)
    officer, intake = _pk("privacy-officer"), _pk("intake")
    by_person = asked.channel in (Channel.PORTAL, Channel.API)
    made = requests.submit(
        requests.Submission(
            received_at=received,
            situation=asked.situation,
            identity=identity_of(number, seed),
            words=asked.words,
            rights=asked.rights,
            channel=asked.channel,
            kind=asked.kind,
            language="en" if asked.words == IN_ENGLISH else "nl",
        ),
        **({} if by_person else {"actor": f"user:{intake}"}),
    ).request
    if asked.state == "new":
        return
    requests.propose_matches(made.pk, now=received + timedelta(minutes=1))
    requests.begin(made.pk, officer=officer)
    if asked.state == "waiting":
        _doubt(made, officer, received + timedelta(days=2))
    if asked.state == "withdrawn":
        requests.withdraw(made.pk, actor="person", now=received + timedelta(days=3))
    if asked.state in FURTHEST or asked.state == "matched":
        _match(made, officer, received + timedelta(days=1))
    if asked.state in FURTHEST:
        _recognise(made, received + timedelta(days=1))
    if asked.state == "extended":
        requests.extend_deadline(
            made.pk,
            further_months=1,
            reason=ExtensionReason.COMPLEXITY,
            text="Wij zoeken in oude dossiers van twee bedrijven. Dat kost meer tijd.",
            officer=officer,
            now=received + timedelta(days=20),
        )
    if asked.state in ("second", "answered"):
        _decide(made.pk, officer, received + timedelta(days=asked.days // 2))
    if asked.state == "answered":
        _answer(made.pk, received + timedelta(days=asked.days // 2, hours=2))


def _ask_as_stranger(number: int, right: Right, *, seed: int, at: datetime) -> None:
    """Let somebody ask who is not here, and be answered within two weeks that nothing is held."""
    officer = _pk("privacy-officer")
    made = requests.submit(
        requests.Submission(
            received_at=at,
            situation=Situation.LETTER,
            identity=identity_of(number, seed),
            words=NOT_HERE[right],
            rights=(right,),
            channel=Channel.PORTAL,
            language="nl",
        )
    ).request
    requests.propose_matches(made.pk, now=at)
    requests.begin(made.pk, officer=officer)
    for match in made.matches.all():
        requests.reject_match(match.pk, officer=officer, now=at)
    decided = at + timedelta(days=3 + number % 9)
    requests.decide_without_data(made.pk, Outcome.NOTHING_FOUND, officer=officer, now=decided)
    requests.approve(made.pk, officer=_pk("senior-officer"), now=decided + timedelta(hours=1))
    making.build_pack(made.pk, now=decided + timedelta(hours=2))


def _pk(username: str) -> int:
    return User.objects.get(username=username).pk


def _doubt(made: PrivacyRequest, officer: int, at: datetime) -> None:
    requests.ask_identity(
        made.pk,
        officer=officer,
        now=at,
        reasons=[DoubtReason.SEVERAL_MATCH],
        text="Er wonen twee mensen met uw naam in ons systeem. Wat is uw geboortedatum?",
        without_undue_delay=True,
    )


def _match(made: PrivacyRequest, officer: int, at: datetime) -> None:
    best = made.matches.order_by("-score").first()
    if best is not None:
        requests.confirm_match(best.pk, officer=officer, now=at)
    for other in islice(made.matches.order_by("-score"), 1, None):
        requests.reject_match(other.pk, officer=officer, now=at)


def _recognise(made: PrivacyRequest, at: datetime) -> None:
    requests.confirm_identity(
        made.pk,
        IdentityMethod.IN_PERSON,
        matches=list(made.matches.filter(state=MatchState.CONFIRMED).values_list("pk", flat=True)),
        text="Kwam langs met de brief.",
        # Who says that they saw somebody is not who lets the data go.
        officer=_pk("intake"),
        now=at,
    )
    requests.carry_out_at_once(made.pk, now=at)


def _decide(pk: int, officer: int, at: datetime) -> None:
    choices = dict(_choices(pk, at))
    seen = {key: choice for key, (purpose, choice) in choices.items() if purpose != "AML"}
    if len(seen) < len(choices):
        # A money-laundering check is decided by a colleague who may see it.
        everything = {key: choice for key, (_purpose, choice) in choices.items()}
        deciding.decide(pk, everything, officer=_pk("aml-officer"), now=at)
    deciding.decide(pk, seen, officer=officer, now=at)


def _choices(pk: int, at: datetime) -> Iterator[tuple[Key, tuple[str, Choice]]]:
    asked = PrivacyRequest.objects.get(pk=pk)
    for line in lines_of(asked, answering.held_for(asked), today=timezone.localdate(at)):
        yield line.key, (line.purpose, _choice(line))


def _choice(line: Line) -> Choice:
    """Return what is proposed, and what a colleague adds where that is for people to weigh."""
    choice = line.current or Choice(line.outcomes[0], _article(line))
    for lack in deciding.lacks(line, choice):
        if lack.field == "reason":
            choice = replace(choice, reason=WEIGHED)
        if lack.field == "grounds":
            choice = replace(choice, grounds="Er loopt geen zaak meer; het belang is klein.")
        if lack.field == "ground":
            choice = replace(choice, ground=RestrictionGround.ACCURACY)
    return choice


def _article(line: Line) -> str:
    """Return the article a weighed line rests on: what is erased is no longer needed."""
    fits = line.fits[line.outcomes[0]]
    return NO_LONGER_NEEDED if NO_LONGER_NEEDED in fits else fits[0]


def _answer(pk: int, at: datetime) -> None:
    """Answer it, approved by another than who decided and than who noted who asks."""
    choices = dict(_choices(pk, at))
    deciding.decide_and_approve(
        pk,
        {key: choice for key, (purpose, choice) in choices.items() if purpose != "AML"},
        officer=_pk("senior-officer"),
        now=at,
    )
    making.build_pack(pk, now=at)
