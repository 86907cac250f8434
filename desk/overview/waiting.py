"""What waits for whom: one list over requests, retention, and what others were told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from audit import hiding
from desk.overview import filters
from requests.figures.overview import Scope, Standing
from requests.officer.seeing import HANDLE
from retention.overview import Figures

# Counted no further on a page.
MOST = 10_000
_OTHERS = """SELECT
    (SELECT count(*) FROM (SELECT FROM subjects_instruction
        WHERE state = 'open' AND purpose <> ALL(%(hidden)s) LIMIT %(most)s) a),
    (SELECT count(*) FROM (SELECT FROM subjects_recipientnotice
        WHERE state IN ('to_send', 'sent') AND purpose <> ALL(%(hidden)s) LIMIT %(most)s) b),
    (SELECT count(*) FROM (SELECT FROM requests_forwarding
        WHERE state IN ('to_send', 'sent', 'recall') LIMIT %(most)s) c),
    (SELECT count(*) FROM (SELECT FROM requests_privacyrequest
        WHERE forward_by IS NOT NULL AND state IN ('received', 'waiting', 'handling')
        LIMIT %(most)s) d)"""


@dataclass(frozen=True)
class Wait:
    """So many of something wait for somebody; counted up to `MOST`."""

    whom: str
    what: str
    number: int
    href: str

    @property
    def more(self) -> bool:
        return self.number > MOST


def waits(
    user: Any, scope: Scope, standing: Standing | None, retention: Figures | None
) -> Iterator[Wait]:
    """Yield what waits, and where it stands, together by whom; only what this colleague may see."""
    second, requests = _("A second colleague"), _("Requests")
    if standing is not None:
        if user.has_perm(HANDLE):
            mine = filters.queue(scope, state="open", assigned="me")
            yield Wait(_("You"), requests, standing.mine, mine)
        to_take = filters.queue(scope, state="open", assigned="nobody")
        yield Wait(_("Nobody yet"), requests, standing.nobody, to_take)
        decided = filters.queue(scope, state="open", second="1")
        yield Wait(second, requests, standing.second, decided)
    if retention is not None:
        lists, holds = reverse("retention:lists"), reverse("retention:holds")
        yield Wait(second, _("Lists to approve"), retention.waiting, f"{lists}?show=waiting")
        if user.has_perm("retention.view_legalhold"):
            yield Wait(second, _("Holds"), retention.holds.waiting, f"{holds}?show=waiting")
        if user.has_perm("retention.view_clientinstruction"):
            clients = reverse("retention:clients")
            yield Wait(second, _("Clients’ instructions"), retention.instructions, clients)
    if standing is not None:
        asked = filters.queue(scope, state="waiting")
        yield Wait(_("The person"), requests, standing.person, asked)
    if user.has_perm("subjects.view_instruction"):
        yield from _others(user)
    if standing is not None:
        made = filters.queue(scope, state="approved")
        yield Wait(_("The product: the answer is being made"), requests, standing.making, made)


def _others(user: Any) -> Iterator[Wait]:
    hidden = hiding.purposes_hidden_from(user)
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, {"hidden": hidden, "most": MOST + 1})
        instructions, notices, forwarded, to_send_on = cursor.fetchone()
    yield Wait(_("A connected system"), _("Instructions"), instructions, reverse("told:systems"))
    if user.has_perm("subjects.view_recipientnotice"):
        recipients = reverse("told:recipients")
        yield Wait(_("A recipient"), _("Notices to confirm"), notices, recipients)
        forwards = reverse("told:forwarded")
        yield Wait(_("The seller who decides"), _("Requests sent on"), forwarded, forwards)
        queue, what = reverse("requests:queue") + "?send_on=1", _("Requests to send on")
        yield Wait(_("The seller who decides"), what, to_send_on, queue)
