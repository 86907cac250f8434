"""Telling at once what took effect at once: no letter about it waits for the rest of the answer."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from audit import services as audit
from requests.constants import AT_ONCE, UNANSWERED, EffectState
from requests.exceptions import AnswerLacks
from requests.letters import making
from requests.letters.facts import Kind
from requests.letters.models import Letter
from requests.models import Effect
from requests.services.changing import locked
from requests.services.messages import mail_news


def to_confirm(*, limit: int) -> list[int]:
    """Return requests in which something took effect at once that no letter told, newest first."""
    found = _untold().order_by("-request").values_list("request", flat=True)
    return list(found.distinct()[:limit])


@transaction.atomic
def confirm_at_once(pk: int, *, now: datetime) -> int | None:
    """Write the letter that tells it; return the mail to send, if any. Safe to run twice.

    Nothing else is waited for: no proof for other files, no decision. Raises AnswerLacks where
    the letter would lack what the law asks for.

    Source: GDPR Articles 7(3), 12(3), 21(2) and 21(3).
    """
    privacy_request = locked(pk)
    if not _untold().filter(request=privacy_request).exists():
        return None
    draft = making.draft_at_once(privacy_request, today=timezone.localdate(now))
    if draft.gaps:
        raise AnswerLacks(draft.gaps)
    making.keep(privacy_request, draft, actor=audit.WORKER, now=now)
    return mail_news(privacy_request, now)


def _untold() -> QuerySet[Effect]:
    """Return what took effect since the last such letter; from approval on the answer tells it.

    Not what was done on a colleague's word about who is meant: until it is known who asks, that
    would tell a stranger that we have the person.
    """
    letters = Letter.objects.filter(request=OuterRef("request"), kind=Kind.AT_ONCE)
    last = letters.order_by().values("request").annotate(last=Max("made_at")).values("last")
    done = Effect.objects.filter(
        request__state__in=UNANSWERED,
        right__right__in=AT_ONCE,
        state=EffectState.DONE,
        sure_at__isnull=False,
    )
    return done.annotate(told_at=Subquery(last, output_field=DateTimeField())).filter(
        Q(told_at=None) | Q(sure_at__gt=F("told_at"))
    )
