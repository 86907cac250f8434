"""What each permission lets a colleague do, in words: for the page and the table of roles."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from desk.roles import LABELS, ROLES

Words = str | Promise
# In the order of the work, under a heading each.
GROUPS: tuple[tuple[Words, dict[str, Words]], ...] = (
    (
        _("Requests"),
        {
            "requests.view_privacyrequest": _("See requests and their dates"),
            "requests.add_privacyrequest": _("Enter a letter, call or e-mail as a request"),
            "requests.search_privacyrequest": _("Look for requests by their person"),
            "requests.export_privacyrequest": _("Export the work queue"),
            "requests.share_queueview": _("Share a view of the work queue with the team"),
            "requests.handle_privacyrequest": _("Handle requests: identity, decisions, messages"),
            "requests.approve_privacyrequest": _("Approve an answer"),
            "requests.approve_refusal": _("Approve a refusal"),
            "requests.review_decision": _("Decide anew what a computer decided"),
            "requests.view_outgoingmail": _("Read mail that goes out"),
        },
    ),
    (
        _("People and their data"),
        {
            "subjects.view_subject": _("Look people up"),
            "subjects.view_involvement": _("See in which dossiers somebody stands"),
            "subjects.view_dossier": _("See dossiers and their dates"),
            "subjects.view_record": _("Open what is held of somebody"),
            "subjects.view_special_record": _("Open special categories of data"),
            "subjects.view_aml_record": _("Open money laundering checks"),
            "subjects.add_restrictionmark": _("Restrict use of somebody's data"),
            "subjects.change_restrictionmark": _("Lift a restriction"),
            "subjects.add_disclosure": _("Record who received data"),
            "subjects.add_contactevent": _("Record a contact"),
        },
    ),
    (
        _("What others were told"),
        {
            "subjects.view_instruction": _("See instructions to source systems"),
            "subjects.tend_instruction": _("Tend instructions to source systems"),
            "subjects.view_recipientnotice": _("See notices to recipients"),
            "subjects.tend_recipientnotice": _("Tend notices to recipients"),
            "subjects.view_disclosurecount": _("See how often organisations received data"),
            "subjects.tend_statementrun": _("Stop or resume telling of a changed statement"),
        },
    ),
    (
        _("Retention"),
        {
            "retention.view_destructionlist": _("See what will be destroyed"),
            "retention.prepare_destructionlist": _("Prepare a destruction list"),
            "retention.abort_destructionlist": _("Abort a list, or take an item off"),
            "retention.approve_destructionlist": _("Approve a destruction list"),
            "retention.approve_checks": _("Approve a list of money laundering checks"),
            "retention.stop_destruction": _("Stop and resume all destruction"),
            "retention.view_simulation": _("See what another rule would do"),
            "retention.add_simulation": _("Try another rule on the data there are"),
            "retention.view_legalhold": _("See holds"),
            "retention.add_legalhold": _("Propose a hold or its release"),
            "retention.change_legalhold": _("Approve a hold or its release"),
            "retention.view_clientinstruction": _("See instructions of clients"),
            "retention.add_clientinstruction": _("Record an instruction of a client"),
            "retention.change_clientinstruction": _("Confirm an instruction of a client"),
            "subjects.view_erasureproof": _("See proofs of destruction"),
        },
    ),
    (
        _("Data breaches"),
        {
            "requests.view_incident": _("See data breaches"),
            "requests.add_incident": _("Report a data breach"),
            "requests.change_incident": _("Handle a data breach"),
        },
    ),
    (
        _("The desk itself"),
        {
            "desk.enter_desk": _("Sign in to the desk"),
            "desk.view_access": _("See which role may do what"),
            "desk.view_marketingfigures": _("See how many objected to marketing"),
            "policy.view_policyversion": _("See versions of the statement"),
            "policy.view_purpose": _("See the register of processing"),
            "audit.add_verification": _("Have the ledger verified"),
            "audit.view_entry": _("Read and check the ledger"),
            "auth.view_user": _("See colleagues' accounts"),
            "auth.add_user": _("Make an account"),
            "auth.change_user": _("Change or close an account, and give it roles"),
            "auth.view_group": _("See the list of roles"),
        },
    ),
)
WORDS = {name: words for _heading, group in GROUPS for name, words in group.items()}


@dataclass(frozen=True)
class Line:
    """One permission: what it lets somebody do, and for each role whether it has it."""

    words: Words
    roles: tuple[bool, ...]


def heads() -> list[Words]:
    """Return the roles in words, in the order of the columns."""
    return [LABELS[role] for role in ROLES]


def matrix() -> list[tuple[Words, list[Line]]]:
    """Return the whole matrix, a heading and its lines at a time."""
    return [(heading, list(_lines(group))) for heading, group in GROUPS]


def _lines(group: dict[str, Words]) -> Iterator[Line]:
    for name, words in group.items():
        yield Line(words, tuple(name in held for held in ROLES.values()))
