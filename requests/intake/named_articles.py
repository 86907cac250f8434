"""Articles of the GDPR as people name them in a letter. No database.

"artikel 17", "art. 21, lid 1", "21(2) AVG", "Article 15 GDPR", "18, lid 1(d)", "artt. 15 en 17".
Articles of other laws, or of a contract, are left out; those that are only mentioned ("zoals
bedoeld in artikel 4") are marked so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LAST = 99  # the GDPR has no more articles
_NAME = re.compile(r"(?<![^\W_])(?:artikel(?:en)?|articles?|artt?\b\.?)\s{0,3}", re.IGNORECASE)
_REFERENCE = re.compile(
    r"(?P<article>\d{1,3})(?![\d:])(?:"
    r"(?P<many>[\s,]{1,3}(?:leden|paragraphs|paras)\s{1,3}\d{1,2}(?:\s{0,2}(?:,|en|and|&)\s{0,2}"
    r"\d{1,2}(?!\d)){1,6})"
    r"|[\s,]{0,3}(?:(?:lid|leden|paragraaf|paragraph|para|par\.?)\s{0,3}\(?(?P<named>\d{1,2})\)?"
    r"|\(\s?(?P<bracketed>\d{1,2})\s?\)|\.(?P<dotted>\d)(?![\d-]))"
    r"(?:[\s,]{0,3}(?:(?:aanhef\s{1,3}en\s{1,3})?(?:onder|sub|letter|onderdeel|point|lit\.?)"
    r"\s{0,3}\(?(?P<letter>[a-j])\)?(?![^\W_])|\(\s?(?P<in_brackets>[a-j])\s?\)))?"
    r")?",
    re.IGNORECASE,
)
_AND = re.compile(r"\s{0,3}(?:,|en|and|&|/|of|or)\s{0,3}(?=\d{1,2}(?!\d))", re.IGNORECASE)
# A number without the word "article" is one when a paragraph or the law follows.
_BARE = re.compile(
    r"(?<![\w.,:/()€$-])(?=\d{1,2}(?:,?\s{1,2}lid\s{1,2}\d|"
    r"(?:\s{0,2}\(\d\))?(?:\s{0,2}\([a-j]\))?,?\s{1,2}(?:AVG|GDPR)(?![^\W_])))",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"[\s,]{0,3}(?:(?:van|uit|of|from|in)\s+)?(?:(?:de|the)\s+)?(?:AVG|GDPR|DSGVO|RGPD|"
    r"algemene\s+verordening|general\s+data\s+protection|verordening|regulation)(?![^\W_])",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"[\s,]{0,3}(?:(?:van|uit|of|from|in|to|bij)\s+)?(?:(?:de|het|the|uw|your|jullie|our|deze|"
    r"this|boek\s+\d+)\s+)*(?:(?:nederlands\w*|dutch|german|algemene|general)\s+)?(?:BW|Rv|Sr|Sv|"
    r"Wft|Wki|Wwft|Awb|Bki|Wbp|UAVG|EVRM|ECHR|Grondwet|Handvest|Charter|Constitution|\w*wetboek|"
    r"burgerlijk|wet|civil|voorwaarden|overeenkomst|contract|terms|agreement|conditions|statuten|"
    r"\w*reglement|policy|beleid)(?![^\W_])",
    re.IGNORECASE,
)
_MENTIONED = re.compile(
    r"(?:zoals|als|as|bedoeld|vermeld|gedefinieerd|bepaald|omschreven|volgens)\s+(?:is\s+|are\s+)?"
    r"(?:(?:bedoeld|vermeld|genoemd|gedefinieerd|bepaald|omschreven|defined|mentioned|described|"
    r"referred\s+to|set\s+out|laid\s+down|meant|provided)\s+)?(?:in|by|under|bij)\s+$",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?<![^\W_])(?:geen|niet|not|no|nor|uitzondering\w*|exceptions?|exemptions?)"
    r"(?:\s+[^\s,.;]{1,20}){0,3}\s*$",
    re.IGNORECASE,
)
BEFORE = 60


@dataclass(frozen=True, slots=True)
class NamedArticle:
    """An article of the GDPR as "18.1.d", where it stands; `mentioned` when nothing is asked by it.

    `sure` tells that the law was named with it.
    """

    article: str
    start: int
    end: int
    sure: bool
    mentioned: bool


def articles_in(text: str) -> Iterator[NamedArticle]:
    """Yield the articles of the GDPR named in a text, in their order, each place once."""
    read_to = 0
    for start, at in _starts(text):
        if start < read_to:
            continue
        found, read_to = _read(text, start, at)
        yield from found


def _starts(text: str) -> list[tuple[int, int]]:
    """Return where an article may be named, and where its number begins."""
    named = [(match.start(), match.end()) for match in _NAME.finditer(text)]
    bare = [(match.start(), match.start()) for match in _BARE.finditer(text)]
    return sorted([*named, *bare])


def _read(text: str, start: int, at: int) -> tuple[list[NamedArticle], int]:
    """Return the articles of one list such as "artikelen 15, 16 en 17 AVG", and its end."""
    matches: list[re.Match[str]] = []
    end = at
    while match := _REFERENCE.match(text, end):
        matches.append(match)
        following = _AND.match(text, match.end())
        if following is None:
            break
        end = following.end()
    if not matches:
        return [], at
    end = matches[-1].end()
    if text[end : end + 1] == ":" or _OTHERS.match(text, end):
        return [], end
    sure = _OURS.match(text, end) is not None
    before = text[max(0, start - BEFORE) : start]
    mentioned = bool(_MENTIONED.search(before) or _DENIED.search(before))
    return [
        NamedArticle(
            name, start if match is matches[0] else match.start(), match.end(), sure, mentioned
        )
        for match in matches
        for name in _names(match)
    ], end


def _names(match: re.Match[str]) -> list[str]:
    article = match["article"]
    if not 1 <= int(article) <= LAST:
        return []
    if match["many"]:
        return [f"{article}.{paragraph}" for paragraph in re.findall(r"\d{1,2}", match["many"])]
    paragraph = match["named"] or match["bracketed"] or match["dotted"]
    letter = (match["letter"] or match["in_brackets"] or "").lower()
    return [".".join(part for part in (article, paragraph, letter) if part)]
