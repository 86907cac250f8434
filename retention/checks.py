"""`manage.py check`: no table with personal data escapes destruction."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from retention import staff
from retention.destruction import CHILDREN
from retention.erasers import registry

# Whole apps without a person's data, and why.
APART = {
    "vault": "numbers of keys on their way out",
    "keystore": "keys and tokens; they are destroyed with what they seal",
    "audit": "the ledger: keys, counts and pseudonyms, never a name",
    "policy": "the published statement",
    "contenttypes": "names of models",
}
# A table of any other app is covered by the slice, by an eraser, or stands here.
BY_SLICE = {
    "subjects_dossier",
    "subjects_involvement",
    "subjects_subject",
    "subjects_restrictionmark",
    "retention_helddossier",
    *(f"subjects_{child}" for child in CHILDREN),
}
EXEMPT = {
    "auth_permission": "what may be done, never who",
    "auth_group": "roles, never who",
    "auth_group_permissions": "roles, never who",
    "retention_legalhold": "its words are sealed, and go with its last dossier (`holds`)",
    "retention_holdreview": "its words are sealed under the key of its hold",
    "retention_clientinstruction": "what an organisation asked: keys, days and staff numbers",
    "retention_destructionlist": "what was destroyed: counts, dates and staff numbers",
    "retention_destructionitem": "keys of what was destroyed",
    "retention_window": "positions on a list",
    "retention_rulerun": "rules",
    "retention_rulereview": "rules",
    "retention_simulation": "rules that were tried, counts and a staff number; goes in 30 days",
    "retention_simulatedcount": "counts by rule and client; goes with its simulation",
    "retention_stopswitch": "since when, and a staff number",
    "subjects_organisation": "organisations, never people",
    "subjects_organisationlink": "links that organisations got, as digests",
    "subjects_statementrun": "counts of a version of the statement",
    "subjects_statementtold": "goes with its subject: a cascade in the database",
    "subjects_disclosurecount": "how often organisations received data, without a person",
    "subjects_nottold": "numbers of involvements, made anew every night",
    "subjects_recipient": "organisations in their part as recipient",
    "subjects_suppression": "a keyed digest that keeps an address from being written to again",
    "subjects_erasureproof": "what proves the destruction: digests and keys",
    "subjects_sourcesystem": "systems that send data, never people",
    "subjects_recomputation": "how far dates are computed anew: counts and keys",
    "subjects_ingestrun": "counts of lines and a digest of the file",
    "requests_addresschange": "another address or key of an organisation, with staff numbers",
    "requests_calendarfeed": "a keyed digest of a colleague's own; goes with their account",
    "requests_publicfigure": "counts of a quarter, from the ledger",
    "retention_expectation": "counts of what will go, by month and rule",
    "account_emailconfirmation": "always empty: colleagues confirm no address",
    "subjects_ingestpart": "sealed pieces on their way in; the door itself removes them",
}


@register("retention")
def every_table_is_covered(**kwargs: Any) -> list[CheckMessage]:
    """Each table goes with its dossier, or by the rule for staff, or says why not."""
    covered = BY_SLICE | EXEMPT.keys() | registry.covered() | staff.covered_tables()
    tables = {
        model._meta.db_table
        for app in apps.get_app_configs()
        if app.label not in APART
        for model in app.get_models(include_auto_created=True)
        if model._meta.managed
    }
    return [
        Error(f"Nothing erases the rows of {table}.", id="retention.E001")
        for table in sorted(tables - covered)
    ]
