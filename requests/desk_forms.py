"""What an officer fills in. Each form carries the version of the request that was seen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policy.identifiers import mask_bsn
from requests.answering import REFUSAL_ARTICLES, Choice, Proposal
from requests.constants import (
    Channel,
    DoubtReason,
    IdentityMethod,
    Outcome,
    QuestionAbout,
    Right,
    Situation,
)
from requests.services import Submission

WORDS = 20_000


class Seen(forms.Form):
    """A form that says which version of the request its reader has seen."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class IdentityForm(Seen):
    method = forms.ChoiceField(
        label=_("How do you know who asks?"),
        choices=[one for one in IdentityMethod.choices if one[0] != IdentityMethod.OTHER],
        widget=forms.RadioSelect,
        help_text=_("Never ask for a copy of an identity document. Only the method is kept."),
    )


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


def _outcomes(row: Proposal) -> list[tuple[str, Any]]:
    """Who decides follows from the phase; what we decide may be granted or refused."""
    forwarded = row.proposed.outcome == Outcome.FORWARDED
    possible = [Outcome.FORWARDED] if forwarded else [Outcome.GRANTED, Outcome.REFUSED]
    return [(outcome.value, outcome.label) for outcome in possible]


class DecisionsForm(Seen):
    """One outcome for each dossier, with ground and reason where it is refused."""

    def __init__(self, *args: Any, rows: Sequence[Proposal], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            name, current = row.dossier.hex, row.current
            what = f"{row.purpose} · {row.label}" if row.label else row.purpose
            self.fields[f"outcome-{name}"] = forms.ChoiceField(
                label=what,
                choices=_outcomes(row),
                initial=current.outcome,
                help_text=_now("Proposed: %(outcome)s (Article %(article)s).")
                % {"outcome": row.proposed.outcome.label, "article": row.proposed.article},
            )
            self.fields[f"article-{name}"] = forms.ChoiceField(
                label=_now("Ground of a refusal"),
                choices=[("", "–"), *((one, one) for one in REFUSAL_ARTICLES)],
                initial=current.article if current.outcome == Outcome.REFUSED else "",
                required=False,
            )
            self.fields[f"reason-{name}"] = forms.CharField(
                label=_now("Reason of a refusal, for the person"),
                widget=forms.Textarea(attrs={"rows": 2}),
                initial=current.reason if current.outcome == Outcome.REFUSED else "",
                max_length=WORDS,
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for row in self.rows:
            if data.get(f"outcome-{row.dossier.hex}") != Outcome.REFUSED:
                continue
            if not data.get(f"article-{row.dossier.hex}"):
                self.add_error(f"article-{row.dossier.hex}", _now("Choose the ground."))
            if not (data.get(f"reason-{row.dossier.hex}") or "").strip():
                self.add_error(f"reason-{row.dossier.hex}", _now("Write the reason."))
        return data

    @property
    def refuses(self) -> bool:
        return any(one.outcome == Outcome.REFUSED for one in self.choices().values())

    def choices(self) -> dict[UUID, Choice]:
        """Return the choice for each dossier; only of a form that is valid."""
        return {row.dossier: self._choice(row) for row in self.rows}

    def _choice(self, row: Proposal) -> Choice:
        name = row.dossier.hex
        if self.cleaned_data[f"outcome-{name}"] != Outcome.REFUSED:
            return row.proposed
        article, reason = self.cleaned_data[f"article-{name}"], self.cleaned_data[f"reason-{name}"]
        return Choice(Outcome.REFUSED, article, reason)


class EntryForm(forms.Form):
    """A request that came by letter, telephone or e-mail."""

    channel = forms.ChoiceField(
        label=_("How did it come?"),
        choices=[(one.value, one.label) for one in (Channel.LETTER, Channel.PHONE, Channel.EMAIL)],
        widget=forms.RadioSelect,
    )
    received_at = forms.DateTimeField(
        label=_("When did it reach us?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("The day on which it came in counts, not the day on which it was read."),
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"),
        choices=[("nl", "Nederlands"), ("en", "English")],
        initial="nl",
    )
    situation = forms.ChoiceField(
        label=_("How does the person know us?"), choices=Situation.choices, initial="unknown"
    )
    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    initials = forms.CharField(label=_("Initials"), max_length=20, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=100)
    birth_date = forms.DateField(
        label=_("Date of birth"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    street = forms.CharField(label=_("Street"), max_length=100, required=False)
    house_number = forms.CharField(label=_("House number"), max_length=20, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = forms.CharField(label=_("Telephone number"), max_length=30, required=False)
    dossier_number = forms.CharField(label=_("Dossier number"), max_length=80, required=False)
    words = forms.CharField(
        label=_("What the person wrote or said"),
        widget=forms.Textarea,
        max_length=WORDS,
        help_text=_("A citizen service number (BSN) is masked: we may not keep it."),
    )

    def clean_received_at(self) -> datetime:
        received = self.cleaned_data["received_at"]
        if received > timezone.now():
            raise forms.ValidationError(_now("This moment is still to come."))
        return received

    def submission(self) -> Submission:
        """Return the request as the services take it in; only of a form that is valid."""
        data = self.cleaned_data
        address = {
            "street": data["street"],
            "number": data["house_number"],
            "postcode": data["postcode"],
            "city": data["city"],
            "country": "NL",
        }
        has_address = any(data[name] for name in ("street", "house_number", "postcode", "city"))
        return Submission(
            received_at=data["received_at"],
            situation=data["situation"],
            identity={
                "first_name": data["first_name"],
                "initials": data["initials"],
                "last_name": data["last_name"],
                "birth_date": data["birth_date"].isoformat() if data["birth_date"] else None,
                "addresses": [address] if has_address else [],
                "emails": [data["email"]] if data["email"] else [],
                "phones": [data["phone"]] if data["phone"] else [],
                "ibans": [],
                "dossier_number": data["dossier_number"],
            },
            words=mask_bsn(data["words"])[0],
            rights=[Right.ACCESS],
            channel=Channel(data["channel"]),
            language=data["language"],
        )
