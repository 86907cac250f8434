"""What a person types beside the questions: codes and links that open a page, and messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requests.form_fields import WORDS, FilesForm, text


class CodeForm(forms.Form):
    code = text(
        _("Code from our e-mail"),
        20,
        need=_("Type the six digits from our e-mail."),
        attributes={"inputmode": "numeric", "autocomplete": "one-time-code"},
    )


class PostedCodeForm(forms.Form):
    posted_code = text(
        _("Code from our letter"),
        20,
        need=_("Type the code from our letter, such as K7QF-93MD."),
        attributes={"autocomplete": "one-time-code"},
    )


class FactForm(forms.Form):
    """One fact of the request, for who came by a mailed link; `asks` says which."""

    fact = text(
        "", 40, need=_("Fill this in as the request gives it."), attributes={"autocomplete": "off"}
    )

    def __init__(self, *args: Any, asks: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        born = asks == "birth_date"
        self.fields["fact"].label = _("Date of birth") if born else _("Postcode")
        self.fields["fact"].help_text = _("For example 27-3-1984") if born else ""


class OpenForm(forms.Form):
    number = text(
        _("Number of your request"), 40, need=_("Write the number, such as AP-2026-000123.")
    )
    code = text(
        _("Access code"),
        60,
        need=_("Write the access code that you saw when you sent your request."),
        attributes={"autocomplete": "off"},
    )


class ResumeForm(forms.Form):
    code = text(
        _("Code of your form"),
        60,
        need=_("Write the code that you saw when you saved your form."),
        attributes={"autocomplete": "off"},
    )


class LaterForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={
            "required": _("Write the e-mail address to which we send the link."),
            "invalid": _("This is not an e-mail address. It looks like name@example.nl."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("The mail holds a link and nothing of what you typed."),
    )


class LinkForm(forms.Form):
    number = text(
        _("Number of your request"), 40, need=_("Write the number, such as AP-2026-000123.")
    )
    email = text(
        _("E-mail address"),
        254,
        need=_("Write the e-mail address that you gave us."),
        attributes={"autocomplete": "email", "inputmode": "email"},
    )


class MessageForm(FilesForm):
    words = text(
        _("Your message"),
        WORDS,
        widget=forms.Textarea,
        attributes={"rows": 5},
        need=_("Write your message first."),
    )
    field_order = ("words", "papers")


class MailKeyForm(forms.Form):
    """A public key that mail to the person is encrypted for."""

    key = forms.CharField(
        label=_("Your public key"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "The text of an S/MIME certificate (PEM) or of an OpenPGP key. Leave it empty to stop."
        ),
    )
