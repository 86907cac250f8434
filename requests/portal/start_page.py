"""What the front page offers: plain situations, and who helps with what is not ours."""

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from requests.constants import Wish

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Offer(NamedTuple):
    """Something a person may want; `wish` is ticked in the form that it leads to."""

    wish: str
    label: "StrOrPromise"
    hint: "StrOrPromise"


class Helper(NamedTuple):
    """Who helps with something that we do not do; a telephone number as it is dialled, or none."""

    name: "StrOrPromise"
    what: "StrOrPromise"
    site: str = ""
    phone: str = ""
    dial: str = ""


SITUATIONS = (
    Offer(Wish.SEE, Wish.SEE.label, _("You get a copy of your data.")),
    Offer(Wish.NOT_OWED, Wish.NOT_OWED.label, _("For example because you have paid already.")),
    Offer(Wish.NOT_ME, Wish.NOT_ME.label, _("You get letters that are for somebody else.")),
    Offer(Wish.WRONG, Wish.WRONG.label, _("Your name, your address or an amount, for example.")),
    Offer(Wish.ERASE, Wish.ERASE.label, _("We erase them, or tell you why we may not yet.")),
    Offer(Wish.ADS, Wish.ADS.label, _("We stop the same day.")),
    Offer(Wish.QUESTION, _("I have a question or complaint"), _("Write it in your own words.")),
    Offer("", _("Something else, or I don't know"), _("We look together what you need.")),
)

ELSEWHERE = (
    Helper(
        _("Your municipality"),
        _("Every municipality must help people who have debts. Look for “debts” on its website."),
    ),
    Helper(
        "Geldfit",
        _("Somebody who thinks along with you about money. Free, and your name is not needed."),
        "geldfit.nl",
        "0800 8115",
        "08008115",
    ),
    Helper(
        "Nibud", _("How to get a grip on your money again: lists, letters and sums."), "nibud.nl"
    ),
    Helper(
        "Juridisch Loket",
        _("Free legal advice, also about bailiffs and debt collectors."),
        "juridischloket.nl",
        "0800 8020",
        "08008020",
    ),
    Helper(
        "113 Zelfmoordpreventie",
        _("Do you see no way out any more? Call or chat, day and night. It is free."),
        "113.nl",
        "0800 0113",
        "08000113",
    ),
)
