"""What an officer fills in. Each form carries the version of the request that was seen."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.answering import REFUSAL_ARTICLES, Choice, Proposal
from requests.constants import (
    DoubtReason,
    IdentityMethod,
    Outcome,
    QuestionAbout,
)

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
