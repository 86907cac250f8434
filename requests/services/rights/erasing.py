"""What is granted of erasure: listed by file, by person or by piece, and agreed by two people.

Destruction follows down its own road, `retention`; here it gets its list.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from requests.constants import (
    UNLAWFUL,
    EffectKind,
    EffectState,
    Outcome,
    Part,
    Situation,
)
from requests.exceptions import CannotBeDone
from requests.models import Decision, Effect
from requests.services.messages import tell
from requests.services.rights.work import People, Work, note_done, pause_ended, put
from retention import services as retention
from subjects import services as subjects
from subjects.anchors import RENEWED_BY_CONTACT
from subjects.constants import NoticeEvent
from subjects.models import Dossier, Involvement, Record
from subjects.telling import tell_recipients

BY_DATE_ONLY = frozenset(["AML", "ACC"])  # the law fixes the day; nobody's decision moves it
PAUSE_ENDS = _(
    "You asked us to erase your data. We do that. So the pause of their use ends: data in pause"
    " may not be erased."
)


def list_for_erasure(work: Work, decision: Decision, people: People) -> None:
    if decision.part == Part.SPECIAL:
        _erase_special(work, decision, people)
    elif decision.part == Part.SCORE:
        _erase_scores(work, decision, people)
    elif decision.outcome == Outcome.PARTLY:
        _erase_part(work, decision, people)
    else:
        _erase_file(work, decision, people)


def _erase_part(work: Work, decision: Decision, people: People) -> None:
    """List what of a file is no longer relevant: the categories of data that were chosen."""
    for one in people:
        if one.dossier.purpose_id in BY_DATE_ONLY:
            raise CannotBeDone("the law fixes how long these data are kept")
        chosen = Record.objects.filter(
            involvement=one, data_category__in=decision.data_categories
        ).values_list("pk", flat=True)
        if found := list(chosen.order_by("pk")):
            work.records.setdefault(decision.decided_by, []).extend(found)
            note_done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _erase_file(work: Work, decision: Decision, people: People) -> None:
    if not people:
        return
    dossier = people[0].dossier
    unlawful = decision.article == UNLAWFUL or work.situation == Situation.NOT_ME
    by = decision.decided_by, unlawful
    if dossier.purpose_id in RENEWED_BY_CONTACT and not unlawful:
        for one in people:
            subjects.unsubscribe(
                one.pk, now=work.now, actor=work.actor, case=work.request.reference
            )
        _tell_recipients(work, dossier, people)
    elif dossier.purpose_id in BY_DATE_ONLY and not unlawful:
        if dossier.delete_from is None or dossier.delete_from > work.today:
            raise CannotBeDone("the law fixes how long these data are kept")
        _tell_recipients(work, dossier, people)
    elif unlawful or others_in(dossier.pk, people):
        for one in people:
            put(work.involvements, by, one.pk)
    else:
        put(work.dossiers, by, dossier.pk)
    for one in people:
        _end_pauses(work, one)
        note_done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _tell_recipients(work: Work, dossier: Dossier, people: People) -> None:
    """Let recipients hear of what goes without being listed by us, while we know whom to tell."""
    told: dict[str, Any] = {"case": work.request.reference, "actor": work.actor, "now": work.now}
    whole = not others_in(dossier.pk, people)
    for one in [None] if whole else people:
        tell_recipients(
            NoticeEvent.ERASURE,
            dossier=None if one else dossier,
            involvement=one,
            after_destruction=True,
            **told,
        )


def others_in(dossier_id: int, people: People) -> bool:
    """Tell whether anybody else stands in the dossier: then it stays."""
    mine = [one.pk for one in people]
    return Involvement.objects.filter(dossier=dossier_id).exclude(pk__in=mine).exists()


def _erase_scores(work: Work, decision: Decision, people: People) -> None:
    """List the scores that are old: all of a closed case, all but the newest of an open one."""
    for one in people:
        scores = list(
            Record.objects.filter(involvement=one, data_category="score")
            .order_by("-collected_on", "-pk")
            .values_list("pk", flat=True)
        )
        old = scores if one.dossier.closed_on else scores[1:]
        if old:
            work.records.setdefault(decision.decided_by, []).extend(old)
            note_done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _erase_special(work: Work, decision: Decision, people: People) -> None:
    """Withdraw the consent that special data rest on; what rests on nothing else goes today."""
    for one in people:
        special = Record.objects.filter(involvement=one, is_special=True, special_ground="9.2.a")
        for consent in set(special.exclude(consent=None).values_list("consent_id", flat=True)):
            subjects.withdraw_consent(
                consent, now=work.now, actor=work.actor, case=work.request.reference
            )
        loose = list(special.filter(consent=None).values_list("pk", flat=True))
        if loose:
            work.records.setdefault(decision.decided_by, []).extend(loose)
        note_done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _end_pauses(work: Work, involvement: Involvement) -> None:
    """Lift this request's pauses, which would hold the erasure back, once the person is told.

    What is paused on another ground stays so until an officer ended that too: the person may
    need the data still, and hears of it before.

    Source: GDPR Article 18(1)(c) and (3).
    """
    marks = list(involvement.restrictions.filter(lifted_on=None).order_by("pk"))
    if not marks:
        return
    paused = Effect.objects.filter(request=work.request, kind=EffectKind.RESTRICT)
    mine = set(paused.values_list("mark_id", flat=True))
    if any(mark.pk not in mine for mark in marks):
        raise CannotBeDone(
            "these data are paused on another ground: first tell the person that this pause ends,"
            " and end it, on the page of the request that paused them or on that of the file"
        )
    if not work.paused:
        with override(work.request.language):
            tell(work.request, str(PAUSE_ENDS), work.officer, work.now)
    work.paused.append(involvement)
    for mark in marks:
        subjects.lift_restriction(
            mark.pk,
            informed_on=work.today,
            today=work.today,
            actor=work.actor,
            case=work.request.reference,
        )
        pause_ended(mark.pk, now=work.now)


def erase_listed(work: Work) -> None:
    case = work.request.reference
    for (first, unlawful), ids in work.dossiers.items():
        people = (first, work.officer)
        retention.erase_dossiers(ids, case=case, people=people, today=work.today, unlawful=unlawful)
    for (first, unlawful), ids in work.involvements.items():
        people = (first, work.officer)
        retention.erase_involvements(
            ids, case=case, people=people, today=work.today, unlawful=unlawful
        )
    for first, ids in work.records.items():
        retention.erase_records(ids, case=case, people=(first, work.officer), today=work.today)


def plan_days(work: Work, people: People) -> None:
    """Note with each listed erasure the day from which it may go."""
    fresh = {
        one.reference: one
        for one in Involvement.objects.filter(pk__in=[one.pk for one in people]).select_related(
            "dossier"
        )
    }
    for effect in Effect.objects.filter(
        request=work.request, kind=EffectKind.ERASE, state=EffectState.WAITING, part=Part.WHOLE
    ).exclude(decision__outcome=Outcome.PARTLY):
        involvement = fresh.get(effect.involvement_reference)  # type: ignore[arg-type]
        if involvement is None:
            continue
        days = [day for day in (involvement.delete_from, involvement.dossier.delete_from) if day]
        effect.planned_on = max(min(days), work.today) if days else work.today
        effect.save(update_fields=["planned_on"])
