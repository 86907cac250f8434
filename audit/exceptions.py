class NoTransaction(Exception):
    """An entry was to be written outside the transaction of the change it tells of."""


class PersonalDataSuspected(Exception):
    """A fact looks like text or an address; the ledger carries keys, counts, dates and codes."""
