"""The letter with a code to type on the person's page, as a tagged PDF in plain words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from requests.countries import country_name
from requests.mail.mailing import address
from requests.printing import print_pages


def render_code_letter(
    letter: Mapping[str, Any], *, number: str, language: str, made_on: date, expires_on: date
) -> bytes:
    """Return the letter as PDF; `letter` is {"name", "address", "code", "access"}.

    Name and address are as they stand on file; "access" is the access code of the page, for who
    never saw one, or empty.
    """
    access = letter.get("access", "")
    with translation.override(language):
        data = {
            "language": language,
            "made_on": made_on.isoformat(),
            "day": _day(made_on),
            "controller": settings.CONTROLLER,
            "to": [letter["name"], *_lines(letter["address"], language)],
            "title": _("Your code for request %(number)s") % {"number": number},
            "paragraphs": _paragraphs(number, _day(expires_on), has_access=bool(access)),
            "access_label": _("Your access code"),
            "access": access,
            "number_label": _("Number of your request"),
            "number": number,
            "code_label": _("Your code"),
            "code": letter["code"],
            "site": address("portal:open"),
            "after": _after(_day(expires_on), has_access=bool(access)),
        }
    return print_pages("code.typ", data)


def _paragraphs(number: str, until: str, *, has_access: bool) -> list[str]:
    asks = _("Was it you? Open the page of your request and type this code before %(until)s:")
    if has_access:
        asks = _(
            "Was it you? Open the page of your request with its number and your access code. Type"
            " the other code there before %(until)s. Keep this letter: you need number and access"
            " code again to read our answer."
        )
    return [
        _(
            "Somebody asked us about personal data at your name. The request has number %(number)s."
            " We want to be sure that it was you. That is why we send this code to your address."
        )
        % {"number": number},
        asks % {"until": until},
    ]


def _after(until: str, *, has_access: bool) -> list[str]:
    once = _("Each code works once. After five wrong tries it stops; then ask us for a new one.")
    if has_access:
        once = _(
            "Both codes stop on %(until)s, or after five wrong tries; then ask us for a new letter."
            " Once you typed the other code, the access code keeps working."
        ) % {"until": until}
    return [
        once,
        _(
            "Was it not you? Then keep this code to yourself and do not type it anywhere. Call or"
            " write to us, so that we know that somebody else asked in your name."
        ),
        _("We never ask you for a copy of your passport or identity card."),
    ]


def _lines(held: Mapping[str, str], language: str) -> list[str]:
    street = f"{held.get('street') or ''} {held.get('number') or ''}".strip()
    town = f"{held.get('postcode') or ''}  {held.get('city') or ''}".strip()
    country = held.get("country") or "NL"
    abroad = [] if country == "NL" else [country_name(country, language)]
    return [line for line in (street, town, *abroad) if line]


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month]} {day.year}"
