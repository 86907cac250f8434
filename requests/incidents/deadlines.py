"""By when the authority must know of a breach. Plain functions: no database, no clock."""

from datetime import datetime, timedelta

from requests.incidents.constants import HOURS_TO_TELL, NotTelling, Risk

# When colleagues are reminded: so long before the end.
REMIND_BEFORE = (timedelta(hours=48), timedelta(hours=24), timedelta(hours=6))


def tell_authority_by(aware_at: datetime) -> datetime:
    """Return by when the authority must have been told: 72 hours after we knew.

    Counted from the moment itself, through weekends and holidays: the strict reading.

    Source: GDPR Article 33(1).
    """
    return aware_at + HOURS_TO_TELL


def must_tell_authority(risk: str) -> bool:
    """Tell whether the authority must be told: unless a risk is unlikely.

    Source: GDPR Article 33(1).
    """
    return risk != Risk.UNLIKELY


def must_tell_people(risk: str, ground: str = "") -> bool:
    """Tell whether the people themselves must be told: of a high risk, unless a ground excuses.

    Source: GDPR Article 34(1) and (3).
    """
    return risk == Risk.HIGH and ground not in NotTelling.values


def reminders_due(aware_at: datetime, now: datetime) -> int:
    """Return how many reminders should have gone by now; one more when the time is over."""
    end = tell_authority_by(aware_at)
    moments = [*(end - before for before in REMIND_BEFORE), end]
    return sum(moment <= now for moment in moments)
