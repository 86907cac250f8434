"""What an officer fills in. Each form carries the version of the request that was seen."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.constants import (
    DoubtReason,
    QuestionAbout,
)

WORDS = 20_000


class Seen(forms.Form):
    """A form that says which version of the request its reader has seen."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Several stand on one page: their labels must not lead to each other's fields.
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)


class AskForm(Seen):
    about = forms.ChoiceField(
        label=_("What do you ask?"), choices=QuestionAbout.choices, widget=forms.RadioSelect
    )
    reasons = forms.MultipleChoiceField(
        label=_("Why is there reasonable doubt?"),
        choices=DoubtReason.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Needed where you ask who it is (GDPR Article 12(6))."),
    )
    text = forms.CharField(label=_("Your question"), widget=forms.Textarea, max_length=WORDS)
    without_undue_delay = forms.BooleanField(
        label=_("I ask this without undue delay: the clock may stand still"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("about") == QuestionAbout.IDENTITY and not data.get("reasons"):
            self.add_error("reasons", _now("Choose the reason for the doubt."))
        return data
