from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subjects.constants import ImpossibleReason, NoticeChannel
from subjects.models import Organisation
from vault.envelopes import KeyUnfit, read_key


class EndForm(forms.Form):
    """How open notices with an organisation end: confirmed to us, or impossible with a reason."""

    CONFIRMED = "confirmed"
    outcome = forms.ChoiceField(
        label=_("What became of them"),
        choices=[
            (CONFIRMED, _("The organisation confirmed them to us")),
            *[
                choice
                for choice in ImpossibleReason.choices
                if choice[0] != ImpossibleReason.NO_ANSWER
            ],
        ],
        widget=forms.RadioSelect,
    )


class ChannelForm(forms.ModelForm):
    """Where and how an organisation hears from us; `seen` is the stamp of what its reader saw."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    class Meta:
        model = Organisation
        fields = ("privacy_email", "notice_channel", "mail_key")
        labels = {
            "privacy_email": _("E-mail address for privacy"),
            "notice_channel": _("How it hears from us"),
            "mail_key": _("Public key for encrypted e-mail"),
        }
        help_texts = {
            "mail_key": _(
                "The text of an S/MIME certificate (PEM) or of an OpenPGP key. Compare its"
                " fingerprint with the organisation by telephone. Without a key it is a secure"
                " link."
            ),
        }
        widgets = {"mail_key": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = self.fields["notice_channel"]
        assert isinstance(channel, forms.ChoiceField)
        channel.choices = NoticeChannel.choices

    def clean_mail_key(self) -> str:
        """Return the key as it was given, if mail can be encrypted for it today."""
        text = str(self.cleaned_data["mail_key"]).strip()
        self.instance.mail_key_fingerprint = ""
        if text:
            try:
                key = read_key(text, now=timezone.now())
            except KeyUnfit as error:
                raise forms.ValidationError(str(error)) from None
            text, self.instance.mail_key_fingerprint = key.text, key.fingerprint
        return text

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or {}
        if given.get("notice_channel") != NoticeChannel.FILE and not given.get("privacy_email"):
            self.add_error("privacy_email", _("Give an address, or choose the file."))
        return given
