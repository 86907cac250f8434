class HoldRefused(Exception):
    """A legal hold that the law or the statement does not allow."""


class ErasureIncomplete(Exception):
    """Something of what was to go is still there."""


class ListRefused(Exception):
    """A step that this list, in its present state, does not allow."""


class SamePerson(ListRefused):
    """Two people are needed, and this is one."""


class ErasureForbidden(Exception):
    """An erasure that the law does not allow, or not yet."""


class ReplayNeeded(Exception):
    """A restored database has data again that were destroyed; nothing may be served before."""


class KeysNotYetGone(Exception):
    """The data are deleted, but their keys are still to be destroyed."""


class InstructionRefused(Exception):
    """A step that a client's instruction, in its present state, does not allow."""


class SimulationRefused(Exception):
    """A rule that cannot be tried like that, or not now; the code says why."""


class HoldChanged(HoldRefused):
    """Another colleague changed the hold after this one saw it."""
