"""What a file is, by its content and never by its name; what we do not take, and why."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from requests.constants import MOST_FILE_BYTES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TEXT, MAIL = "text/plain", "message/rfc822"
LONGEST_NAME = 120
_IMAGES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff"})
_OFFICE: Mapping[str, str] = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# How documents are packed. Other ways may take a gigabyte before they give the first sign.
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What a broken zip raises.
_NO_ZIP = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError),
    *(KeyError, NotImplementedError, RuntimeError, struct.error),
)
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
# Told by their first bytes or, for text that a machine runs, by their name.
_PROGRAM_BYTES = (
    *(b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf"),
    *(b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"dex\n", b"\x00asm", b"L\x00\x00\x00\x01\x14\x02"),
)
_PROGRAM_NAMES = frozenset(
    ending
    for line in (
        ".apk .app .appx .bat .cgi .chm .cmd .com .command .cpl .deb .desktop .dll .dmg .exe",
        ".gadget .hta .htm .html .img .inf .iqy .iso .jar .jnlp .js .jse .ksh .lnk .mht .mhtml",
        ".mjs .msc .msi .msix .msp .one .php .pif .pkg .pl .ps1 .psm1 .py .rb .rdp .reg .rpm",
        ".scf .scr .sct .sh .shtml .slk .svg .sys .url .vb .vbe .vbs .vhd .vhdx .wim .ws .wsc",
        ".wsf .wsh .xhtml .xll .zsh .docm .dotm .ppam .potm .ppsm .pptm .xlam .xlsb .xlsm .xltm",
    )
    for ending in line.split()
)
# Files that hold others, where nobody looks.
_PACKED_BYTES = (
    *(b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"MSCF"),
    b"\xfd7zXZ\x00",
)
_PACKED_NAMES = frozenset(
    f".{one}"
    for one in "7z ace arj bz2 cab gz lzh rar tar tgz xz z zip zst".split()  # noqa: SIM905
)
# Word and Excel of before: a program in one has this name in its list of contents.
_OLD_OFFICE, _OLD_MACROS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "_VBA_PROJECT".encode("utf-16-le")
_MACROS = re.compile(r"vbaProject\.bin$|(?:^|/)Basic/|(?:^|/)Scripts/", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069/\\:*?\"<>|]")
_MAIL_FIELD = re.compile(
    rb"^(?:From|To|Date|Subject|Received|Message-ID|MIME-Version):", re.I | re.M
)


class FileRefused(Exception):
    """A file that we do not take; `reason` is a sentence for whoever sent it."""

    def __init__(self, reason: "StrOrPromise") -> None:
        super().__init__("file refused")
        self.reason = reason


class ProgramRefused(FileRefused):
    """It is a program, or may hold one."""


@dataclass(frozen=True)
class NewFile:
    """A file that was looked at and may be kept."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)
    media_type: str


def looked_at(name: str, content: bytes) -> NewFile:
    """Return a file with its type, sniffed. Raises FileRefused."""
    return NewFile(safe_name(name), content, sniff(name, content))


def sniff(name: str, content: bytes) -> str:
    """Return the media type that the content shows. Raises FileRefused for what we do not take."""
    if not content:
        raise FileRefused(_("This file is empty. Choose another one."))
    if len(content) > MOST_FILE_BYTES:
        raise FileRefused(_("This file is larger than 10 MB. Choose a smaller one."))
    if content.startswith(_PROGRAM_BYTES) or names_program(name):
        raise ProgramRefused(
            _("This is a program, or a file that can hold one. We never open those: send a PDF.")
        )
    if content.startswith(_OLD_OFFICE) and _OLD_MACROS in content:
        raise ProgramRefused(_("This document holds a program (macros). Send it as a PDF."))
    for found in (_by_first_bytes(content), _in_zip(content), _text(name, content)):
        if found:
            return found
    packed = content.startswith(_PACKED_BYTES) or _endings(name) & _PACKED_NAMES
    raise (ProgramRefused if packed else FileRefused)(
        _("We do not know this kind of file. Send a PDF, a photo, or a Word file.")
    )


def names_program(name: str) -> bool:
    """Tell whether a name ends as that of a program does."""
    return bool(_endings(name) & _PROGRAM_NAMES)


def safe_name(name: str) -> str:
    """Return a name without folders and without signs that hide what it ends with."""
    last = _UNSEEN.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")
    if len(last) > LONGEST_NAME:
        last = last[: LONGEST_NAME - 10] + last[-10:]
    return last or "file"


def _endings(name: str) -> set[str]:
    return {PurePath(safe_name(name).lower()).suffix}


def _by_first_bytes(content: bytes) -> str:
    if content[:1024].lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"%PDF-"):
        return "application/pdf"
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1"):
        return "image/heic"
    import puremagic  # a quarter of a second, that every command would wait for

    try:
        found = puremagic.magic_string(content[:8192])
    except (puremagic.PureError, ValueError):
        return ""
    # The surest first; PDF was told above, from its own first bytes.
    return found[0].mime_type if found and found[0].mime_type in _IMAGES else ""


def _in_zip(content: bytes) -> str:
    """Return the type of a document that is a zip without macros."""
    if not content.startswith(b"PK\x03\x04"):
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            kind = _beginning(archive, "mimetype") if "mimetype" in names else ""
    except _NO_ZIP:
        return ""
    if any(_MACROS.search(name) for name in names):
        raise ProgramRefused(_("This document holds a program (macros). Send it as a PDF."))
    if kind.startswith(_OPEN_DOCUMENT):
        return kind
    return next((media for inside, media in _OFFICE.items() if inside in names), "")


def _beginning(archive: zipfile.ZipFile, name: str) -> str:
    """Return the first signs of a file in a zip; never unpacks more, however large it is."""
    if archive.getinfo(name).compress_type not in _PACKED:
        return ""
    with archive.open(name) as inside:
        return inside.read(100).decode("ascii")


def _text(name: str, content: bytes) -> str:
    if b"\x00" in content[:8192]:
        return ""
    ending = PurePath(safe_name(name).lower()).suffix
    if ending == ".eml" and _MAIL_FIELD.search(content[:4096]):
        return MAIL
    if ending not in (".txt", ".md", ".csv", ""):
        return ""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # An older writing: any bytes but control signs.
        return "" if re.search(rb"[\x00-\x08\x0e-\x1a\x7f]", content) else TEXT
    return TEXT
