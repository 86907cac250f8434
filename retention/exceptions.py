class HoldRefused(Exception):
    """A legal hold that the law or the statement does not allow."""


class ErasureIncomplete(Exception):
    """Something of what was to go is still there."""
