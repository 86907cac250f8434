"""The citizen service number (BSN), which we may not process: told from other numbers.

About one number of nine digits in eleven passes the arithmetic test by chance, an invoice number
as well as any. So a number counts only where a field or words call it one.

Source: UAVG, Article 46; Wet algemene bepalingen burgerservicenummer.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

DIGITS = 9
NEAR = 60
MASK = "*" * DIGITS
_NAMED = re.compile(
    r"(?<![a-z])(?:bsn|burger[ -]?service[ -]?(?:nummer|nr)|so(?:cial|ciaal)?[ -]?fi(?:scaal)?"
    r"[ -]?(?:nummer|nr)|sofi|citizen service number)(?![a-z])",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\d.,-])\d(?:[ .-]?\d){8}(?![\d-]|[.,]\d)")
_FIELD = re.compile(r"(?:^|[_\W])(?:bsn|sofi)|burger_?service|citizen_?service_?n", re.IGNORECASE)


def passes_eleven_test(number: str) -> bool:
    """Tell whether nine digits pass the test of citizen service numbers."""
    digits = [int(digit) for digit in number if digit.isdecimal()]
    if len(digits) != DIGITS or not any(digits):
        return False
    weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
    return sum(w * d for w, d in zip(weights, digits, strict=True)) % 11 == 0


def calls_itself_bsn(field: str) -> bool:
    """Tell whether a field's name says that it holds a citizen service number."""
    return bool(_FIELD.search(field))


def find_bsn(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each number in the text that words nearby call a BSN."""
    names = [match.span() for match in _NAMED.finditer(text)]
    if not names:
        return
    begins = [begin for begin, _ in names]
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        # The last name that begins near enough is also the one that ends last.
        last = bisect_left(begins, end + NEAR)
        near = last > 0 and names[last - 1][1] > start - NEAR
        if near and passes_eleven_test(match[0]):
            yield start, end


def mask_bsn(text: str) -> tuple[str, bool]:
    """Return the text with every BSN masked, and whether there was one."""
    masked, last, found = [], 0, False
    for start, end in find_bsn(text):
        masked += [text[last:start], MASK]
        last, found = end, True
    return "".join([*masked, text[last:]]), found
