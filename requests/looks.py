"""When colleagues looked at a person's data and for what purpose: never which colleague.

Source: GDPR Article 15(1); Court of Justice, C-579/21.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from audit import services as audit
from requests.report import LookDay
from subjects.constants import LookPurpose
from subjects.services import looks_at

VIEWED = "request.viewed"
PAGE = 500
MOST = 5_000


def looks_of(subjects: Iterable[UUID], requests: Iterable[UUID]) -> list[LookDay]:
    """Return the looks at these people, and at the files of these requests, newest day first."""
    counted: Counter[tuple[date, str]] = Counter()
    for subject in subjects:
        counted.update(_at_person(subject))
    for reference in requests:
        seen = audit.entries_about(f"request:{reference}").filter(body__event=VIEWED)
        moments = seen.values_list("body__at", flat=True)[:MOST]
        counted.update((_day(moment), str(LookPurpose.REQUEST)) for moment in moments)
    ordered = sorted(counted.items(), key=lambda item: (item[0][0], item[0][1]), reverse=True)
    return [LookDay(on, purpose, times) for (on, purpose), times in ordered]


def _at_person(subject: UUID) -> list[tuple[date, str]]:
    found: list[tuple[date, str]] = []
    before: int | None = None
    while len(found) < MOST:
        looks = looks_at(subject, before=before, limit=PAGE)
        found += [(timezone.localtime(look.at).date(), look.purpose) for look in looks]
        if len(looks) < PAGE:
            break
        before = looks[-1].entry_id
    return found


def _day(moment: str) -> date:
    return timezone.localtime(datetime.fromisoformat(moment)).date()
