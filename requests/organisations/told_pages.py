"""What follows from a request elsewhere: systems, recipients, sellers; for the officer's page."""

from typing import Any

from requests.belongings import belongings_of
from requests.constants import State
from requests.models import PrivacyRequest
from requests.organisations import forwarding
from requests.services.own_file import AML
from subjects import recipients_told
from subjects.constants import InstructionState


def told(privacy_request: PrivacyRequest, *, may_forward: bool, sees_aml: bool) -> dict[str, Any]:
    """Return the context of `requests/_told.html`, as far as this colleague may see it."""
    without = [] if sees_aml else [AML]
    handling = may_forward and privacy_request.state == State.HANDLING
    belongings = belongings_of(privacy_request)
    given = [one for one in belongings.instructions if one.purpose not in without]
    forwardings = list(belongings.forwardings)
    sent_on = {reference for row in forwardings for reference in row.dossiers}
    return {
        "instructions_open": [row for row in given if row.state != InstructionState.ACKNOWLEDGED],
        "instructions_given": len(given),
        "recipients_told": recipients_told.told_of(belongings.notices, without=without),
        "forwardings": forwardings,
        "to_forward": [
            dossier
            for dossier in (forwarding.to_forward(privacy_request) if handling else [])
            if dossier.reference not in sent_on
        ],
    }
