"""An e-mail that was saved as a file: its words, who sent it, when it reached us, its files."""

import codecs
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import collapse_rfc2231_value, parseaddr, parsedate_to_datetime
from pathlib import PurePath
from typing import Any

import nh3
from django.utils import timezone
from django.utils.translation import gettext as _

from requests.constants import MOST_FILES
from requests.files.types import (
    MAIL,
    FileRefused,
    NewFile,
    ProgramRefused,
    looked_at,
    names_program,
)

MOST_PARTS = 200
MOST_BOUNDARIES = 5_000  # lines that may begin a part, before anything is read
MOST_WITHIN = 5  # e-mails within e-mails
# A header is read in quadratic time, so that a long one would keep us busy for hours.
LONGEST_HEADER = 2_000
# What says what a part is: where it is cut, or stands twice, another program reads it otherwise.
_TELLING = ("content-type", "content-disposition", "content-transfer-encoding")
# A file between the lines of the text, as mail programs wrote it before there were parts.
_BETWEEN_LINES = re.compile(r"^begin(?:-base64)? [0-7]{3,4} (\S[^\r\n]{0,200})", re.MULTILINE)
# Writings of names and programs, not of letters; one of them is read in quadratic time.
_NO_WRITING = frozenset(["punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"])
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]{0,200}>", re.IGNORECASE)
# Tags of which only the words matter. Taken out first: tags within tags, without end, are read in
# quadratic time.
_TAG = re.compile(r"<(?!/?(?:script|style|title)\b)/?[a-z][^<>]{0,2000}>", re.IGNORECASE)
LONGEST_PAGE = 500_000
_SPACE = re.compile(r"[ \t\xa0]{2,}")
_LINES = re.compile(r"\n\s{0,200}\n\s{0,200}\n+")


class _ShortHeaders(EmailPolicy):
    """Reads the beginning of each header only."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


@dataclass(frozen=True)
class MailRead:
    """What an e-mail says; `refused` counts its files that we do not take."""

    words: str = field(repr=False)
    name: str = field(repr=False)
    address: str = field(repr=False)
    message_id: str = field(repr=False)
    reached_at: datetime | None
    files: Sequence[NewFile] = field(default=(), repr=False)
    refused: int = 0
    holds_program: bool = False


def read_mail(content: bytes, *, now: datetime, within: int = 0) -> MailRead:
    """Return what an e-mail says. Never raises: what cannot be read is simply absent.

    It counts as a program then: another reader may find one there. `within` says in how many
    other e-mails it stands.
    """
    unread = MailRead("", "", "", "", None, refused=1, holds_program=True)
    if content.count(b"\n--") > MOST_BOUNDARIES or within > MOST_WITHIN:
        return unread
    try:
        message: Any = message_from_bytes(content, policy=_ShortHeaders())
        found = _parts(message, now=now, within=within)
    except RecursionError:
        # Mails within mails, without end: nobody wrote that.
        return unread
    name, address = _sender(message)
    return MailRead(
        words=found.words.strip(),
        name=name,
        address=address,
        message_id=_header(message, "Message-ID")[:200],
        reached_at=_reached(message, now),
        files=found.files[: MOST_FILES - 1],
        refused=found.refused + max(len(found.files) - MOST_FILES + 1, 0),
        holds_program=found.program,
    )


def without_program(file: NewFile) -> NewFile:
    """Return a file as it is. Raises ProgramRefused for an e-mail that holds a program."""
    if file.media_type == MAIL and read_mail(file.content, now=timezone.now()).holds_program:
        raise ProgramRefused(
            _("This e-mail holds a program. Send its other files apart, or print it to a PDF.")
        )
    return file


@dataclass
class _Found:
    """What the parts of an e-mail say, and how many files we do not take."""

    words: str = ""
    files: list[NewFile] = field(default_factory=list)
    refused: int = 0
    program: bool = False

    def refuse(self, *, program: bool) -> None:
        self.refused += 1
        self.program = self.program or program


def _parts(message: Any, *, now: datetime, within: int) -> _Found:
    """Return what all parts say, those of e-mails within it too."""
    found = _Found()
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            found.refuse(program=True)
            break
        if _reads_otherwise(part):
            found.refuse(program=True)
        elif part.is_multipart():
            continue
        elif _is_file(part):
            _take(found, part, now=now, within=within)
        elif part.get_content_type() in ("text/plain", "text/html"):
            words = _words(part)
            if any(names_program(name) for name in _BETWEEN_LINES.findall(words)):
                found.refuse(program=True)
            found.words = found.words if found.words.strip() else words
    return found


def _take(found: _Found, part: EmailMessage, *, now: datetime, within: int) -> None:
    content = part.get_payload(decode=True)
    try:
        file = looked_at(_filename(part), content if isinstance(content, bytes) else b"")
    except FileRefused as error:
        found.refuse(program=isinstance(error, ProgramRefused) or _is_program(part))
        return
    inside = file.media_type == MAIL and read_mail(file.content, now=now, within=within + 1)
    if (inside and inside.holds_program) or _is_program(part):
        found.refuse(program=True)
    else:
        found.files.append(file)


def _reads_otherwise(part: EmailMessage) -> bool:
    """Tell whether another reader may find something else in a part than we do."""
    said = [(name.lower(), str(value)) for name, value in part.raw_items()]
    telling = [name for name, _value in said if name in _TELLING]
    if len(telling) != len(set(telling)):
        return True
    if any(name in _TELLING and len(value) >= LONGEST_HEADER for name, value in said):
        return True
    encoding = dict(said).get("content-transfer-encoding", "").strip().lower()
    packed = encoding in ("base64", "quoted-printable")
    kind, whole = part.get_content_maintype(), part.is_multipart()
    # Parts within something that was encoded as a whole, or that has no beginning.
    return (kind in ("message", "multipart") and packed) or (
        kind == "multipart" and not whole and bool(part.get_payload())
    )


def _is_program(part: EmailMessage) -> bool:
    """Tell whether any of a part's names is that of a program."""
    return any(names_program(name) for name in _names(part))


def _names(part: EmailMessage) -> list[str]:
    found = [_filename(part)]
    try:
        found.append(collapse_rfc2231_value(part.get_param("name") or ""))
    except (LookupError, ValueError, TypeError):
        return found
    return found


def decoded(content: bytes, charset: str | None = None) -> str:
    """Return text in whatever writing it came; signs that are none become question marks."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for guess in (charset, "utf-8-sig", "cp1252"):
        try:
            if codecs.lookup(guess or "utf-8-sig").name not in _NO_WRITING:
                return content.decode(guess or "utf-8-sig")
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def text_of_html(page: str) -> str:
    """Return the words of a page, without its scripts, styles and marks."""
    flat = _TAG.sub("", _BREAK.sub("\n", page[:LONGEST_PAGE]))
    bare = nh3.clean(flat, tags=set(), clean_content_tags={"script", "style", "title"})
    lines = (_SPACE.sub(" ", line).strip() for line in html.unescape(bare).splitlines())
    return _LINES.sub("\n\n", "\n".join(lines)).strip()


def _is_file(part: EmailMessage) -> bool:
    if part.get_content_maintype() not in ("text", "multipart"):
        return True
    if part.get_content_disposition() == "attachment":
        return True
    # The text itself may have a name, as a page has.
    return _is_program(part) and not (
        part.get_content_type() == "text/html"
        and all(PurePath(name).suffix.lower() in ("", ".htm", ".html") for name in _names(part))
    )


def _filename(part: EmailMessage) -> str:
    try:
        return part.get_filename() or "file"
    except (LookupError, ValueError):
        return "file"


def _words(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError):
        charset = None
    text = decoded(payload if isinstance(payload, bytes) else b"", charset)
    plain = text_of_html(text) if part.get_content_type() == "text/html" else text
    return plain.replace("\r\n", "\n").replace("\x00", "")


def _header(message: Any, name: str) -> str:
    # Broken headers raise whatever the parser meets: they say nothing then.
    try:
        return str(message.get(name) or "").strip()
    except Exception:
        return ""


def _sender(message: Any) -> tuple[str, str]:
    name, address = parseaddr(_header(message, "From"))
    return name.strip()[:100], address.strip()[:254] if "@" in address else ""


def _reached(message: Any, now: datetime) -> datetime | None:
    """Return when our own mail server took it in (the topmost "Received"), or when it was sent.

    A time to come is no time: somebody's clock was wrong.
    """
    topmost = _header(message, "Received").rpartition(";")[2]
    for stamp in (topmost, _header(message, "Date")):
        try:
            at = parsedate_to_datetime(stamp.strip())
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
        aware = at if at.tzinfo else at.replace(tzinfo=UTC)
        if aware.year > 1990 and aware <= now:
            return aware
    return None
