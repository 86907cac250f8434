"""Which rule was broken; the text is for the colleague or person who broke it."""


class RuleBroken(Exception):
    """Base: what was asked may not be done now."""


class WrongState(RuleBroken):
    """The request does not stand where this is allowed."""


class ChangedMeanwhile(RuleBroken):
    """Somebody else changed the request since it was read."""


class CodeRefused(RuleBroken):
    """A wrong, used or expired code. One answer for all of them."""


class DeadlinePassed(RuleBroken):
    """The law's day for this has gone by."""


class SecondPersonNeeded(RuleBroken):
    """Whoever decided may not approve."""


class Incomplete(RuleBroken):
    """Something that must come first is missing."""
