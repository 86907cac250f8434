"""Celery's way in to the services; tasks take keys, never what they stand for."""

from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Task
from django.db import transaction
from django.utils import timezone

from alektum_privacy.tasks import task
from requests import services
from requests.clock import reminders
from requests.figures import public as public_figures
from requests.incidents import reminding
from requests.mail import mailing, statement
from requests.organisations import changes as organisation_changes
from requests.organisations import forwarding
from requests.organisations import mail as organisation_mail
from requests.packs import handing_over, making, taking
from requests.packs.uploading import NotTaken
from requests.portal import drafts
from requests.queue import exporting

MAIL_ATTEMPTS = 8
LONGEST_WAIT = 1_800  # seconds; less than after what the broker takes a task for lost
BATCH = 1_000


def soon(queued: Callable[..., Any], pk: int) -> None:
    """Queue a task once the transaction is committed, and never fail for it.

    Where the broker is away, the beat finds what is left to do within a minute.
    """
    transaction.on_commit(partial(queued.delay, pk), robust=True)  # type: ignore[attr-defined]


@task(bind=True, max_retries=MAIL_ATTEMPTS - 1)
def send_mail(self: Task, pk: int) -> None:
    """Send one mail; try again later, and longer apart, when the mail server fails."""
    try:
        mailing.send(pk, now=timezone.now())
        return
    except (OSError, ValueError) as error:  # the mail server's answers, and impossible addresses
        last = self.request.retries >= MAIL_ATTEMPTS - 1
        mailing.note_failure(pk, error, last=last)
    # Outside the handler: the error's text may name an address, and a retry is logged with it.
    if not last:
        raise self.retry(countdown=min(60 * 2**self.request.retries, LONGEST_WAIT))


@task
def send_waiting_mail() -> None:
    """Send what is still waiting, oldest first, because it was never queued or got lost."""
    for pk in mailing.overdue(timezone.now(), limit=BATCH):
        send_mail.delay(pk)


@task
def propose_matches(pk: int) -> None:
    """Look who may be meant; safe to run twice."""
    services.propose_matches(pk, now=timezone.now())


@task
def propose_missing_matches() -> None:
    """Look for those whom nobody has looked for, because the task was lost."""
    for pk in services.without_search(limit=BATCH):
        propose_matches.delay(pk)


@task
def carry_out_today() -> None:
    """Carry out what needs nobody's approval, wherever it was not yet: marketing, consent.

    And tell who asked it, in a letter that waits for nothing else.
    """
    for pk in services.asks_at_once(limit=BATCH):
        services.carry_out_at_once(pk, now=timezone.now())
    for pk in services.to_confirm(limit=BATCH):
        confirm_at_once.delay(pk)


@task
def confirm_at_once(pk: int) -> None:
    """Celery's way in to `services.confirm_at_once`; safe to run twice."""
    mail_id = services.confirm_at_once(pk, now=timezone.now())
    if mail_id is not None:
        soon(send_mail, mail_id)


@task
def settle_erasures() -> None:
    """Celery's way in to `services.settle_erasures`."""
    services.settle_erasures(now=timezone.now())


@task
def tidy() -> None:
    """Empty what is past its time: drafts, mails, letters with a code. Safe to run twice."""
    now = timezone.now()
    for empty in (drafts.delete_old, mailing.empty_old, services.empty_expired_letters):
        while empty(now, BATCH) >= BATCH:
            pass


@task
def tell_organisations() -> None:
    """Mail recipients and clients their links; ask about addresses; end what nobody confirmed."""
    now = timezone.now()
    for pk in organisation_changes.ask_offered(now=now):
        send_mail.delay(pk)
    for request in services.sellers_to_tend(limit=BATCH):
        if (mail_id := services.tend_sellers(request, now=now)) is not None:
            send_mail.delay(mail_id)
    forwarding.forward_decided(now=now)
    for pk in organisation_mail.send_links(now=now):
        send_mail.delay(pk)
    forwarding.end_unanswered(now=now)


@task
def remind_systems() -> None:
    """Mail whoever runs a system that left instructions open."""
    for pk in organisation_mail.remind_systems(now=timezone.now()):
        send_mail.delay(pk)


@task
def tell_of_statement() -> None:
    """Tell the next people of a changed statement: a minute's worth; safe to run twice."""
    now = timezone.now()
    for pk in statement.tend(now=now):
        send_mail.delay(pk)


@task
def tidy_statement_mail() -> None:
    """Turn mails that failed into letters, and delete those that went out."""
    now = timezone.now()
    for step in (statement.letters_for_failed, statement.forget_sent):
        while step(now=now):
            pass


@task
def build_pack(pk: int) -> None:
    """Celery's way in to `making.build_pack`; safe to run twice and in parallel.

    First whoever came to light as a recipient since the approval is to be told.
    """
    services.tell_again(pk, now=timezone.now())
    built = making.build_pack(pk, now=timezone.now())
    if built.mail_id is not None:
        soon(send_mail, built.mail_id)


@task
def build_waiting_packs() -> None:
    """Ask again for what was approved and not answered: a broker may forget, we may not."""
    for pk in making.waiting():
        build_pack.delay(pk)
    for pk in making.renewals_waiting():
        renew_pack.delay(pk)
    for pk in handing_over.waiting():
        hand_over.delay(pk)


@task
def renew_pack(pk: int) -> None:
    """Celery's way in to `making.renew`; safe to run twice and in parallel."""
    built = making.renew(pk, now=timezone.now())
    if built.mail_id is not None:
        soon(send_mail, built.mail_id)


@task(bind=True, max_retries=handing_over.ATTEMPTS)
def hand_over(self: Task, pk: int) -> None:
    """Send data to a link of a third party; try again later, and longer apart."""
    try:
        mail_id = handing_over.send(pk, now=timezone.now())
    except NotTaken:
        waits = min(60 * 2**self.request.retries, LONGEST_WAIT)
    else:
        if mail_id is not None:
            soon(send_mail, mail_id)
        return
    raise self.retry(countdown=waits)


@task
def empty_expired_packs() -> None:
    """Celery's way in to `taking.empty_expired`."""
    taking.empty_expired(now=timezone.now())


@task
def remind_of_breaches() -> None:
    """Celery's way in to `incidents.reminding.remind`; safe to run twice."""
    for pk in reminding.remind(now=timezone.now()):
        soon(send_mail, pk)


@task
def remind_officers() -> None:
    """Celery's way in to `reminders.remind`; safe to run twice."""
    for pk in reminders.remind(now=timezone.now()):
        soon(send_mail, pk)


@task
def tend_queue() -> None:
    """Give back lost work, erase exports past their day, make those nobody makes; safe twice."""
    now = timezone.now()
    services.give_back_lost()
    exporting.erase_expired(now=now)
    for pk in exporting.waiting(now=now):
        make_export.delay(pk)


@task
def make_export(pk: int) -> None:
    """Celery's way in to `exporting.make_export`; safe to run twice and in parallel."""
    exporting.make_export(pk)


@task
def count_public_figures() -> None:
    """Celery's way in to `figures.public.count`."""
    public_figures.count(timezone.now())
