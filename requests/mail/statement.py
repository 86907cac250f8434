"""A statement that changed: everybody is told once, by e-mail or with the next letter.

A run walks the people by key, in windows; each window is one transaction that writes who is told
how, the mails, and the run's mark. So it may be killed anywhere and run twice. Mail goes out at
a bounded rate. That somebody unsubscribed from marketing does not matter here.

Source: privacy statement, changes; GDPR Articles 12 and 13(3).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max
from django.utils import translation
from django.utils.translation import gettext as _

from audit import services as audit
from policy.models import PolicyVersion
from policy.services import newest_version
from requests.constants import MailKind, MailState
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.report.withheld import withheld_rules
from requests.services.people.proof import hidden_among
from subjects.constants import Phase, ToldHow
from subjects.models import (
    FirstContactNotice,
    Involvement,
    RestrictionMark,
    StatementRun,
    StatementTold,
    Subject,
)
from vault import services as vault
from vault.constants import KeyKind
from vault.services import OpenKey

# People a window, and windows a minute: those without an address cost no mail, but time.
WINDOW, SMALLEST, WINDOWS = 500, 50, 100
# A mail that went out has nothing more to show: the row of who was told stays.
KEPT_FOR = timedelta(days=1)
BATCH = 1_000


def begin(*, now: datetime) -> StatementRun | None:
    """Return the run of the newest version, begun where it was not; None where nothing changed.

    The first statement changes nothing. Who comes in from now on is told by the first contact.
    """
    newest = newest_version()
    if newest is None or _published() < 2:
        return None
    with transaction.atomic():
        run, new = StatementRun.objects.get_or_create(
            version=newest.version,
            defaults={
                "started_at": now,
                "to_subject": Subject.objects.aggregate(last=Max("pk"))["last"] or 0,
            },
        )
        if new:
            audit.append(
                "statement.run_began", object=f"policy:{newest.version}", actor=audit.SYSTEM
            )
    return run


def _published() -> int:
    return PolicyVersion.objects.filter(published_on__isnull=False).count()


def tend(*, now: datetime, most: int | None = None) -> list[int]:
    """Tell the next people of the newest version; return the mails to send.

    At most about `most` mails (a minute's): people without an address cost none.
    """
    most = settings.STATEMENT_MAILS_A_MINUTE if most is None else most
    run = begin(now=now)
    mails: list[int] = []
    if run is None:
        return mails
    for _number in range(WINDOWS):
        left = most - len(mails)
        window = _window(run.version, now, min(WINDOW, max(left, SMALLEST))) if left > 0 else None
        if window is None:
            break
        mails += window
    return mails


@transaction.atomic
def _window(version: str, now: datetime, width: int) -> list[int] | None:
    """Tell the next people; None where there are no more, or another worker has the run."""
    run = (
        StatementRun.objects.select_for_update(skip_locked=True)
        .filter(version=version, paused_at=None, finished_at=None)
        .first()
    )
    if run is None:
        return None
    people = list(
        Subject.objects.filter(pk__gt=run.last_subject, pk__lte=run.to_subject)
        .order_by("pk")
        .values_list("pk", flat=True)[:width]
    )
    if not people:
        run.finished_at = now
        run.save(update_fields=["finished_at"])
        audit.append("statement.run_ended", object=f"policy:{version}", actor=audit.SYSTEM)
        return None
    addresses = _addresses(people, version)
    mails = _write_mails([address for address in addresses.values() if address], now)
    mail_ids = iter(mails)
    told = []
    for subject, address in addresses.items():
        told.append(
            StatementTold(
                subject_id=subject,
                version=version,
                how=ToldHow.MAIL if address else ToldHow.LETTER,
                told_at=now if address else None,
                mail_id=next(mail_ids) if address else None,
            )
        )
    StatementTold.objects.bulk_create(told)
    run.last_subject = people[-1]
    run.mailed += len(mails)
    run.letters += len(told) - len(mails)
    run.passed += len(people) - len(told)
    run.save(update_fields=["last_subject", "mailed", "letters", "passed"])
    audit.append(
        "statement.told",
        object=f"policy:{version}",
        actor=audit.SYSTEM,
        mailed=len(mails),
        letters=len(told) - len(mails),
        passed=len(people) - len(told),
        up_to=people[-1],
    )
    return mails


def _addresses(people: Sequence[int], version: str) -> dict[int, str]:
    """Return of each person who is to be told an e-mail address, the newest; empty without one.

    In the invoice phase telling is the client's. What is restricted is not used to write to. Whom
    we hold for a report of an unusual transaction only hears nothing: a letter would tell them.

    Source: Wwft, Article 23.
    """
    checks = Involvement.objects.filter(
        subject__in=people, dossier__purpose__in=list(withheld_rules())
    ).select_related("dossier")
    rows = list(
        Involvement.objects.filter(subject__in=people)
        .exclude(dossier__phase=Phase.INVOICE)
        .exclude(pk__in=hidden_among(checks))
        .order_by("-pk")
        .values_list("pk", "subject_id", "key_id", "sealed_identity")
    )
    told = set(
        FirstContactNotice.objects.filter(
            involvement__in=[row[0] for row in rows], statement_version=version
        ).values_list("involvement__subject", flat=True)
    ) | set(
        StatementTold.objects.filter(subject__in=people, version=version).values_list(
            "subject", flat=True
        )
    )
    restricted = set(
        RestrictionMark.objects.filter(
            involvement__in=[row[0] for row in rows], lifted_on=None
        ).values_list("involvement", flat=True)
    )
    keys = vault.open_keys([row[2] for row in rows])
    found: dict[int, str] = {}
    for pk, subject, key_id, sealed in rows:
        if subject in told or found.get(subject):
            continue
        found[subject] = (
            _address(keys[key_id], sealed) if key_id in keys and pk not in restricted else ""
        )
    return dict(sorted(found.items()))


def _address(key: OpenKey, sealed: Any) -> str:
    place = Involvement(key_id=key.id).identity_place
    emails = key.unseal(sealed, place=place).get("emails") or [""]
    return str(emails[0])


def _write_mails(addresses: Sequence[str], now: datetime) -> list[int]:
    if not addresses:
        return []
    subject, body = _words()
    rows = []
    keys = vault.create_keys(KeyKind.MAIL, len(addresses))
    for key, address in zip(keys, addresses, strict=True):
        row = OutgoingMail(kind=MailKind.STATEMENT, language="nl", key_id=key.id, created_at=now)
        content = {"to": address, "subject": subject, "body": body}
        row.sealed_content = key.seal(content, place=row.content_place)
        rows.append(row)
    made = OutgoingMail.objects.bulk_create(rows)
    vault.require_fresh(keys)
    return [row.pk for row in made]


def _words() -> tuple[str, str]:
    """Return subject and text in both languages: of whom we write we know no language."""
    subjects, bodies = [], []
    for language in ("nl", "en"):
        with translation.override(language):
            subjects.append(_("Our privacy statement has changed"))
            bodies.append(
                _(
                    "We changed our privacy statement. It says how we use personal data and which"
                    " rights you have. Read it here:"
                )
                + f"\n\n{mailing.address('policy:statement')}\n\n"
                + _("You need not do anything. Do not reply to this mail.")
            )
    name = settings.CONTROLLER["name"]
    return " / ".join(subjects), "\n\n---\n\n".join(bodies) + f"\n\n{name}\n"


def letters_for_failed(*, now: datetime) -> int:
    """Tell with the next letter whom a mail could not reach; return how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """WITH failed AS (SELECT id FROM requests_outgoingmail
                WHERE state = 'failed' AND kind = 'statement' ORDER BY id LIMIT %s),
            moved AS (UPDATE subjects_statementtold t
                SET how = 'letter', told_at = NULL, mail_id = NULL
                FROM failed f WHERE t.mail_id = f.id RETURNING t.version)
            SELECT version, count(*) FROM moved GROUP BY version""",
            [BATCH],
        )
        moved = dict(cursor.fetchall())
        for version, count in moved.items():
            StatementRun.objects.filter(version=version).update(
                mailed=F("mailed") - count, letters=F("letters") + count
            )
            audit.append(
                "statement.mail_failed",
                object=f"policy:{version}",
                actor=audit.SYSTEM,
                letters=count,
            )
        _delete(OutgoingMail.objects.filter(kind=MailKind.STATEMENT, state=MailState.FAILED))
    return sum(moved.values())


@transaction.atomic
def forget_sent(*, now: datetime) -> int:
    """Delete mails that went out yesterday or before, with the address in them; return how many."""
    sent = OutgoingMail.objects.filter(
        kind=MailKind.STATEMENT, state=MailState.SENT, created_at__lt=now - KEPT_FOR
    )
    return _delete(sent.exclude(key_id=None))


def _delete(found: Any) -> int:
    rows = list(
        found.order_by("created_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", "key_id")[:BATCH]
    )
    vault.destroy_keys_later([key_id for _pk, key_id in rows if key_id is not None])
    OutgoingMail.objects.filter(pk__in=[pk for pk, _key_id in rows]).delete()
    return len(rows)


@transaction.atomic
def pause(version: str, *, stop: bool, actor: str, now: datetime) -> StatementRun:
    """Let a run wait, or go on. Safe to run twice."""
    run = StatementRun.objects.select_for_update(no_key=True).get(version=version)
    if run.finished_at is None and (run.paused_at is None) == stop:
        run.paused_at = now if stop else None
        run.save(update_fields=["paused_at"])
        event = "statement.run_paused" if stop else "statement.run_resumed"
        audit.append(event, object=f"policy:{version}", actor=actor)
    return run
