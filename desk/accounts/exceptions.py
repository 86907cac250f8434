"""Which rule of signing in was broken."""


class SignInRefused(Exception):
    """Something of signing in did not hold. Never says of whom."""


class WrongCode(SignInRefused):
    """The code, or passkey, is not one of this account, or was used before."""


class TooManyTries(SignInRefused):
    """This account was given too many wrong codes; it waits."""


class LastFactor(SignInRefused):
    """Without this one the account would have no second factor, and it must have one."""
