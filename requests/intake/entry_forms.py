"""What an officer fills in for a letter, a call or an e-mail: what came, then what it asks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policy.identifiers import mask_bsn
from requests.constants import Channel, Kind, Mention, Right, Situation
from requests.dates import OLDEST
from requests.form_fields import WORDS, SeveralFiles, text
from requests.intake.recognise import Recognised
from requests.models import PrivacyRequest
from requests.services import Submission

LOCAL = "%Y-%m-%dT%H:%M"
EARLIEST = timedelta(days=3660)
NEW = "new"
IDENTITY = (
    *("first_name", "initials", "last_name", "street", "house_number", "postcode"),
    *("city", "email", "phone", "dossier_number"),
)


def when_it_came(received: datetime | None) -> datetime | None:
    """Return the moment. Raises ValidationError for one to come, or ages ago."""
    if received is None:
        return None
    if received > timezone.now():
        raise forms.ValidationError(_now("This moment is still to come."))
    if received < timezone.now() - EARLIEST:
        raise forms.ValidationError(_now("This is more than ten years ago. Check the year."))
    return received


def _moment(**more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=_("When did it reach us?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
        error_messages={"invalid": _("Write day and time, such as 27-3-2026 14:30.")},
        **more,
    )


def _channel() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("How did it come?"),
        choices=[(one.value, one.label) for one in (Channel.LETTER, Channel.PHONE, Channel.EMAIL)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it came.")},
    )


class ArrivedForm(forms.Form):
    """What came: words, files, or both. An e-mail that was saved as a file tells the rest."""

    draft = forms.UUIDField(widget=forms.HiddenInput, required=False)
    channel = _channel()
    received_at = _moment(
        required=False,
        help_text=_(
            "Needed, unless it is an e-mail as a file: we read it from the file. The day on which"
            " it came in counts, not the day on which it was read."
        ),
    )
    # Of a letter or a call it is needed: "(not required)" would mislead.
    received_at.one_of = True  # type: ignore[attr-defined]
    words = text(
        _("What the person wrote or said"),
        WORDS,
        widget=forms.Textarea,
        help_text=_(
            "Needed, unless a file below says it. A citizen service number (BSN) is masked: we may"
            " not keep it."
        ),
    )
    words.one_of = True
    papers = forms.Field(
        label=_("Files"),
        widget=SeveralFiles,
        required=False,
        help_text=_(
            "Needed, unless you wrote above what came. A scan as PDF, an e-mail as .eml, photos:"
            " five at most, 10 MB each. They are kept sealed."
        ),
    )
    papers.one_of = True  # type: ignore[attr-defined]

    def clean_received_at(self) -> datetime | None:
        return when_it_came(self.cleaned_data["received_at"])


class EntryForm(forms.Form):
    """What it asks, as it was read, and of whom it is: an officer confirms or changes it."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Only a request has a clock. A question or complaint is answered by a message."
        ),
    )
    rights = forms.MultipleChoiceField(
        label=_("Which rights does it invoke?"),
        choices=Right.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    mentions = forms.MultipleChoiceField(
        label=_("What else does it say?"),
        choices=Mention.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    joins = forms.ChoiceField(
        label=_("Does it belong to a request that is there already?"),
        widget=forms.RadioSelect,
        help_text=_("A reminder joins its request and starts no clock of its own."),
    )
    shown = forms.BooleanField(
        label=_("Show it on the page of that request too"),
        required=False,
        help_text=_(
            "Whoever has that page then reads this letter. Somebody else may have asked in this"
            " person’s name: it can be shown only once it is proven who asks there."
        ),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    channel = _channel()
    received_at = _moment(
        help_text=_("The day on which it came in counts, not the day on which it was read.")
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"), choices=[("nl", "Nederlands"), ("en", "English")]
    )
    situation = forms.ChoiceField(
        label=_("How does the person know us?"), choices=Situation.choices, initial="unknown"
    )
    first_name = text(_("First name"))
    initials = text(_("Initials"), 20)
    last_name: Any = text(_("Last name"), help_text=_("Not known? Write “unknown”."))
    # Not needed of a letter that joins a request, but else it is: "(not required)" would mislead.
    last_name.one_of = True
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This day does not exist. Check day and month.")},
    )
    street = text(_("Street"))
    house_number = text(_("House number"), 20)
    postcode = text(_("Postcode"), 12)
    city = text(_("City"))
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = text(_("Telephone number"), 40)
    dossier_number = text(_("Dossier number"), 80)
    words = text(_("What the person wrote or said"), WORDS, widget=forms.Textarea)

    def __init__(self, *args: Any, alike: Sequence[PrivacyRequest] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alike = alike
        field = self.fields["joins"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (NEW, _now("No, it is new")),
            *((one.number, _named(one)) for one in alike),
        ]
        if not alike:
            field.widget, field.required = forms.HiddenInput(), False
            del self.fields["shown"]
        self.initial["seen"] = " ".join(one.number for one in alike)

    def tell_where(self, read: Mapping[str, str]) -> None:
        """Say beside a field where in the letter its value was read."""
        for name, why in read.items():
            self.fields[name].help_text = why

    def clean_received_at(self) -> datetime | None:
        return when_it_came(self.cleaned_data["received_at"])

    def clean_birth_date(self) -> date | None:
        born = self.cleaned_data["birth_date"]
        if born and born > timezone.localdate():
            raise forms.ValidationError(_now("This day is still to come. Check the year."))
        if born and born.year < timezone.localdate().year - OLDEST:
            raise forms.ValidationError(
                _now("This is too long ago to be your date of birth. Check the year.")
            )
        return born

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        unseen = {one.number for one in self.alike} - set((data.get("seen") or "").split())
        if unseen:
            self.add_error(
                "joins", _now("This person has another request. Does this belong to it?")
            )
            again = cast(QueryDict, self.data).copy()
            again["seen"] = self.initial["seen"]
            self.data = again
        if self.joined is not None or unseen:
            return data
        if data.get("kind") == Kind.REQUEST and not data.get("rights"):
            self.add_error(
                "rights", _now("Choose at least one right, or say that it is a question.")
            )
        if not data.get("last_name") and "last_name" not in self.errors:
            self.add_error("last_name", _now("Write the last name, or “unknown”."))
        return data

    @property
    def joined(self) -> PrivacyRequest | None:
        """Return the request it belongs to, if the officer chose one."""
        chosen = self.cleaned_data.get("joins")
        return next((one for one in self.alike if one.number == chosen), None)

    def identity(self) -> dict[str, Any]:
        """Return who asks, in the shape the door seals; also of a form that is not right yet."""
        data = {name: self.cleaned_data.get(name) or "" for name in IDENTITY}
        born = self.cleaned_data.get("birth_date")
        address = {
            "street": data["street"],
            "number": data["house_number"],
            "postcode": data["postcode"],
            "city": data["city"],
            "country": "NL",
        }
        has_address = any(data[name] for name in ("street", "house_number", "postcode", "city"))
        return {
            "first_name": data["first_name"],
            "initials": data["initials"],
            "last_name": data["last_name"],
            "birth_date": born.isoformat() if born else None,
            "addresses": [address] if has_address else [],
            "emails": [data["email"]] if data["email"] else [],
            "phones": [data["phone"]] if data["phone"] else [],
            "ibans": [],
            "dossier_number": data["dossier_number"],
        }

    def submission(self, found: Recognised, *, letter_id: str, now: datetime) -> Submission:
        """Return what came as the services take it in; only of a form that is valid."""
        data = self.cleaned_data
        kind = Kind(data["kind"])
        rights = [Right(one) for one in data["rights"]] if kind == Kind.REQUEST else []
        return Submission(
            received_at=data["received_at"],
            taken_at=now,
            situation=data["situation"],
            identity=self.identity(),
            words=mask_bsn(data["words"])[0],
            kind=kind,
            rights=rights,
            mentions=[Mention(one) for one in data["mentions"]],
            articles={right: found.article_of(right) for right in rights},
            channel=Channel(data["channel"]),
            language=data["language"],
            letter_id=letter_id,
            details={"message_id": letter_id} if letter_id else {},
        )


def _named(one: PrivacyRequest) -> str:
    day = date_format(timezone.localdate(one.received_at), "DATE_FORMAT")
    rights = ", ".join(str(right.get_right_display()) for right in one.rights.all())
    return f"{one.number} · {day} · {rights or one.get_kind_display()}"
