"""What stands on a list and what happens next, in sentences: for whoever has to agree."""

from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from retention.constants import BY_DATE, ListKind
from retention.models import DestructionList
from subjects.models import Unit

Status = DestructionList.Status


def what_stands_on(shown: DestructionList) -> str:
    """Return how many of what a list has, and by which rule."""
    size = number_format(shown.size, use_l10n=True, force_grouping=True)
    counted = {
        Unit.DOSSIER: ngettext(
            "%(size)s dossier, with everything in it, under rule %(rule)s.",
            "%(size)s dossiers, with everything in them, under rule %(rule)s.",
            shown.size,
        ),
        Unit.INVOLVEMENT: ngettext(
            "%(size)s person in a dossier, under rule %(rule)s. The rest of the dossier stays.",
            "%(size)s people in dossiers, under rule %(rule)s. The rest of the dossiers stays.",
            shown.size,
        ),
        Unit.RECORD: ngettext(
            "%(size)s piece of data, under rule %(rule)s. The rest of the dossier stays.",
            "%(size)s pieces of data, under rule %(rule)s. The rest of the dossiers stays.",
            shown.size,
        ),
    }
    return counted[Unit(shown.unit)] % {"size": size, "rule": shown.rule or "–"}


def why_it_goes(shown: DestructionList) -> str:
    """Return why what stands on a list goes."""
    day = date_format(shown.first_day)
    reasons = {
        ListKind.SCHEDULED: _("Their period ends: they must go from %(day)s."),
        ListKind.LATE: _(
            "Their period ends: they must go from %(day)s. That was seen less than fourteen days"
            " ahead."
        ),
        ListKind.OVERDUE: _("Their period was over already when they came in."),
        ListKind.RELEASED: _("Their period is over, and what held them back has ended."),
        ListKind.GRANTED: _("Their erasure was asked for, and two colleagues granted it."),
        ListKind.SAME_DAY: _(
            "The person unsubscribed, objected or withdrew consent. That takes effect the same day."
        ),
    }
    return reasons[ListKind(shown.kind)] % {"day": day}


def what_happens_next(
    shown: DestructionList, *, today: date, prepared_by: str, aborted_by: str, tells: bool = True
) -> str:
    """Return what a list waits for, or what became of it.

    Without `tells` no counts: how many were held back would tell of somebody's request.
    """
    if shown.status == Status.PLANNED:
        return _waits(shown, prepared_by)
    if shown.status == Status.APPROVED:
        return _goes(shown, today)
    if shown.status == Status.ABORTED:
        return _(
            "%(who)s aborted it: %(reason)s. Its rule is in review, so what stands here is listed"
            " again and waits for two people."
        ) % {"who": aborted_by or "–", "reason": shown.get_abort_reason_display()}
    if not tells:
        return _(
            "It has run. How many were destroyed and how many stayed is for who may see"
            " money-laundering checks."
        )
    return _(
        "Destroyed: %(destroyed)s. Kept, because it was held back, restricted or not due any more:"
        " %(kept)s."
    ) % {
        "destroyed": number_format(shown.destroyed, use_l10n=True, force_grouping=True),
        "kept": number_format(shown.kept, use_l10n=True, force_grouping=True),
    }


def _waits(shown: DestructionList, prepared_by: str) -> str:
    if shown.prepared_by is not None:
        return _("%(who)s put it forward. Another colleague must approve.") % {"who": prepared_by}
    if shown.kind in BY_DATE:
        return _(
            "Two people must agree: one colleague puts it forward, another approves. After that"
            " there are seven days in which it can be aborted."
        )
    return _("Two people must agree: one colleague puts it forward, another approves.")


def _goes(shown: DestructionList, today: date) -> str:
    if shown.runs_from <= today:
        return _("It is being destroyed, or will be within the hour.")
    words = _("It is destroyed on %(day)s.")
    if shown.kind in BY_DATE:
        words = _(
            "It is destroyed on %(day)s. Until then it can be aborted, or something taken off it."
        )
    return words % {"day": date_format(shown.runs_from)}
