"""A pause for the time in which an objection is weighed ends with an objection that holds."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from requests.services.messages import tell
from requests.services.rights.work import People, Work, pause_ended
from subjects import services as subjects
from subjects.constants import RestrictionGround
from subjects.models import RestrictionMark

WEIGHED = _(
    "Your objection holds: we do not use these data any more. The pause of their use was for the"
    " time in which we looked at it. So that pause ends. The data stay out of use, and go on their"
    " day."
)


def end_weighed(work: Work, people: People, dossiers: Iterable[object]) -> int:
    """End the pauses of Article 18(1)(d) where the objection holds; return how many.

    Else they would hold back the deletion of data that nobody may use. The person is told first.
    Nobody is told that the data may be used again: their use has ended.

    Source: GDPR Articles 5(1)(e), 18(1)(d), 18(3) and 21(1).
    """
    ended = set(dossiers)
    mine = [one.pk for one in people if one.dossier.reference in ended]
    marks = RestrictionMark.objects.filter(
        involvement__in=mine, ground=RestrictionGround.OBJECTION, lifted_on=None
    )
    found = list(marks.order_by("pk").values_list("pk", flat=True))
    if not found:
        return 0
    with override(work.request.language):
        tell(work.request, str(WEIGHED), work.officer, work.now)
    for mark in found:
        subjects.lift_restriction(
            mark,
            informed_on=work.today,
            today=work.today,
            actor=work.actor,
            case=work.request.reference,
        )
        pause_ended(mark, now=work.now)
    return len(found)
