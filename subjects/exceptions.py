"""Which rule a change would break. The text is for the colleague who asked for the change."""

from django.utils.translation import gettext as _


class RuleBroken(Exception):
    """A change that the law or the statement does not allow; `str` says which and why."""


class ImpossibleDates(RuleBroken):
    def __init__(self) -> None:
        super().__init__(_("A dossier cannot be closed before it was opened."))


class EndedForGood(RuleBroken):
    def __init__(self) -> None:
        super().__init__(_("Nothing revives what ended by unsubscribing or withdrawn consent."))


class NotMarketing(RuleBroken):
    def __init__(self) -> None:
        super().__init__(_("One can unsubscribe from marketing and development only."))


class AlreadyRestricted(RuleBroken):
    def __init__(self) -> None:
        super().__init__(_("These data are restricted on this ground already."))


class PersonNotInformed(RuleBroken):
    def __init__(self) -> None:
        super().__init__(
            _("The person is informed before a restriction is lifted (GDPR Article 18(3)).")
        )


class Restricted(RuleBroken):
    def __init__(self) -> None:
        super().__init__(
            _("These data are restricted: they may only be stored, or used for a legal claim.")
        )


class UseEnded(RuleBroken):
    def __init__(self) -> None:
        super().__init__(_("These data may no longer be used for this purpose."))


class TransferRefused(RuleBroken):
    def __init__(self, country: str) -> None:
        super().__init__(
            _(
                "%(country)s lies outside the European Economic Area: say which mechanism makes"
                " the transfer lawful (GDPR Chapter V)."
            )
            % {"country": country}
        )


class NotInStatement(RuleBroken):
    def __init__(self, code: str) -> None:
        super().__init__(_("The privacy statement does not know “%(code)s”.") % {"code": code})


class AnsweredOtherwise(RuleBroken):
    def __init__(self) -> None:
        super().__init__(_("This instruction was answered before, and otherwise."))


class NothingToChange(RuleBroken):
    def __init__(self, names: str) -> None:
        super().__init__(_("An identity has no “%(names)s”.") % {"names": names})
