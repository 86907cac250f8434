"""Who asks, for the officer's page of a request: the people, the ladder, what is proven."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policy import services as policy
from requests import services
from requests.belongings import belongings_of
from requests.constants import Direction, IdentityMethod, MatchState
from requests.decisions.lines import name_of_dossier
from requests.exceptions import NoMandate, NotProven
from requests.identity.constants import Rung
from requests.identity.forms import CallForm, EmailForm, FactsForm, PostForm, ProofForm, SeenForm
from requests.identity.models import Mandate
from requests.identity.proofs import FACTS_OF_A_FILE, equal_fields, has_email
from requests.models import IdentityCheck, PrivacyRequest
from requests.services.people.proof import (
    hidden_among,
    identities_of,
    in_force,
    proven_rungs,
)
from subjects.matching import Kind
from subjects.unseen import AML

MOST = 50
RUNG_WORDS: dict[int, Promise] = {
    Rung.NONE: _("Nothing is proven"),
    Rung.CONTACT: _("The contact address is proven"),
    Rung.FILE: _("Facts of the file are proven"),
    Rung.REACHED: _("Reached at what is on file"),
    Rung.SEEN: _("Seen or signed in"),
}
NEEDED_WORDS: dict[int, Promise] = {
    Rung.CONTACT: _("the e-mail address on file, proved by a code"),
    Rung.FILE: _("facts of the file together with the e-mail address on file"),
    Rung.REACHED: _("a code by post, a call back or more"),
}


@dataclass
class OnFile:
    """A number or an address as it stands in dossiers: `key` is the first involvement with it."""

    key: str
    value: str
    dossiers: list[str] = field(default_factory=list)


@dataclass
class Person:
    """Somebody who may be meant, as the ladder shows them; numbered as on the page.

    `dossiers` says what each of their dossiers is called, by its reference.
    """

    number: int
    match: int
    reference: UUID
    rung: Rung = Rung.NONE
    numbers: dict[str, OnFile] = field(default_factory=dict)
    addresses: dict[str, OnFile] = field(default_factory=dict)
    dossiers: dict[UUID, str] = field(default_factory=dict)
    facts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return _now("Person %(number)s") % {"number": self.number}

    @property
    def fits(self) -> list[tuple[str, str]]:
        """Return which facts fit in which kind of file, each once."""
        return list(dict.fromkeys(self.facts))

    @property
    def proven(self) -> Promise:
        return RUNG_WORDS[self.rung]


@dataclass(frozen=True)
class Known:
    """A mandate as the page shows it."""

    mandate: Mandate
    who: str
    in_force: bool


def who_asks(
    privacy_request: PrivacyRequest, *, sees_aml: bool, now: datetime, today: date
) -> dict[str, Any]:
    """Return what the page shows of who asks, with an empty form for each way to know it."""
    seen = {"version": privacy_request.version}
    rungs = proven_rungs(privacy_request)
    people = people_of(privacy_request, sees_aml=sees_aml, rungs=rungs)
    mandate = services.mandate_of(privacy_request)
    forms = forms_for(people, papers_of(privacy_request), initial=seen)
    return {
        "people": people,
        "proof_forms": forms,
        "post_form": PostForm(initial=seen, addresses=addresses_of(people)),
        "dossier_names": {at: name for one in people for at, name in one.dossiers.items()},
        "lacks": lacks_in_words(services.unproven(privacy_request, rungs), people),
        "checks": _checked(privacy_request),
        "copies": services.kept_copies(privacy_request),
        "posted_code": services.live_code(privacy_request, now=now),
        "mandate": _known([mandate], today)[0] if mandate else None,
        "known_mandates": _known(
            [one for one in services.mandates_for(privacy_request, today=today) if one != mandate],
            today,
        ),
    }


def papers_of(privacy_request: PrivacyRequest) -> list[tuple[str, str]]:
    """Return the files that came with a request, as choices; without what was destroyed."""
    return [
        (str(one.attachment.reference), one.name)
        for one in services.attachments_of(privacy_request)
        if one.attachment.direction == Direction.BY_PERSON and not one.attachment.destroyed_at
    ]


def forms_for(
    people: Sequence[Person], papers: Sequence[tuple[str, str]], *args: Any, **kwargs: Any
) -> dict[str, ProofForm]:
    """Return the form of each way to note who asks, by its name in the page's address."""
    whom = [(str(one.match), one.name) for one in people]
    return {
        "facts": FactsForm(*args, **kwargs),
        "email": EmailForm(*args, **kwargs),
        "call": CallForm(*args, numbers=_choices(people, "numbers"), **kwargs),
        "seen": SeenForm(*args, people=whom, papers=papers, **kwargs),
    }


def method_of(form: ProofForm) -> IdentityMethod:
    """Return the method a filled-in form is about."""
    if isinstance(form, SeenForm):
        return IdentityMethod(form.cleaned_data["how"])
    return form.method


def addresses_of(people: Sequence[Person]) -> list[tuple[str, str]]:
    """Return the addresses on file as choices, each once, with the dossiers they stand in."""
    return _choices(people, "addresses")


def _choices(people: Sequence[Person], what: str) -> list[tuple[str, str]]:
    return [
        (one.key, f"{person.name}: {one.value} ({'; '.join(one.dossiers)})")
        for person in people
        for one in getattr(person, what).values()
    ]


def _note_on_file(there: dict[str, OnFile], value: str, key: str, dossier: str) -> None:
    """Note one value once, with each dossier it stands in."""
    if same := "".join(value.split()).casefold():
        there.setdefault(same, OnFile(key, value)).dossiers.append(dossier)


def people_of(
    privacy_request: PrivacyRequest, *, sees_aml: bool, rungs: Mapping[UUID, Rung] | None = None
) -> list[Person]:
    """Return the people who may be meant, in the order of the page, with what proves them.

    Without what stands in money-laundering checks, for who may not see those.
    """
    belongings = belongings_of(privacy_request)
    order = list(belongings.matches[:MOST])
    people = {
        match.subject_reference: Person(number, match.pk, match.subject_reference)
        for number, match in enumerate(order, 1)
        if match.state in (MatchState.PROPOSED, MatchState.CONFIRMED)
    }
    rungs = proven_rungs(privacy_request) if rungs is None else rungs
    matched = belongings.involvements_of(MatchState.PROPOSED, MatchState.CONFIRMED)
    hidden = hidden_among(matched)
    shown = [one for one in matched if one.pk not in hidden]
    rows = [one for one in shown if sees_aml or one.dossier.purpose_id != AML][:MOST]
    held = identities_of(rows)
    asked = belongings.body["identity"]
    email = (asked.get("emails") or [""])[0] if privacy_request.email_verified_at else ""
    names = policy.purpose_names()
    for row in rows:
        person, identity = people.get(row.subject.reference), held.get(row.reference)
        if person is None or identity is None:
            continue
        person.rung = rungs.get(person.reference, Rung.NONE)
        purpose = names.get(row.dossier.purpose_id, row.dossier.purpose_id)
        client = row.dossier.client.name if row.dossier.client else ""
        number = identity.get("dossier_number") or ""
        name = name_of_dossier(number, row.dossier.reference, client)
        person.dossiers[row.dossier.reference] = name
        where, key = f"{purpose} {name}", str(row.reference)
        for phone in (identity.get("phones") or [])[:1]:
            _note_on_file(person.numbers, phone, key, where)
        for address in (identity.get("addresses") or [])[:1]:
            line = " ".join(
                address.get(part) or "" for part in ("street", "number", "postcode", "city")
            )
            _note_on_file(person.addresses, line, key, where)
        person.facts.append((purpose, _facts(asked, identity, email)))
    return list(people.values())


def _facts(asked: dict[str, Any], held: Any, email: str) -> str:
    """Say which of the facts that prove a file fit this one."""
    kinds = equal_fields(asked, held)
    fits = [str(one.label) for one in sorted(FACTS_OF_A_FILE) if kinds.get(one) == Kind.EQUAL]
    if has_email(held, email):
        fits.append(_now("proven e-mail address"))
    return ", ".join(fits) or _now("none")


def _checked(privacy_request: PrivacyRequest) -> list[tuple[IdentityCheck, str]]:
    """Return what was proven or doubted, the newest first, with what an officer noted of it."""
    belongings = belongings_of(privacy_request)
    return [
        (check, belongings.key.unseal(check.sealed_note, place=check.note_place)["text"])
        if check.sealed_note is not None
        else (check, "")
        for check in list(belongings.checks)[: -MOST - 1 : -1]
    ]


def _known(mandates: Sequence[Mandate], today: date) -> list[Known]:
    who = services.who_of(mandates)
    return [
        Known(one, (who.get(one.pk) or {}).get("name", "–"), in_force(one, today))
        for one in mandates
    ]


# --- words ---------------------------------------------------------------------------------


def lacks_in_words(lacks: Sequence[services.Unproven], people: Sequence[Person] = ()) -> list[str]:
    """Say for whom and which purpose what is still to be proven, each once."""
    names = {one.reference: one.name for one in people}
    purposes = policy.purpose_names() if lacks else {}
    said = [
        _now("%(who)s, for %(purpose)s: %(what)s.")
        % {
            "who": names.get(one.subject, _now("A person")),
            "purpose": purposes.get(one.purpose, one.purpose),
            "what": NEEDED_WORDS[one.needed],
        }
        for one in lacks
    ]
    return list(dict.fromkeys(said))


def words_of_refusal(error: Exception) -> str:
    """Return why an answer may not be opened to who asks; empty for other errors."""
    if isinstance(error, NotProven):
        said = _now("It is not proven who asks, for all that would be opened:")
        return " ".join([said, *lacks_in_words(error.lacks)])
    if isinstance(error, NoMandate):
        return _now("The answer is for somebody else: %(why)s.") % {"why": _now(str(error))}
    return ""
