"""What we hold of colleagues: accounts, sign-ins, sessions and logs go by rule STF-24.

A colleague's number stays in the ledger, which names nobody; whose number it was goes.
"""

from datetime import date, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit import services as audit
from policy import services as policy
from policy.periods import Anchors, first_deletion_day

BATCH = 2_000
# Each with the moment from which its months are counted.
LOGS: tuple[tuple[type[models.Model], str], ...] = (
    (AccessAttempt, "attempt_time"),
    (AccessFailureLog, "attempt_time"),
    (AccessLog, "attempt_time"),
    (LogEntry, "action_time"),
)
CLOSED = "closed-"


def last_day_over(today: date) -> date:
    """Return the newest day whose period under STF-24 is over today.

    Source: rule of this project, STF-24.
    """
    rules = policy.rules()

    def is_over(day: date) -> bool:
        first = first_deletion_day("STF", Anchors(closed_on=day), rules).first_day
        return first is not None and first <= today

    near = today - timedelta(days=round((rules["STF-24"].months or 0) * 30.4375) - 5)
    return next(day for day in (near - timedelta(n) for n in range(40)) if is_over(day))


def forget(today: date) -> None:
    """Erase what is over; safe to run twice and to be killed anywhere."""
    last = last_day_over(today)
    for model, moment in LOGS:
        _erase_logs(model, moment, last)
    clear_sessions()
    close_unused_accounts(last)


def _erase_logs(model: type[models.Model], moment: str, last: date) -> None:
    over = model._default_manager.filter(**{f"{moment}__date__lte": last}).order_by("pk")
    while True:
        with transaction.atomic():
            keys = list(over.values_list("pk", flat=True)[:BATCH])
            if not keys:
                return
            model._default_manager.filter(pk__in=keys).delete()
            audit.append(
                "log.erased",
                object=f"table:{model._meta.db_table}",
                actor=audit.WORKER,
                rows=len(keys),
            )


def clear_sessions() -> None:
    """Delete the sessions that have ended: nothing needs them any more."""
    ended = Session.objects.filter(expire_date__lt=timezone.now())
    while keys := list(ended.values_list("pk", flat=True)[:BATCH]):
        Session.objects.filter(pk__in=keys).delete()
    # What stands in the list of sessions goes with its session.
    open_now = Session.objects.filter(pk=models.OuterRef("session_key"))
    left = UserSession.objects.filter(~models.Exists(open_now))
    while rows := list(left.values_list("pk", flat=True)[:BATCH]):
        UserSession.objects.filter(pk__in=rows).delete()


def close_unused_accounts(last: date) -> int:
    """Close accounts last used on or before a day, and erase who they were; return how many."""
    used = Coalesce("last_login", "date_joined")
    unused = User.objects.annotate(used_at=used).filter(used_at__date__lte=last)
    closed = 0
    for pk in list(unused.exclude(username__startswith=CLOSED).values_list("pk", flat=True)):
        closed += _close(pk, last)
    return closed


@transaction.atomic
def _close(pk: int, last: date) -> bool:
    user = User.objects.select_for_update().get(pk=pk)
    if timezone.localdate(user.last_login or user.date_joined) > last:
        return False
    for relation, rows in _of_account(user):
        # What is theirs alone, such as keys of a second factor, goes; deeds stay, without a name.
        if relation.on_delete is models.CASCADE:
            rows.delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.username, user.email, user.first_name, user.last_name = f"{CLOSED}{pk}", "", "", ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = None
    user.set_unusable_password()
    user.save()
    audit.append("account.closed", object=f"user:{pk}", actor=audit.WORKER)
    return True


def _of_account(user: User) -> list[tuple[Any, Any]]:
    return [
        (relation, relation.related_model._default_manager.filter(**{relation.field.name: user}))
        for relation in _relations()
    ]


def _relations() -> list[Any]:
    """Return what points at an account from elsewhere."""
    return [relation for relation in User._meta.related_objects if not relation.many_to_many]


def covered_tables() -> set[str]:
    """Return the tables whose rows go by what this module does."""
    with_account = {
        relation.related_model._meta.db_table
        for relation in _relations()
        if relation.on_delete is models.CASCADE
    }
    through = {"auth_user_groups", "auth_user_user_permissions"}
    logs = {model._meta.db_table for model, _ in LOGS}
    return {"auth_user", "django_session", "axes_accessattemptexpiration"} | (
        with_account | through | logs
    )
