"""What the ledger knows of accounts: sign-ins that failed in bulk, and who did what to whom.

Failed sign-ins are counted, never whose name was tried.
"""

from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from audit import services as audit
from audit.models import Entry

LOCKED = "sign-in.locked"
# However long somebody goes on, they do not fill the ledger.
AGAIN = timedelta(minutes=10)
SPAN = timedelta(hours=1)
RESET, PASSWORD_SET, ADDRESS_SET = "factor.reset", "account.password-set", "account.address-set"
APART = timedelta(days=30)
LOOKED_AT = 200


@transaction.atomic
def sign_in_locked() -> None:
    """Note that a name was locked at an address, and how much failed in the hour before."""
    now = timezone.now()
    told = audit.newest(event=LOCKED).first()
    if told and now < datetime.fromisoformat(told.body["at"]) + AGAIN:
        return
    failed = AccessAttempt.objects.filter(attempt_time__gt=now - SPAN).aggregate(
        times=Sum("failures_since_start"), names=Count("username", distinct=True)
    )
    audit.append(
        LOCKED, object="sign-in", actor=audit.SYSTEM, times=failed["times"], names=failed["names"]
    )


def happened(event: str, account: int) -> bool:
    """Return whether this was done to an account in the last 30 days, by whomever."""
    newest = audit.newest(object=f"user:{account}", event=event).first()
    return newest is not None and _is_recent(newest)


def _is_recent(entry: Entry) -> bool:
    return datetime.fromisoformat(entry.body["at"]) > timezone.now() - APART


def did(event: str, account: int, *, by: int) -> bool:
    """Return whether somebody did this to an account in the last 30 days.

    Who could give an account a new password, or say where its mail goes, and also take its second
    factor away, would be inside it: that takes two people.
    """
    entries = audit.newest(object=f"user:{account}", event=event)[:LOOKED_AT]
    return any(entry.body["actor"] == f"user:{by}" and _is_recent(entry) for entry in entries)
