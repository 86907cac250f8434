import re
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import services
from audit.services import CODE, LONGEST_FACT

LARGEST_CERTIFICATE = 256 * 1024
ACTOR_KEY = re.compile(r"\A(user|organisation|system):[\w.-]+\Z", re.ASCII)

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
    actor = forms.CharField(
        label=_("By whom"),
        help_text=_("A colleague's user name, “product” for what it does by itself, or “person”."),
        required=False,
        max_length=150,
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=_("Up to and including"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean_actor(self) -> str:
        """Return the key of who is meant: no user name reaches an address."""
        typed = str(self.cleaned_data["actor"]).strip()
        known = (services.PRODUCT, services.PERSON)
        if not typed or typed in known or ACTOR_KEY.match(typed):
            return typed
        person = get_user_model().objects.filter(username=typed).first()
        if person is None:
            raise forms.ValidationError(_("There is no colleague with this user name."))
        return services.actor_of(person)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and until < since:
            self.add_error("until", _("This is before the first day."))
        return given


class VerificationForm(forms.Form):
    """How much of the ledger to look at."""

    ALL, SINCE = "all", "since"
    part = forms.ChoiceField(
        label=_("What to verify"),
        choices=[(ALL, _("The whole ledger")), (SINCE, _("What came after a signed checkpoint"))],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    since = forms.DateField(
        label=_("Trust what was signed before"),
        required=False,
        help_text=_("Only where you do not verify the whole: the last checkpoint before this day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (
            given.get("part") == self.SINCE
            and not given.get("since")
            and "since" not in self.errors
        ):
            self.add_error("since", _("Give a day."))
        return given

    def since_moment(self) -> datetime | None:
        """Return the beginning of the day to trust, or None for the whole ledger."""
        if self.cleaned_data["part"] == self.ALL:
            return None
        return start_of(self.cleaned_data["since"])


class EntryForm(forms.Form):
    """Which entry to prove."""

    number = forms.IntegerField(label=_("Number of the entry"), min_value=1, max_value=10**15)


class CertificateForm(forms.Form):
    """A certificate to check, as the file that was handed out."""

    certificate = forms.FileField(
        label=_("Certificate"),
        help_text=_("The JSON file, at most 256 kB. It is looked at and not kept."),
    )

    def clean_certificate(self) -> bytes:
        """Return what the file holds."""
        file: UploadedFile = self.cleaned_data["certificate"]
        if file.size is None or file.size > LARGEST_CERTIFICATE:
            raise forms.ValidationError(_("This file is too large to be a certificate."))
        return file.read()


def start_of(day: Any) -> datetime:
    """Return the moment at which a day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: Any) -> datetime:
    """Return the moment at which the day after begins here."""
    return start_of(day + timedelta(days=1))
