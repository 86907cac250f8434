class KeyDestroyed(Exception):
    """The data key is gone, and with it what it sealed: treat as erased, not as an error."""


class SealBroken(Exception):
    """The bytes were changed, or moved to another place than they were sealed for."""


class KeyEncryptionKeyMissing(Exception):
    """A data key was wrapped with a key-encryption key that the environment no longer has."""


class KeysTooOld(Exception):
    """The writer took so long that its new keys may be swept: roll back and make others."""


class TooManyOrphans(Exception):
    """So many keys have no row that the main database is likely to be the wrong one."""
