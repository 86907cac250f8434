import re

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from audit.services import CODE, LONGEST_FACT

KEYS_ONLY = RegexValidator(
    re.compile(rf"\A{CODE.pattern}\Z", CODE.flags),
    _("The ledger knows keys and codes only, no names: type no spaces and no e-mail address."),
)


class SearchForm(forms.Form):
    """What to look for. Posted, so that what was typed by mistake reaches no address."""

    object = forms.CharField(
        label=_("About"),
        help_text=_("The key of what it is about, such as “dossier:” and its reference."),
        required=False,
        max_length=LONGEST_FACT,
        validators=[KEYS_ONLY],
    )
    event = forms.CharField(
        label=_("What happened"),
        help_text=_("Its code, such as “dossier.destroyed”."),
        required=False,
        max_length=LONGEST_FACT,
        validators=[KEYS_ONLY],
    )
