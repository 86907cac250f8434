"""The register as a spreadsheet: a sheet for each part, and nothing in it computes."""

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from desk.register.building import Register
from desk.register.words import (
    basis_line,
    headings,
    limit_lines,
    named_lines,
    transfer_lines,
)
from policy.articles import article_in
from requests.organisations.notices_file import guarded

WIDEST, NARROWEST = 60, 12
WRAPPED = Alignment(wrap_text=True, vertical="top")


def xlsx(register: Register, language: str, *, today: date) -> bytes:
    """Return the register as XLSX in `language`, nl or en."""
    book = Workbook()
    book.remove(book.worksheets[0])
    with translation.override(language):
        words = headings()
        _about(book, register, words, today)
        rows = [*register["as_controller"], *register["as_processor"]]
        _purposes(book, rows, words, language)
        _received(book, rows, words, language)
        _transfers(book, rows, words, language)
        _limits(book, rows, words, language)
        _security(book, register, words, language)
        _sheet(
            book,
            _("Clients"),
            [words["name"], words["country"]],
            ([one["name"], one["country"]] for one in register["named_clients"]),
        )
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet(
    book: Workbook, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add a sheet whose headings stay in sight; what looks like a formula is text."""
    sheet = book.create_sheet(title)
    sheet.append([guarded(column) for column in columns])
    widths = [len(column) for column in columns]
    for row in rows:
        cells = [value if isinstance(value, int) else guarded(value) for value in row]
        sheet.append(cells)
        lengths = [len(str(cell)) for cell in cells]
        widths = [max(pair) for pair in zip(widths, lengths, strict=True)]
        if max(lengths) > WIDEST:
            for cell in sheet[sheet.max_row]:
                cell.alignment = WRAPPED
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, longest in enumerate(widths, start=1):
        width = min(max(longest + 2, NARROWEST), WIDEST)
        sheet.column_dimensions[get_column_letter(number)].width = width


def _about(book: Workbook, register: Register, words: dict[str, str], today: date) -> None:
    named = register["controller"]
    published, counted = register["published_on"], register["counted_at"]
    facts = [
        (words["name"], named.name),
        (words["address"], named.postal_address or words["unnamed"]),
        (words["email"], named.email),
        (words["phone"], named.phone),
        (words["officer"], named.data_protection_officer or words["unnamed"]),
        (words["joint"], words["none"]),
        (words["representative"], words["none"]),
        (words["version"], register["statement_version"]),
        (words["published"], date_format(published, "DATE_FORMAT") if published else ""),
        (words["made"], date_format(today, "DATE_FORMAT")),
        (
            words["counted"],
            date_format(timezone.localtime(counted), "DATETIME_FORMAT")
            if counted
            else words["not_counted"],
        ),
    ]
    _sheet(book, _("About this file"), [words["part"], words["content"]], facts)


def _purposes(
    book: Workbook, rows: Sequence[Register], words: dict[str, str], language: str
) -> None:
    def names(row: Register, part: str) -> str:
        return "; ".join(one["name"].text(language) for one in row[part])

    roles = {"controller": _("Controller"), "processor": _("Processor")}
    parts = ("subjects", "data", "sources", "recipients")
    _sheet(
        book,
        _("Purposes"),
        [
            _("Code"),
            words["purpose"],
            _("Our part"),
            words["section"],
            words["bases"],
            *(words[part] for part in parts),
        ],
        (
            [
                row["code"],
                row["name"].text(language),
                roles[row["role"]],
                row["section"],
                "; ".join(basis_line(one, language) for one in row["bases"]),
                names(row, "subjects") or words["own_staff"],
                *(names(row, part) for part in parts[1:]),
            ]
            for row in rows
        ),
    )


def _received(
    book: Workbook, rows: Sequence[Register], words: dict[str, str], language: str
) -> None:
    columns = ("purpose", "organisation", "category", "times", "first", "last")
    _sheet(
        book,
        _("Recipients"),
        [words[name] for name in columns],
        (
            [
                row["code"],
                told["name"],
                told["category"],
                told["number"],
                told["first"],
                told["last"],
            ]
            for row in rows
            for told in (named_lines(one, language) for one in row["named_recipients"])
        ),
    )


def _transfers(
    book: Workbook, rows: Sequence[Register], words: dict[str, str], language: str
) -> None:
    columns = ("purpose", "organisation", "country", "mechanism", "article", "times")
    _sheet(
        book,
        _("Transfers"),
        [words[name] for name in columns],
        (
            [row["code"], *transfer_lines(one, language).values()]
            for row in rows
            for one in row["transfers"]
        ),
    )


def _limits(book: Workbook, rows: Sequence[Register], words: dict[str, str], language: str) -> None:
    columns = ("purpose", "rule", "period", "anchor", "origin", "sentence")
    _sheet(
        book,
        _("Periods"),
        [words[name] for name in columns],
        (
            [row["code"], *limit_lines(one, language).values()]
            for row in rows
            for one in row["time_limits"]
        ),
    )


def _security(book: Workbook, register: Register, words: dict[str, str], language: str) -> None:
    measures = [
        [words["measures"], article_in(row["article"], language), row["name"].text(language)]
        for row in register["measures"]
    ]
    promises = [[words["promises"], "", text.text(language)] for text in register["security"]]
    columns = [words["origin"], words["article"], words["content"]]
    _sheet(book, _("Security"), columns, [*measures, *promises])
