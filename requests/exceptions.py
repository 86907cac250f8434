"""Which rule was broken; the text is for the colleague or person who broke it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID


class RuleBroken(Exception):
    """Base: what was asked may not be done now."""


class WrongState(RuleBroken):
    """The request does not stand where this is allowed."""


class ChangedMeanwhile(RuleBroken):
    """Somebody else changed the request since it was read."""


class CodeRefused(RuleBroken):
    """A wrong, used or expired code. One answer for all of them."""


class NotAsShown(RuleBroken):
    """What would be sent is not what the page showed from which it was sent."""


class DeadlinePassed(RuleBroken):
    """The law's day for this has gone by."""


class Gone(RuleBroken):
    """The request is not there any more, or not for this colleague."""


class MayNotHandle(RuleBroken):
    """A request goes to a colleague who may handle requests, and to nobody else."""


class SecondPersonNeeded(RuleBroken):
    """Whoever decided may not approve."""


class OwnFile(RuleBroken):
    """The request is, or may be, about the colleague who would handle it."""


class CannotBeDone(RuleBroken):
    """What was decided cannot be carried out in the registry (any more)."""


class Incomplete(RuleBroken):
    """Something that must come first is missing."""


class GrantsNothing(Incomplete):
    """Something is granted that does nothing; says which right, for which dossier and part."""

    def __init__(self, right: str, dossier: UUID, part: str) -> None:
        super().__init__(
            "something is granted that does nothing: note what is corrected, or choose that it"
            " does not apply"
        )
        self.right, self.dossier, self.part = right, dossier, part


class AnswerLacks(Incomplete):
    """The answer lacks items that the law asks for: `gaps` names each, and the dossier."""

    def __init__(self, gaps: Sequence[Any]) -> None:
        super().__init__(f"the answer lacks {len(gaps)} items")
        self.gaps = gaps


class NothingToForward(RuleBroken):
    """No dossier of the person is in the invoice phase, or all are forwarded."""


class PackGone(RuleBroken):
    """The pack has expired; its content is erased."""


class NotProven(Incomplete):
    """Who asks is not proven for some of what would be opened: `lacks` names it by purpose."""

    def __init__(self, lacks: Sequence[Any]) -> None:
        super().__init__(f"it is not proven who asks, for {len(lacks)} dossiers")
        self.lacks = lacks


class NoMandate(Incomplete):
    """Who asks for another may not ask this: `rights` and `purposes` name what is outside."""

    def __init__(
        self, sentence: str, rights: Sequence[str] = (), purposes: Sequence[str] = ()
    ) -> None:
        super().__init__(sentence)
        self.rights, self.purposes = rights, purposes
