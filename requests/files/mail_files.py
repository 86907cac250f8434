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
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

import nh3
from django.utils import timezone
from django.utils.translation import gettext as _

from requests.constants import MOST_FILES
from requests.files.types import MAIL, FileRefused, NewFile, ProgramRefused, looked_at

MOST_PARTS = 200
MOST_BOUNDARIES = 5_000  # lines that may begin a part, before anything is read
# A header is read in quadratic time, so that a long one would keep us busy for hours.
LONGEST_HEADER = 2_000
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


def read_mail(content: bytes, *, now: datetime) -> MailRead:
    """Return what an e-mail says. Never raises: what cannot be read is simply absent."""
    if content.count(b"\n--") > MOST_BOUNDARIES:
        return MailRead("", "", "", "", None)
    try:
        message: Any = message_from_bytes(content, policy=_ShortHeaders())
        words, files, refused, program = _parts(message)
    except RecursionError:
        # Mails within mails, without end: nobody wrote that.
        return MailRead("", "", "", "", None)
    name, address = _sender(message)
    return MailRead(
        words=words.strip(),
        name=name,
        address=address,
        message_id=_header(message, "Message-ID")[:200],
        reached_at=_reached(message, now),
        files=files[: MOST_FILES - 1],
        refused=refused + max(len(files) - MOST_FILES + 1, 0),
        holds_program=program,
    )


def without_program(file: NewFile) -> NewFile:
    """Return a file as it is. Raises ProgramRefused for an e-mail that holds a program."""
    if file.media_type == MAIL and read_mail(file.content, now=timezone.now()).holds_program:
        raise ProgramRefused(
            _("This e-mail holds a program. Send its other files apart, or print it to a PDF.")
        )
    return file


def _parts(message: Any) -> tuple[str, list[NewFile], int, bool]:
    """Return the first words, the files, how many we do not take, and if one is a program."""
    words, files, refused, program = "", list[NewFile](), 0, False
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            break
        if part.is_multipart():
            continue
        if _is_file(part):
            try:
                files.append(looked_at(_filename(part), part.get_payload(decode=True) or b""))
            except FileRefused as error:
                refused += 1
                program = program or isinstance(error, ProgramRefused)
        elif not words.strip() and part.get_content_type() in ("text/plain", "text/html"):
            words = _words(part)
    return words, files, refused, program


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
    if part.get_content_maintype() in ("text", "multipart"):
        return part.get_content_disposition() == "attachment"
    return True


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
