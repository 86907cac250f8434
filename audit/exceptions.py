class NoTransaction(Exception):
    """An entry was to be written outside the transaction of the change it tells of."""


class PersonalDataSuspected(Exception):
    """A fact looks like text or an address; the ledger carries keys, counts, dates and codes."""


class NotYetSealed(Exception):
    """The entry has no place in a signed checkpoint yet; the sealer gives it one within minutes."""


class MirrorAhead(Exception):
    """The mirror holds more than the database: the database was restored from a backup."""


class MirrorBroken(Exception):
    """The mirror's entries are not those that its signed notes speak of."""


class KeyNotHandedOver(Exception):
    """The signing key was changed without the old key naming the new one in the ledger."""


class LedgerBroken(Exception):
    """The ledger is not what was signed; the text says where it first differs."""


class VerificationRuns(Exception):
    """A verification is under way already; one at a time reads the whole ledger."""


class NoSuchCheckpoint(LookupError):
    """There is no checkpoint of that size, or none before that moment."""
