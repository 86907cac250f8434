"""`manage.py check`: no table with personal data escapes destruction."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register

from retention.destruction import CHILDREN
from retention.erasers import registry

# The apps that hold personal data. A table is covered by the slice, by an eraser, or stands here.
WATCHED = ("subjects", "requests")
BY_SLICE = {
    "subjects_dossier",
    "subjects_involvement",
    "subjects_subject",
    "subjects_restrictionmark",
    *(f"subjects_{child}" for child in CHILDREN),
}
EXEMPT = {
    "subjects_organisation": "organisations, never people",
    "subjects_recipient": "organisations in their part as recipient",
    "subjects_suppression": "a keyed digest that keeps an address from being written to again",
    "subjects_erasureproof": "what proves the destruction: digests and keys",
    "subjects_sourcesystem": "systems that send data, never people",
    "subjects_recomputation": "how far dates are computed anew: counts and keys",
    "subjects_ingestrun": "counts of lines and a digest of the file",
    "requests_calendarfeed": "a keyed digest of a colleague's own; goes with their account",
    "subjects_ingestpart": "sealed pieces on their way in; the door itself removes them",
}


@register("retention")
def every_table_is_covered(**kwargs: Any) -> list[CheckMessage]:
    """Each table of the registry and of requests is destroyed with its dossier, or says why not."""
    covered = BY_SLICE | EXEMPT.keys() | registry.covered()
    tables = {
        model._meta.db_table
        for app in WATCHED
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if model._meta.managed
    }
    return [
        Error(f"Nothing erases the rows of {table}.", id="retention.E001")
        for table in sorted(tables - covered)
    ]
