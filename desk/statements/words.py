"""What the parts and fields of a statement file are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PARTS: dict[str, str | Promise] = {
    "promises": _("Sentences of the statement"),
    "headings": _("Headings"),
    "purposes": _("Purposes"),
    "retention_rules": _("Rules of retention"),
    "rights": _("What a person may ask"),
    "decisions": _("What we propose to decide"),
    "lawful_bases": _("Lawful bases"),
    "subject_categories": _("Kinds of people"),
    "data_categories": _("Kinds of data"),
    "source_categories": _("Kinds of sources"),
    "recipient_categories": _("Kinds of recipients"),
    "automated_decisions": _("Automated decisions"),
    "controller": _("Who is responsible"),
    "complaint": _("Complaints"),
    "court": _("The court"),
    "supervisory_authorities": _("Supervisory authorities"),
}
FIELDS: dict[str, str | Promise] = {
    "nl": _("Dutch"),
    "en": _("English"),
    "months": _("Months"),
    "days": _("Days"),
    "anchor": _("Counted from"),
    "article": _("Article"),
    "sentence": _("Sentence"),
    "kept_by": _("What keeps it"),
    "rules": _("Rules of retention"),
    "bases": _("Lawful bases"),
    "data": _("Which data"),
    "sources": _("From whom"),
    "recipients": _("Who receives them"),
    "subjects": _("About whom"),
}
