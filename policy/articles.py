"""References to articles of law, as a reader of either language writes them. No database."""

import re

# In this order: a longer word before the shorter one that stands in it.
_DUTCH = (
    (r"\bGDPR\b", "AVG"),
    (r"\bArticles\b", "artikelen"),
    (r"\bArticle\b", "artikel"),
    (r"\bRegulation\b", "Verordening"),
    (r"\bCourt of Justice\b", "Hof van Justitie"),
    (r"\bparagraphs?\b", "punt"),
    (r"\bto\b", "tot en met"),
    (r"\band\b", "en"),
    (r" ?\((\d+)\)", r" lid \1"),
    (r" ?\((\w)\)", r" onder \1"),
)


def article_in(reference: str, language: str) -> str:
    """Return a reference such as "GDPR Article 17(3)(e)" in `language`; kept in English."""
    if language.startswith("en"):
        return reference
    for english, dutch in _DUTCH:
        reference = re.sub(english, dutch, reference)
    return reference


def reference_of(article: str) -> str:
    """Write "17.3.e" as "GDPR Article 17(3)(e)"; a reference that is written out stays.

    >>> reference_of("12.5")
    'GDPR Article 12(5)'
    """
    if not article or not re.fullmatch(r"[\d.a-z]+", article):
        return article
    head, *rest = article.split(".")
    return f"GDPR Article {head}" + "".join(f"({part})" for part in rest)
