"""Rows as a file, piece by piece: in memory stands one piece, and on disk nothing.

An XLSX is written here, because libraries that write one row by row keep the sheet in a temporary
file, where what is sealed everywhere else would stand open. A text is never a formula: neither in
the file, nor when it is saved as another.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from xml.sax.saxutils import escape

from requests.packs.portability import FORMULA

Cell = str | int | date | None
PIECE_BYTES = 1_000_000
EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OPEN_XML = "http://schemas.openxmlformats.org"
MAIN, OFFICE = f"{OPEN_XML}/spreadsheetml/2006/main", f"{OPEN_XML}/officeDocument/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{OPEN_XML}/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{OPEN_XML}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/relationships/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships">'
    '<sheets><sheet name="Alektum Privacy" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{OPEN_XML}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/relationships/worksheet"'
    ' Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{OFFICE}/relationships/styles" Target="styles.xml"/>'
    "</Relationships>",
    # Style 0 is text, 1 a date, 2 a heading.
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/>'
    '<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf fontId="1" applyFont="1"/></cellXfs><cellStyles count="1">'
    '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


class Pieces:
    """Takes bytes, and hands them out again in pieces. Not seekable: what went out is gone."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.written = 0

    def write(self, data: bytes) -> int:
        self._held += data
        self.written += len(data)
        return len(data)

    def flush(self) -> None:
        """Zip files ask for it; nothing waits here."""

    def close(self) -> None:
        """What is held stays until it is taken."""

    def take(self, *, all_of_it: bool = False) -> list[bytes]:
        """Return the whole pieces that stand ready, and at the end the rest too."""
        pieces = []
        while len(self._held) >= PIECE_BYTES or (all_of_it and self._held):
            pieces.append(bytes(self._held[:PIECE_BYTES]))
            del self._held[:PIECE_BYTES]
        return pieces


def guarded(value: Cell) -> Cell:
    """Put an apostrophe before what a spreadsheet would compute."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


class CsvFile:
    """Rows as comma-separated text in UTF-8, with the mark by which spreadsheets know it."""

    def __init__(self, pieces: Pieces, headings: Sequence[str]) -> None:
        self._pieces, self._text = pieces, io.StringIO()
        self._writer = csv.writer(self._text)
        pieces.write("\ufeff".encode())
        self.add([headings])

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            self._writer.writerow([_plain(guarded(cell)) for cell in row])
        self._pieces.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()

    def close(self) -> None:
        """Nothing follows the last row."""


def _plain(cell: Cell) -> str | int:
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, date) else cell


class XlsxFile:
    """Rows as a workbook of one sheet; dates are dates, and the headings stay in sight."""

    def __init__(self, pieces: Pieces, headings: Sequence[str]) -> None:
        self._zip = zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED)
        for name, content in PARTS.items():
            self._zip.writestr(name, HEAD + content)
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._write(
            f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>'
            f'<cols><col min="1" max="{len(headings)}" width="20" customWidth="1"/></cols>'
            "<sheetData>"
        )
        self._write(_row(headings, style=2))

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        self._write("".join(_row(row) for row in rows))

    def close(self) -> None:
        """Write what follows the last row; once closed, nothing more."""
        if not self._sheet.closed:
            self._write("</sheetData></worksheet>")
            self._sheet.close()
            self._zip.close()

    def _write(self, text: str) -> None:
        self._sheet.write(text.encode())


def _row(row: Sequence[Cell], style: int = 0) -> str:
    return f"<row>{''.join(_cell(guarded(cell), style) for cell in row)}</row>"


def _cell(cell: Cell, style: int) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, date):
        return f'<c s="1"><v>{(cell - EPOCH).days}</v></c>'
    if isinstance(cell, int):
        return f"<c><v>{cell}</v></c>"
    text = escape(ILLEGAL.sub("", cell))
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'
