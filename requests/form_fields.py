"""A line of text and a choice of files, as forms of people and officers ask for them."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WORDS = 20_000
NAME = 100


def text(
    label: "StrOrPromise", limit: int = NAME, *, need: "StrOrPromise | None" = None, **more: Any
) -> Any:
    """Return a field of one line, in any script; `need` is what to say where it is empty."""
    errors = {"required": need} if need else {}
    attributes = {"dir": "auto"} | more.pop("attributes", {})
    # The limit is not put in the page: a browser would cut off what is pasted, without a word.
    field = forms.CharField(
        label=label,
        required=need is not None,
        error_messages=errors,
        widget=more.pop("widget", forms.TextInput)(attrs=attributes),
        **more,
    )
    field.validators.append(_AtMost(limit))
    return field


class _AtMost:
    """Says how long a text is and how long it may be, with the thousands marked."""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def __call__(self, value: str) -> None:
        if len(value) > self.limit:
            sentence = _now("This is too long: %(length)s characters. At most %(limit)s fit here.")
            numbers = {
                "length": number_format(len(value), force_grouping=True),
                "limit": number_format(self.limit, force_grouping=True),
            }
            raise forms.ValidationError(sentence % numbers, code="max_length")


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else []


class FilesForm(forms.Form):
    """Files to send along; the view looks at each of them (`uploads.taken`)."""

    papers = forms.Field(
        label=_("Choose files"),
        widget=SeveralFiles,
        required=False,
        help_text=_(
            "A PDF, a photo or a Word file: five at most, 10 MB each. Never send your identity"
            " card."
        ),
    )
