"""The requests of a person: those they made, by keyed marks, and those that are about them.

Nothing typed stands in an address or in the ledger; which fields were typed does, and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from audit import services as audit
from requests.constants import MatchState
from requests.models import PrivacyRequest, SubjectMatch
from requests.services.own_file import own_files
from requests.services.people.askers import MOST as EACH
from requests.services.people.askers import marks_of
from subjects import services as subjects
from subjects.constants import LookPurpose
from subjects.names import Person
from subjects.unseen import in_checks, sees_aml
from vault import services as vault

MOST = 50
ASKED = "asked"


@dataclass(frozen=True)
class Found:
    """Requests, the newest first, each with how it is of the person: "asked" or a match's state."""

    requests: Sequence[tuple[PrivacyRequest, str]]
    more: bool


@transaction.atomic
def requests_of(person: Person, *, user: User, purpose: LookPurpose) -> Found:
    """Return the requests that the colleague may see of a person; the look is logged.

    Their own file is left out, and nobody is found whom only a money-laundering check knows by a
    colleague who may not see those (Wwft, Article 23).
    """
    actor = audit.actor_of(user)
    about = _about(person, actor, purpose, may_see=sees_aml(user))
    tokens = vault.tokens(marks_of(person))
    keys = {key for found in vault.probe(tokens, each=EACH) for key in found} if tokens else set()
    visible = PrivacyRequest.objects.visible_to(user)
    rows = list(visible.filter(Q(key_id__in=keys) | Q(pk__in=about)).order_by("-pk")[: MOST + 1])
    own = {pk for pk, _user in own_files(rows, [user])}
    seen = [one for one in rows[:MOST] if one.pk not in own]
    audit.append(
        "request.looked_for",
        object="register:requests",
        actor=actor,
        purpose=str(purpose),
        found=len(seen),
    )
    return Found(
        [(one, ASKED if one.key_id in keys else about[one.pk]) for one in seen], len(rows) > MOST
    )


def _about(person: Person, actor: str, purpose: LookPurpose, *, may_see: bool) -> dict[int, str]:
    """Return requests matched with who is found in the registry, and how the match stands."""
    hidden = None if may_see else in_checks
    found = subjects.search_for(actor, purpose, person, hidden=hidden)
    people = [match.reference for match in found.matches]
    matches = SubjectMatch.objects.filter(subject_reference__in=people)
    kept = matches.exclude(state=MatchState.REJECTED).order_by("-pk")
    return dict(kept.values_list("request_id", "state")[: 10 * MOST])
