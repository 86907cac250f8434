"""Makes the policy rows a test needs."""

from datetime import date

from policy import services
from policy.models import PolicyVersion


def load_policy() -> PolicyVersion:
    """Load the newest statement file; cheap, and nothing where it is loaded already."""
    version, _new = services.load(today=date(2026, 11, 1))
    return version
