"""Nobody looks at their own file, or decides about it: that is for a colleague.

Source: privacy statement, access to data by need only.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from subjects.names import letters


def is_own_file(user: AbstractBaseUser | AnonymousUser, identity: Mapping[str, Any] | None) -> bool:
    """Tell whether this identity may be the colleague's own: the same e-mail, or the same name.

    A namesake is refused too: a colleague without that name can look.
    """
    if not identity:
        return False
    email = getattr(user, "email", "").strip().lower()
    if email and email in {held.strip().lower() for held in identity.get("emails") or ()}:
        return True
    name = letters(getattr(user, "first_name", "")), letters(getattr(user, "last_name", ""))
    held = letters(identity.get("first_name") or ""), letters(identity.get("last_name") or "")
    return all(name) and name == held
