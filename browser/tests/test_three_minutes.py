"""Asking takes somebody who is not quick less than three minutes on a telephone."""

import sys
from typing import Any, NamedTuple

import pytest
from django.core.cache import cache

from browser.three_minutes import LIMIT_SECONDS, Person
from browser.walking import NARROW
from policy.tests.makers import load_policy
from requests.constants import Right, Situation, Wish
from requests.identity.constants import AsksFor, MandateKind
from requests.models import PrivacyRequest
from requests.portal import views as portal_views

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keystore"]),
    pytest.mark.timeout(900),
    pytest.mark.long,
]
OTHERWISE = "Iets anders"
TYPED = {
    "first_name": "Fatima",
    "last_name": "El Amrani",
    "birth_date": "9-3-1984",
    "postcode": "3581 AB",
    "number": "12",
    "email": "f.elamrani@example.nl",
    "dossier_number": "4417-20931",
    "representative_name": "Mr. J. de Vos",
}
CHOSEN: dict[str, str] = {
    "situation": Situation.LETTER,
    "asks_for": AsksFor.SELF,
    "representative_kind": MandateKind.LAWYER,
}


class Way(NamedTuple):
    """What somebody presses on the front page, chooses and writes; and what must come of it."""

    pressed: str
    words: str
    wishes: set[Wish]
    rights: set[Right]
    chosen: dict[str, str] = {}
    typed: dict[str, str] = {}


WAYS = {
    "access": Way(
        "mijn gegevens zien", "Ik wil weten wat u van mij heeft.", {Wish.SEE}, {Right.ACCESS}
    ),
    "rectification": Way(
        "klopt iets niet",
        "",
        {Wish.WRONG},
        {Right.RECTIFICATION},
        typed={"wrong": "Mijn huisnummer is fout: u heeft 21", "right": "Het is 12"},
    ),
    "erasure": Way(
        "Wis mijn gegevens", "Wis alles wat u van mij heeft.", {Wish.ERASE}, {Right.ERASURE}
    ),
    "restriction": Way(
        OTHERWISE, "Gebruik mijn gegevens een tijd niet.", {Wish.PAUSE}, {Right.RESTRICTION}
    ),
    "objection": Way(
        OTHERWISE,
        "Ik maak bezwaar tegen het gebruik van mijn gegevens.",
        {Wish.STOP},
        {Right.OBJECTION},
    ),
    "marketing": Way("reclame", "Stuur mij geen reclame meer.", {Wish.ADS}, {Right.MARKETING}),
    "portability": Way(
        OTHERWISE,
        "Ik wil mijn gegevens meenemen naar een ander.",
        {Wish.TAKE},
        {Right.PORTABILITY},
    ),
    "consent": Way(OTHERWISE, "Ik trek mijn toestemming in.", {Wish.CONSENT}, {Right.CONSENT}),
    "human review": Way(
        OTHERWISE,
        "Laat een mens kijken naar wat de computer besloot.",
        {Wish.HUMAN},
        {Right.REVIEW},
    ),
    "two at once": Way(
        "Wis mijn gegevens",
        "Wis alles wat u van mij heeft. Ik heb al betaald.",
        {Wish.ERASE, Wish.NOT_OWED},
        {Right.ERASURE, Right.RECTIFICATION},
    ),
    "not the person": Way(
        "niet de persoon die u zoekt",
        "Ik ben een ander, die hier nu woont.",
        {Wish.NOT_ME},
        {Right.RECTIFICATION, Right.ERASURE},
        chosen={"situation": Situation.NOT_ME},
    ),
    "an heir": Way(
        "mijn gegevens zien",
        "Wat heeft u over mij als erfgenaam?",
        {Wish.SEE},
        {Right.ACCESS},
        chosen={"asks_for": AsksFor.DECEASED},
    ),
    "for another": Way(
        "mijn gegevens zien",
        "Wat heeft u van mijn client?",
        {Wish.SEE},
        {Right.ACCESS},
        chosen={"asks_for": AsksFor.OTHER},
    ),
}


@pytest.fixture
def site(transactional_db: None, live_server: Any, monkeypatch: Any) -> str:
    # Nobody waits here, as a person would by reading.
    monkeypatch.setattr(portal_views, "FASTEST_SECONDS", 0)
    load_policy()
    return str(live_server.url)


@pytest.mark.parametrize("script", [False, True], ids=["without script", "with script"])
def test_each_right_is_asked_within_three_minutes(browser, site, script):
    taken = {}
    for name, way in WAYS.items():
        cache.clear()
        context = browser.new_context(
            viewport={"width": NARROW[0], "height": NARROW[1]},
            java_script_enabled=script,
            locale="nl-NL",
        )
        context.set_default_timeout(60_000)
        person = Person(
            context.new_page(),
            site,
            CHOSEN | way.chosen,
            TYPED | {"words": way.words} | way.typed,
            way.wishes,
        )
        taken[name] = person.ask(way.pressed)
        context.close()
        rights = PrivacyRequest.objects.latest("pk").rights.values_list("right", flat=True)
        assert set(rights) == way.rights, name
    for name, one in taken.items():
        sys.stdout.write(
            f"| {name} | {one.screens} | {one.words} | {one.characters} | {one.choices}"
            f" | {one.server:.1f} | {one.seconds:.0f} |\n"
        )
    too_long = {name: one.seconds for name, one in taken.items() if one.seconds >= LIMIT_SECONDS}
    assert too_long == {}


def test_every_right_is_walked():
    assert {right for way in WAYS.values() for right in way.rights} == set(Right)
