"""What the files of the register call its parts, in the active language."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from desk.register.building import Register
from policy.articles import article_in
from requests.countries import country_name

ORIGINS = {
    "statement": _lazy("Privacy statement"),
    "law": _lazy("Law"),
    "project": _lazy("Rule of our own"),
}


def headings() -> dict[str, str]:
    """Return the words by which the files name each part."""
    return {
        "title": _("Register of processing activities"),
        "about": _("About this register"),
        "version": _("Version of the statement"),
        "published": _("Published on"),
        "made": _("Made on"),
        "counted": _("Recipients counted on"),
        "not_counted": _("not counted yet"),
        "controller": _("Who is responsible"),
        "name": _("Name"),
        "address": _("Address"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "officer": _("Data protection officer"),
        "joint": _("Joint controllers"),
        "representative": _("Representative"),
        "none": _("none"),
        "unnamed": _("The statement names none."),
        "as_controller": _("For which we decide ourselves"),
        "as_processor": _("For which a client decides"),
        "purpose": _("Purpose"),
        "part": _("Part"),
        "content": _("Content"),
        "section": _("Section of the statement"),
        "bases": _("Lawful bases"),
        "subjects": _("About whom"),
        "own_staff": _("Our own colleagues"),
        "data": _("Which data"),
        "sources": _("From whom"),
        "recipients": _("Who receives them"),
        "received": _("Really received"),
        "organisation": _("Organisation"),
        "category": _("Category"),
        "country": _("Country"),
        "times": _("How often"),
        "first": _("First month"),
        "last": _("Last month"),
        "transfers": _("Transfers outside the EEA"),
        "no_transfers": _("No transfer outside the EEA."),
        "mechanism": _("Made lawful by"),
        "article": _("Article"),
        "limits": _("How long"),
        "rule": _("Rule"),
        "period": _("Period"),
        "anchor": _("Counted from"),
        "origin": _("Comes from"),
        "sentence": _("Sentence"),
        "security": _("How data are protected"),
        "promises": _("Promised in the statement"),
        "measures": _("Done by the application"),
        "clients": _("Clients for whom we process"),
        "page": _("Page"),
        "of": _("of"),
        "data_file": _("This register as JSON-LD, in terms of the Data Privacy Vocabulary"),
    }


def period(limit: Register) -> str:
    """Return how long, in words."""
    if limit["months"]:
        return _("%(number)s months") % {"number": limit["months"]}
    if limit["days"]:
        return _("%(number)s days") % {"number": limit["days"]}
    return _("until that day")


def limit_lines(limit: Register, language: str) -> dict[str, str]:
    """Return a rule of retention as texts: code, period, anchor, origin, sentence."""
    origin = str(ORIGINS[limit["origin"]])
    if limit["article"]:
        origin = article_in(limit["article"], language)
    return {
        "code": limit["code"],
        "period": period(limit),
        "anchor": limit["anchor_name"].text(language),
        "origin": origin,
        "sentence": limit["sentence"].text(language),
    }


def basis_line(basis: Register, language: str) -> str:
    """Return a lawful basis with its article."""
    return f"{basis['name'].text(language)} ({article_in(basis['article'], language)})"


def month(day: date) -> str:
    """Return a month in words."""
    return date_format(day, "F Y")


def transfer_lines(row: Register, language: str) -> dict[str, Any]:
    """Return a transfer as texts."""
    return {
        "organisation": row["organisation"],
        "country": country_name(row["country"], language),
        "mechanism": row["mechanism_name"].text(language),
        "article": article_in(row["article"], language),
        "number": row["number"],
    }


def named_lines(row: Register, language: str) -> dict[str, Any]:
    """Return what an organisation received, as texts."""
    return {
        "category": row["category_name"].text(language),
        "name": row["name"],
        "number": row["number"],
        "first": month(row["first_month"]),
        "last": month(row["last_month"]),
    }
