"""An erasure that was granted to the people of a dossier, when somebody else joins that dossier.

It was decided for them alone: what waits for its day then goes on as theirs, and the dossier stays
for the newcomer under its own rule.
"""

from django.db.models import Q

from audit import services as audit
from policy.periods import Anchors
from subjects.anchors import anchors_of, end_of
from subjects.door.work import Work
from subjects.models import Dossier, Involvement

DECIDED = ("early_erasure_decided_on", "found_unlawful_on")


def keep_to_its_people(work: Work) -> None:
    """Move what was granted from dossiers that got another person to those who were in them.

    Source: GDPR Article 17(1): erasure of data concerning him or her.
    """
    joined: dict[int, set[int]] = {}
    for row in work.rows.involvements:
        joined.setdefault(row[3], set()).add(row[2])
    if not joined:
        return
    decided = Q(early_erasure_decided_on__isnull=False) | Q(found_unlawful_on__isnull=False)
    dossiers = Dossier.objects.select_for_update(no_key=True).filter(decided, pk__in=list(joined))
    new = [row[0] for row in work.rows.involvements]
    for dossier in dossiers.order_by("pk"):
        there = Involvement.objects.filter(dossier=dossier).exclude(pk__in=new)
        if joined[dossier.pk] - set(there.values_list("subject_id", flat=True)):
            _move(dossier, list(there.values_list("pk", flat=True)), work)


def _move(dossier: Dossier, people: list[int], work: Work) -> None:
    if dossier.delete_from is not None:
        sooner = Q(delete_from__isnull=True) | Q(delete_from__gt=dossier.delete_from)
        Involvement.objects.filter(sooner, pk__in=people).update(
            rule=dossier.rule, delete_from=dossier.delete_from
        )
    if dossier.no_longer_relevant_on == dossier.early_erasure_decided_on:
        dossier.no_longer_relevant_on = None
    for name in DECIDED:
        setattr(dossier, name, None)
    anchors: Anchors = anchors_of(dossier)
    end = end_of(dossier.purpose_id, anchors, work.codes.rules)
    dossier.rule, dossier.delete_from = end.rule, end.delete_from
    dossier.missing_anchor = end.missing_anchor
    dossier.save(
        update_fields=[*DECIDED, "no_longer_relevant_on", "rule", "delete_from", "missing_anchor"]
    )
    audit.append(
        "erasure.kept_to_its_people",
        object=f"dossier:{dossier.reference}",
        actor=audit.SYSTEM,
        people=len(people),
        due=dossier.delete_from,
    )
