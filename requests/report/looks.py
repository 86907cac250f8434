"""When colleagues looked at a person's data and for what purpose: never which colleague.

Source: GDPR Article 15(1); Court of Justice, C-579/21.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from audit import services as audit
from requests.report.build import LookDay
from subjects import looking
from subjects.constants import LookPurpose

VIEWED = "request.viewed"
LOOKS = (VIEWED, looking.VIEWED, looking.REVEALED)
MOST = 10_000


def looks_of(subjects: Iterable[UUID], requests: Iterable[UUID]) -> list[LookDay]:
    """Return the looks at these people, and at the files of these requests, newest day first.

    In one query, of the newest entries.
    """
    about = [f"subject:{one}" for one in subjects] + [f"request:{one}" for one in requests]
    seen = audit.entries_about(*about).filter(body__event__in=LOOKS).order_by("-id")
    counted: Counter[tuple[date, str]] = Counter(
        (_day(moment), purpose or str(LookPurpose.REQUEST))
        for moment, purpose in seen.values_list("body__at", "body__purpose")[:MOST]
    )
    ordered = sorted(counted.items(), key=lambda item: (item[0][0], item[0][1]), reverse=True)
    return [LookDay(on, purpose, times) for (on, purpose), times in ordered]


def _day(moment: str) -> date:
    return timezone.localtime(datetime.fromisoformat(moment)).date()
