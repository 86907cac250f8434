"""The questions of the portal, one form a screen. What is wrong is said in plain sentences."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policy.identifiers import mask_bsn
from requests.constants import Situation, Wish
from requests.countries import country_name
from requests.dates import NotADay, parse_birth_date
from requests.form_fields import WORDS, text
from requests.identity.constants import AsksFor
from requests.identity.whom_form import RepresentativeFields, WhomFields
from requests.portal.ticked import ChosenFirst, TickedFirst
from requests.portal.wishes import (
    SITUATION_OF_WISH,
    Answers,
    chosen_wishes,
    plain_wishes,
    wanted_in,
    wishes_in,
)
from subjects.constants import EEA
from subjects.names import phone_digits

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TRAP = "website"
ELSEWHERE = "ZZ"
_DUTCH_POSTCODE = re.compile(r"[1-9]\d{3}\s?[A-Za-z]{2}", re.ASCII)


class Step(forms.Form):
    """One screen. `slug` names it in the address, `heading` asks."""

    slug: str
    heading: "StrOrPromise"
    # What the last page calls the answer, and the fields that it tells together, without labels.
    named: "StrOrPromise"
    together: tuple[tuple[str, ...], ...] = ()
    lead: "StrOrPromise" = ""
    # Fields that few need, and the line behind which they stand.
    folded: tuple[str, ...] = ()
    fold: "StrOrPromise" = ""

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        """Tell whether this question is asked after these answers."""
        return True

    @classmethod
    def asked(cls, answers: Answers) -> "StrOrPromise":
        """Return the question, given what was answered before."""
        return cls.heading

    @classmethod
    def proposed(cls, answers: Answers) -> dict[str, Any]:
        """Return what the screen shows before anything was answered on it."""
        return {}

    def identity(self) -> dict[str, Any]:
        """Return what this screen tells of the identity, in the shape the door seals."""
        return {}

    @property
    def unfolded(self) -> bool:
        """Tell whether something was typed behind the line, or is wrong there."""
        return any(
            name in self.errors or self[name].value() not in ("", None, self.fields[name].initial)
            for name in self.folded
        )


class SituationStep(Step):
    slug, heading, named = "situation", _("How do you know us?"), _("Your situation")
    situation: Any = forms.ChoiceField(
        label=_("Choose what fits best"),
        choices=Situation.choices,
        widget=ChosenFirst,
        error_messages={"required": _("Choose one. If you are not sure, choose the last one.")},
    )
    # The heading asks it, so the label is for who does not see the screen.
    situation.said_above = True

    @classmethod
    def proposed(cls, answers: Answers) -> dict[str, Any]:
        fits = (SITUATION_OF_WISH.get(wish) for wish in wanted_in(answers))
        return {"situation": next((one for one in fits if one), None)}


class SellerStep(Step):
    """Role first: of a bill in the invoice phase the seller decides, not we."""

    slug, heading = "seller", _("The shop decides about this bill")
    named = _("Shop or company")
    lead = _(
        "Is the bill of a shop or company, and do you pay it to us? Then that shop decides about"
        " your data, and we work for it. You can ask the shop itself: its name and address are on"
        " the bill. You can also go on here. Then we send your request to the shop within two"
        " working days and tell the shop on which day you asked, and we look ourselves for what"
        " we decide about."
    )
    seller = text(_("Which shop or company is it?"), help_text=_("As it is called on the bill"))

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        return answers.get("situation", {}).get("situation") == Situation.BILL


class WhomStep(WhomFields, Step):
    slug, heading, named = "whom", _("For whom do you ask?"), _("You ask")


class RepresentativeStep(RepresentativeFields, Step):
    slug, heading, named = "who", _("Who are you?"), _("Your name and role")

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        return answers.get("whom", {}).get("asks_for") == AsksFor.OTHER


class NameStep(Step):
    slug, heading, named = "name", _("What is your name?"), _("Name")
    together = (("first_name", "last_name"),)
    first_name = text(
        _("First name or initials"), attributes={"autocomplete": "given-name"}, need=None
    )
    last_name = text(
        _("Last name"),
        attributes={"autocomplete": "family-name"},
        need=_("Write your last name. We need it to look for your data."),
    )

    def identity(self) -> dict[str, Any]:
        first = self.cleaned_data["first_name"]
        # "J.P." are initials, "Jan" is a name.
        short = "." in first or (first.isupper() and len(first) <= 4)
        return {
            "first_name": "" if short else first,
            "initials": first if short else "",
            "last_name": self.cleaned_data["last_name"],
        }


class BornStep(Step):
    slug, heading, named = "born", _("When were you born?"), _("Born")
    lead = _("So that we do not mistake you for another.")
    birth_date = text(
        _("Date of birth"),
        40,
        help_text=_("For example 27-3-1984"),
        attributes={"autocomplete": "bday"},
    )

    def clean_birth_date(self) -> Any:
        typed = self.cleaned_data["birth_date"]
        if not typed:
            return None
        try:
            return parse_birth_date(typed, today=timezone.localdate())
        except NotADay as error:
            raise forms.ValidationError(str(error.reason)) from None

    def identity(self) -> dict[str, Any]:
        born = self.cleaned_data["birth_date"]
        return {"birth_date": born.isoformat() if born else None}


def _countries() -> list[tuple[str, str]]:
    language = (get_language() or "nl")[:2]
    named = sorted((country_name(code, language), code) for code in EEA if code != "NL")
    return [
        ("NL", country_name("NL", language)),
        *((code, name) for name, code in named),
        (ELSEWHERE, _now("Another country")),
    ]


class AddressStep(Step):
    slug, heading, named = "address", _("What is your address?"), _("Address")
    together = (("street", "number"), ("postcode", "city"), ("country",))
    lead = _("Only to find your data.")
    # In the Netherlands the first two are one address.
    folded = ("street", "city", "country")
    fold = _("Another country, or no postcode?")
    postcode = text(_("Postcode"), 20, attributes={"autocomplete": "postal-code"})
    number = text(_("House number"), 20)
    street = text(_("Street"), attributes={"autocomplete": "off"})
    city = text(_("Town"))
    country = forms.ChoiceField(label=_("Country"), choices=_countries, initial="NL")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        postcode = cleaned.get("postcode") or ""
        dutch = cleaned.get("country") == "NL"
        if postcode and dutch and not _DUTCH_POSTCODE.fullmatch(postcode):
            self.add_error(
                "postcode",
                _now("A Dutch postcode has four digits and two letters, such as 1234 AB."),
            )
        return cleaned

    def identity(self) -> dict[str, Any]:
        address = {name: self.cleaned_data[name] for name in self.fields}
        if address["country"] == ELSEWHERE:
            address["country"] = ""
        given = any(address[name] for name in ("street", "number", "postcode", "city"))
        return {"addresses": [address] if given else []}


class ReachStep(Step):
    slug, heading, named = "reach", _("How can we reach you?"), _("To be reached at")
    lead = _("One is enough.")
    email: Any = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        error_messages={
            "invalid": _("This is not an e-mail address. It looks like name@example.nl.")
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("We mail only a code and a link."),
    )
    phone = text(_("Telephone number"), 40, attributes={"autocomplete": "tel", "inputmode": "tel"})
    # Neither is needed by itself, but one is: "(not required)" would mislead.
    email.one_of = phone.one_of = True

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if phone and not 8 <= len(phone_digits(phone)) <= 15:
            raise forms.ValidationError(
                _now("This is not a telephone number. It has at least eight digits.")
            )
        return phone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("email") and not cleaned.get("phone"):
            self.add_error("email", _now("Give an e-mail address or a telephone number."))
        return cleaned

    def identity(self) -> dict[str, Any]:
        email, phone = self.cleaned_data["email"], self.cleaned_data["phone"]
        return {"emails": [email] if email else [], "phones": [phone] if phone else []}


class NumberStep(Step):
    slug, heading = "number", _("Do you have a letter with a number?")
    named = _("Number")
    dossier_number = text(_("Number or reference"), 80)

    def identity(self) -> dict[str, Any]:
        return {"dossier_number": self.cleaned_data["dossier_number"]}


class WordsStep(Step):
    slug, heading = "words", _("What do you want to ask or tell us?")
    named = _("Your words")
    lead = _("You need not say why.")
    words = text(
        _("In your own words"),
        WORDS,
        widget=forms.Textarea,
        help_text=_("Leave out your citizen service number (BSN)."),
    )

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        """Tell whether words are asked: who chose that something is not right writes what it is."""
        return "words" in answers or wanted_in(answers) != [Wish.WRONG]


class _Wishes(TickedFirst):
    # These have no clock: nobody should come to one by pressing on.
    not_alone = frozenset({str(Wish.QUESTION), str(Wish.COMPLAINT)})


class WishesStep(Step):
    """What we read in the words, ticked, for who asks to confirm; not asked where it is plain."""

    slug, heading, named = "wishes", _("Is this all you want?"), _("You want")
    lead = _("More than one is fine.")
    wishes: Any = forms.MultipleChoiceField(
        label=_("What do you want?"),
        choices=Wish.choices,
        widget=_Wishes,
        error_messages={"required": _("Tick at least one. Not sure? Tick what comes nearest.")},
    )
    wishes.said_above = True

    @classmethod
    def asked(cls, answers: Answers) -> "StrOrPromise":
        # Where nothing is ticked there is no "this".
        return cls.heading if "wishes" in answers or wishes_in(answers) else _("What do you want?")

    @classmethod
    def proposed(cls, answers: Answers) -> dict[str, Any]:
        return {"wishes": wishes_in(answers)}

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        return "wishes" in answers or not plain_wishes(answers)


class WrongStep(Step):
    slug, heading = "wrong", _("What is wrong, and what should it be?")
    named = _("What is wrong")
    lead = _("For example: wrong is “Dorpstraat 12”, it should be “Dorpsstraat 12”.")
    wrong = text(
        _("This is wrong"),
        WORDS // 4,
        widget=forms.Textarea,
        need=_("Write what is wrong. Not sure where it stands? Write that."),
    )
    right = text(_("It should be"), WORDS // 4, widget=forms.Textarea)

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        return Wish.WRONG in chosen_wishes(answers)


STEPS: tuple[type[Step], ...] = (
    SituationStep,
    SellerStep,
    WhomStep,
    RepresentativeStep,
    NameStep,
    BornStep,
    AddressStep,
    ReachStep,
    NumberStep,
    WordsStep,
    WishesStep,
    WrongStep,
)
STEP_OF = {step.slug: step for step in STEPS}


def slugs_of(answers: Answers) -> list[str]:
    """Return the screens that are asked after these answers, in their order."""
    return [step.slug for step in STEPS if step.applies(answers)]


def taken(form: type[Step], data: QueryDict) -> tuple[dict[str, str], bool]:
    """Return what was typed for the fields of a form, and whether a BSN was masked in it."""
    typed: dict[str, str] = {}
    masked = False
    for name, field in form.base_fields.items():
        several = isinstance(field, forms.MultipleChoiceField)
        value = " ".join(data.getlist(name)) if several else data.get(name) or ""
        typed[name], found = mask_bsn(value)
        masked |= found
    return typed, masked


def filled(slug: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what was kept of a screen as its form takes it."""
    fields = STEP_OF[slug].base_fields
    return {
        name: value.split() if isinstance(fields.get(name), forms.MultipleChoiceField) else value
        for name, value in typed.items()
    }


def bound(slug: str, answers: Answers) -> Step:
    """Return the form of a screen with what was typed there."""
    return STEP_OF[slug](filled(slug, answers.get(slug) or {}))


def first_wrong(answers: Answers) -> str | None:
    """Return the first screen that is missing or not right."""
    for slug in slugs_of(answers):
        if slug not in answers or not bound(slug, answers).is_valid():
            return slug
    return None


def identity_of(answers: Answers) -> dict[str, Any]:
    """Return the identity from answers that are all right, in the shape the door seals."""
    identity: dict[str, Any] = {"ibans": []}
    for slug in slugs_of(answers):
        form = bound(slug, answers)
        form.full_clean()
        identity |= form.identity()
    return identity


def words_of(answers: Answers) -> str:
    """Return all that a person wrote, as one letter."""
    wrong, parts = answers.get("wrong", {}), [answers.get("words", {}).get("words", "")]
    if WrongStep.applies(answers):
        parts += [
            f"{title}: {said}"
            for title, said in (
                (_now("This is wrong"), wrong.get("wrong", "")),
                (_now("It should be"), wrong.get("right", "")),
            )
            if said.strip()
        ]
    if SellerStep.applies(answers) and (seller := answers.get("seller", {}).get("seller", "")):
        parts.append(f"{_now('Shop or company')}: {seller}")
    return "\n\n".join(part for part in parts if part.strip())
