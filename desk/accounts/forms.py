"""The forms of signing in and of one's own account."""

from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.accounts import factors
from desk.accounts.constants import ResetReason


class CodeForm(forms.Form):
    """A code of an app, or a recovery code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("The six digits that your app shows now, or one of your recovery codes."),
        error_messages={"required": _("Type the code.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
    )


class AppCodeForm(CodeForm):
    """The first code of an app that is being set up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("The six digits that your app shows now.")


class PasskeyForm(forms.Form):
    """What a passkey is called; its browser's answer comes beside it."""

    name = forms.CharField(
        label=_("Name"),
        max_length=40,
        help_text=_("So that you recognise it later: “work laptop”, “key on my key ring”."),
        error_messages={"required": _("Give it a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PasswordForm(forms.Form):
    """One's own password, once more."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        error_messages={"required": _("Type your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasswordForm(PasswordChangeForm):
    """Another password; wrong old ones are counted, so that an open session is no way to guess."""

    def clean_old_password(self) -> str:
        old = self.cleaned_data["old_password"]
        if not factors.check_password(self.user, old, now=timezone.now()):
            raise forms.ValidationError(_("This is not your password."))
        return old


class ResetForm(forms.Form):
    """Why a colleague's second factor is taken away."""

    reason = forms.ChoiceField(
        label=_("What happened?"),
        choices=ResetReason.choices,
        error_messages={"required": _("Say what happened.")},
        widget=forms.RadioSelect,
    )
    seen = forms.BooleanField(
        label=_("I spoke with this colleague myself and know that it is them."),
        error_messages={"required": _("Speak with your colleague first: who asks may be another.")},
    )
