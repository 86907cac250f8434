from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects.constants import ImpossibleReason, NoticeChannel
from subjects.models import Organisation


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
    """Where and how an organisation hears from us."""

    class Meta:
        model = Organisation
        fields = ("privacy_email", "notice_channel")
        labels = {
            "privacy_email": _("E-mail address for privacy"),
            "notice_channel": _("How it hears from us"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = self.fields["notice_channel"]
        assert isinstance(channel, forms.ChoiceField)
        # Encrypted e-mail needs a key of the organisation; without one it is a secure link.
        channel.choices = NoticeChannel.choices

    def clean(self) -> dict[str, Any] | None:
        given = super().clean() or {}
        if given.get("notice_channel") != NoticeChannel.FILE and not given.get("privacy_email"):
            self.add_error("privacy_email", _("Give an address, or choose the file."))
        return given
