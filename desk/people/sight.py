"""What a colleague's role lets them know of; what it does not is not there for them."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from policy import services as policy
from policy.models import PolicyVersion
from policy.statement import Statement
from subjects.unseen import sees_aml


@dataclass(frozen=True)
class Sight:
    """What a colleague's role lets them see besides ordinary data, and the published statement."""

    special: bool
    aml: bool
    statement: Statement
    # Kinds of data that do not exist for this colleague.
    hidden: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "Sight":
        try:
            statement = policy.current()
        except PolicyVersion.DoesNotExist:
            # Before the first statement nobody is in the register.
            raise Http404 from None
        special = request.user.has_perm("subjects.view_special_record")
        kinds = statement.document["data_categories"]
        return cls(
            special=special,
            aml=sees_aml(request.user),
            statement=statement,
            hidden=() if special else tuple(row["code"] for row in kinds if row["special"]),
        )
