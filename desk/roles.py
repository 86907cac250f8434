"""Who may do what at the desk, in one place.

A role is a Django group. `sync_roles` runs after every migration and makes each group's
permissions exactly what stands here, so that a right given by hand does not linger.
An app that lands with new permissions adds them to the roles that need them.
"""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext_lazy as _

READ = (
    "desk.enter_desk",
    "policy.view_policyversion",
    "policy.view_purpose",
    "subjects.view_subject",
    "subjects.view_dossier",
    "subjects.view_involvement",
    "requests.view_privacyrequest",
)
REVEAL = (*READ, "subjects.view_record")
KEEP = (
    "retention.view_clientinstruction",
    "retention.view_destructionlist",
    "retention.view_legalhold",
    "retention.view_simulation",
    "subjects.view_erasureproof",
)
PREPARE = (
    *KEEP,
    "retention.prepare_destructionlist",
    "retention.abort_destructionlist",
    "retention.add_legalhold",
    "retention.add_clientinstruction",
    "retention.add_simulation",
)
# What cannot be undone: the second of two people, and the brakes.
APPROVE = (
    *PREPARE,
    "retention.approve_destructionlist",
    "retention.stop_destruction",
    "retention.change_legalhold",
    "retention.change_clientinstruction",
)
# Whoever notices a breach reports it.
REPORT = ("requests.view_incident", "requests.add_incident")
# What others were told, and whether they did it.
TOLD = (
    "subjects.view_instruction",
    "subjects.view_recipientnotice",
    "subjects.view_disclosurecount",
)
ENTER = (
    *READ,
    *REPORT,
    "requests.add_privacyrequest",
    "requests.search_privacyrequest",
    "subjects.add_contactevent",
)
HANDLE = (
    *ENTER,
    "audit.view_entry",
    "subjects.view_record",
    "subjects.view_special_record",
    "subjects.add_restrictionmark",
    "subjects.change_restrictionmark",
    "subjects.add_disclosure",
    "requests.handle_privacyrequest",
    "requests.export_privacyrequest",
    "requests.view_outgoingmail",
    *TOLD,
    "subjects.tend_instruction",
    "subjects.tend_recipientnotice",
    "subjects.tend_statementrun",
    "requests.change_incident",
)
ROLES: dict[str, tuple[str, ...]] = {
    "intake": ENTER,
    "privacy officer": (*HANDLE, *PREPARE, "requests.approve_privacyrequest"),
    "senior officer": (
        *HANDLE,
        *APPROVE,
        "requests.approve_privacyrequest",
        "requests.approve_refusal",
        "requests.review_decision",
        "audit.add_verification",
        "requests.share_queueview",
    ),
    # They decide of a request what only they may see, its money-laundering checks; and they
    # approve the lists of those: nobody approves what they may not see.
    "AML officer": (
        *REVEAL,
        "subjects.view_aml_record",
        "subjects.view_disclosurecount",
        "retention.view_destructionlist",
        "retention.approve_checks",
        "requests.handle_privacyrequest",
        "requests.search_privacyrequest",
    ),
    # Counts only: neither a request nor a person.
    "marketing": ("desk.enter_desk", "desk.view_marketingfigures"),
    "auditor": (
        *READ,
        *KEEP,
        *TOLD,
        "audit.view_entry",
        # Changes nothing: that it was asked for, and what was found, is noted.
        "audit.add_verification",
        "requests.view_incident",
        "desk.view_access",
    ),
    "administrator": (
        "desk.enter_desk",
        "desk.view_access",
        "auth.view_user",
        "auth.add_user",
        "auth.change_user",
        "auth.view_group",
        "audit.view_entry",
        "audit.add_verification",
    ),
}

# Group names stay as they are in every language; these are the words for people.
LABELS = {
    "intake": _("Intake"),
    "privacy officer": _("Privacy officer"),
    "senior officer": _("Senior officer"),
    "AML officer": _("Money laundering officer"),
    "marketing": _("Marketing"),
    "auditor": _("Auditor"),
    "administrator": _("Administrator"),
}

# What each role is for, in a few words, for colleagues.
MEANT_FOR = {
    "intake": _("enters what came, and notes who asks"),
    "privacy officer": _("handles requests and decides"),
    "senior officer": _("also approves what another refused or erases, and the lists of what goes"),
    "AML officer": _("sees, decides and approves what is about money-laundering checks"),
    "marketing": _("sees the counts of marketing, and neither a request nor a person"),
    "auditor": _("reads everything that proves, and changes nothing"),
    "administrator": _("makes accounts and gives roles, and sees nobody’s data"),
}


class UnknownPermission(LookupError):
    """A role names a permission that no app has."""


@transaction.atomic
def sync_roles() -> None:
    """Make the groups and their permissions exactly those of `ROLES`."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    for role, names in ROLES.items():
        if unknown := sorted(set(names) - set(known)):
            raise UnknownPermission(f"{role}: {', '.join(unknown)}")
        group, _ = Group.objects.get_or_create(name=role)
        group.permissions.set(known[name] for name in names)
