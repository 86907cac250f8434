"""What an officer fills in to decide: a row for each line, corrections, reviews, pauses."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.constants import GIVEN, Outcome, ReviewResult, Right
from requests.dates import parse_day
from requests.decisions.deciding import lacks
from requests.decisions.lines import Choice, Key, Line
from requests.officer.forms import WORDS, Seen
from requests.report.build import fields_of
from requests.services.rights.correcting import PIECES
from requests.templatetags.articles import article
from subjects.constants import RestrictionGround
from subjects.held import HeldInvolvement


@dataclass(frozen=True)
class Row:
    """A line with the fields of its row."""

    line: Line
    outcome: forms.BoundField
    article: forms.BoundField
    reason: forms.BoundField
    grounds: forms.BoundField
    ground: forms.BoundField | None
    data: forms.BoundField | None

    @property
    def errors(self) -> list[tuple[forms.BoundField, str]]:
        """Return what is wrong in this row, each with its field, in the order of the page."""
        fields = (
            self.outcome,
            self.article,
            self.ground,
            self.data,
            self.reason,
            self.grounds,
        )
        return [(one, str(error)) for one in fields if one is not None for error in one.errors]

    @property
    def wrong(self) -> bool:
        return bool(self.errors)


def _articles(line: Line) -> list[tuple[str, Any]]:
    """Return the articles to choose from, under the outcome they belong to."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in line.articles:
        fits = {outcome for outcome, articles in line.fits.items() if one in articles}
        groups.setdefault(_belongs_to(fits), []).append((one, article(one)))
    if len(groups) == 1:
        return [one for group in groups.values() for one in group]
    return list(groups.items())


def _belongs_to(fits: Collection[Outcome]) -> str:
    if Outcome.REFUSED in fits:
        both = Outcome.GRANTED in fits
        return _now("To grant or to refuse") if both else _now("To refuse")
    return _now("To grant") if set(fits) & set(GIVEN) else _now("Does not apply, or is forwarded")


class DecisionsForm(Seen):
    """For each line its outcome, the article it rests on, and the reasons."""

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self._add(line)

    def _add(self, line: Line) -> None:
        self._add_choice(line)
        self._add_reasons(line)

    def _add_choice(self, line: Line) -> None:
        name, current = line.key.name, line.current
        about = " · ".join(part for part in (line.purpose_name, line.label) if part)
        outcomes = [(str(one.value), str(one.label)) for one in line.outcomes]
        if current is None:
            outcomes.insert(0, ("", _now("Choose")))
        self.fields[f"outcome-{name}"] = forms.ChoiceField(
            label=_now("Outcome: %(about)s") % {"about": about},
            choices=outcomes,
            initial=current.outcome if current else "",
            error_messages={"required": _now("Choose an outcome.")},
        )
        self.fields[f"article-{name}"] = forms.ChoiceField(
            label=_now("Article"),
            choices=[("", "–"), *_articles(line)],
            initial=current.article if current else line.proposed.article,
            required=False,
        )
        if line.data:
            self.fields[f"data-{name}"] = forms.MultipleChoiceField(
                label=_now("Which data are erased, where it is a part?"),
                choices=list(line.data),
                widget=forms.CheckboxSelectMultiple,
                initial=list(current.data) if current else [],
                required=False,
            )
        if line.right == Right.RESTRICTION:
            self.fields[f"ground-{name}"] = forms.ChoiceField(
                label=_now("Ground of the pause"),
                choices=[("", "–"), *RestrictionGround.choices],
                initial=current.ground if current else line.ground,
                required=False,
            )

    def _add_reasons(self, line: Line) -> None:
        name, current = line.key.name, line.current
        self.fields[f"reason-{name}"] = forms.CharField(
            label=_now("Reason, for the person"),
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_now(
                "Needed with a refusal, with what is given in part, with what is weighed, and where"
                " you decide otherwise than proposed."
            ),
            initial=current.reason if current else "",
            max_length=WORDS,
            required=False,
        )
        self.fields[f"grounds-{name}"] = forms.CharField(
            label=_now("What was weighed, or what shows an abuse (for the file)"),
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_now("Needed with what is weighed, and with Article 12(5)."),
            initial=current.grounds if current else "",
            max_length=WORDS,
            required=False,
        )
        for field in ("reason", "grounds"):
            # Whether it is needed depends on what is chosen: its hint says so.
            self.fields[f"{field}-{name}"].one_of = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self.lines:
            if not data.get(f"outcome-{line.key.name}"):
                continue
            for lack in lacks(line, self._choice(line, data)):
                name = f"{lack.field}-{line.key.name}"
                self.add_error(name if name in self.fields else None, str(lack.why))
        return data

    def choices(self) -> dict[Key, Choice]:
        """Return the choice of each line; only of a form that is valid."""
        return {line.key: self._choice(line, self.cleaned_data) for line in self.lines}

    def _choice(self, line: Line, data: Mapping[str, Any]) -> Choice:
        name = line.key.name
        outcome = Outcome(data[f"outcome-{name}"])
        typed = {
            field: (data.get(f"{field}-{name}") or "").strip()
            for field in ("article", "reason", "grounds", "ground")
        }
        current = line.current
        if current is not None and outcome == current.outcome:
            # What nobody typed stays as it was proposed or decided.
            typed["article"] = typed["article"] or current.article
            typed["reason"] = typed["reason"] or current.reason
            typed["ground"] = typed["ground"] or current.ground
        if outcome not in GIVEN:
            typed["ground"] = ""
        parts = data.get(f"data-{name}") or () if outcome == Outcome.PARTLY else ()
        return Choice(outcome, data=tuple(sorted(parts)), **typed)

    def by_right(self) -> Iterator[tuple[str, list[Row]]]:
        """Give each right with its rows, in the order of the letter."""
        found: dict[str, list[Row]] = {}
        for line in self.lines:
            found.setdefault(line.right, []).append(self._row(line))
        for right, rows in found.items():
            yield str(Right(right).label), rows

    def _row(self, line: Line) -> Row:
        name = line.key.name
        ground, data = f"ground-{name}", f"data-{name}"
        return Row(
            line,
            self[f"outcome-{name}"],
            self[f"article-{name}"],
            self[f"reason-{name}"],
            self[f"grounds-{name}"],
            self[ground] if ground in self.fields else None,
            self[data] if data in self.fields else None,
        )


# --- corrections ---------------------------------------------------------------------------

IDENTITY = (
    ("last_name", _("Last name")),
    ("first_name", _("First name")),
    ("initials", _("Initials")),
    ("birth_date", _("Date of birth")),
    ("emails", _("E-mail addresses")),
    ("phones", _("Telephone numbers")),
    ("ibans", _("Account numbers (IBAN)")),
    ("addresses", _("Address")),
)
LISTS = frozenset(["emails", "phones", "ibans"])
ADDRESS = ("street", "number", "postcode", "city")
MOST_PIECES = 300


class CorrectionForm(Seen):
    """What gets which new value: a field of the identity, or one of a piece of data."""

    what = forms.ChoiceField(label=_("What is corrected?"))
    value = forms.CharField(
        label=_("New value, or what the person adds"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=WORDS,
        required=False,
        help_text=_(
            "Several addresses or numbers: one on each line. A postal address: street, number,"
            " postcode and city on four lines."
        ),
    )
    removes = forms.BooleanField(
        label=_("Take it away: what stands there is wrong, and nothing is right"), required=False
    )
    evidence = forms.CharField(
        label=_("What shows it"), widget=forms.Textarea(attrs={"rows": 2}), max_length=WORDS
    )

    def __init__(self, *args: Any, held: Sequence[HeldInvolvement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (_now("Who the person is, in all files"), [(f"identity:{a}", b) for a, b in IDENTITY]),
            *_pieces(held),
            *_added_to(held),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, _colon, name = data.get("what", "").partition(":")
        removes, value = data.get("removes"), data.get("value")
        if kind and kind in PIECES and removes:
            self.add_error("removes", _now("A statement is added; nothing is taken away."))
        elif removes and value:
            self.add_error("value", _now("Write a new value, or take the old one away: not both."))
        elif not removes and not value and "value" not in self.errors:
            self.add_error("value", _now("Write the new value, or take the old one away."))
        if kind == "identity" and data.get("value"):
            try:
                data["value"] = identity_value(name, data["value"])
            except ValueError:
                self.add_error("value", _wrong(name))
        return data


def _wrong(name: str) -> str:
    if name == "addresses":
        return _now("Write street, number, postcode and city, each on its own line.")
    return _now("Write a date such as 9-3-1984.")


def identity_value(name: str, typed: str) -> Any:
    """Return what was typed as an identity holds it. Raises ValueError.

    >>> identity_value("emails", "a@b.nl")
    ['a@b.nl']
    """
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if name in LISTS:
        return lines
    if name == "birth_date":
        return parse_day(typed).isoformat()
    if name == "addresses":
        return [dict(zip(ADDRESS, lines, strict=True)) | {"country": "NL"}]
    return " ".join(lines)


def _pieces(held: Sequence[HeldInvolvement]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Give, for each file, the fields of its data that can be given another value."""
    left = MOST_PIECES
    for view in held:
        if view.dossier.phase == "invoice":
            continue
        found = []
        for record in view.records[:left]:
            for name, value in (record.content or {}).items():
                if isinstance(value, str | int | float) and not isinstance(value, bool):
                    [(label, _text), *_rest] = fields_of({name: value}) or [(name, "")]
                    found.append((f"{record.pk}:{name}", f"{label}: {str(value)[:60]}"))
        left -= len(view.records)
        if found:
            number = (view.identity or {}).get("dossier_number", "")
            yield f"{view.dossier.purpose} {number} {view.dossier.client}".strip(), found
        if left <= 0:
            return


def _added_to(held: Sequence[HeldInvolvement]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Give, for each file, the pieces beside which the person may put a statement."""
    left = MOST_PIECES
    for view in held:
        if view.dossier.phase == "invoice" or left <= 0:
            continue
        found = [
            *((f"contact:{one.pk}", one.happened_at, one.note or "") for one in view.contacts),
            *(
                (f"decision:{one.pk}", one.decided_at, str((one.account or {}).get("result", "")))
                for one in view.decisions
            ),
            *((f"record:{one.pk}", one.collected_on, said_in(one.content)) for one in view.records),
        ][:left]
        left -= len(found)
        if found:
            number = (view.identity or {}).get("dossier_number", "")
            name = f"{view.dossier.purpose} {number} {view.dossier.client}".strip()
            yield (
                _now("Added by the person: %(file)s") % {"file": name},
                [(key, f"{format_date(day, 'j F Y')}: {text[:60]}") for key, day, text in found],
            )


def said_in(content: Mapping[str, Any] | None) -> str:
    return ", ".join(text for _label, text in fields_of(content))


class ReviewForm(Seen):
    """A new decision by a person, with reasons."""

    result = forms.ChoiceField(
        label=_("What do you decide?"), choices=ReviewResult.choices, widget=forms.RadioSelect
    )
    view = forms.CharField(
        label=_("What the person says of it"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=WORDS,
    )
    outcome = forms.CharField(label=_("The decision now"), max_length=500)
    effect = forms.CharField(label=_("What it does to the person"), max_length=500)
    reasons = forms.CharField(
        label=_("Your reasons"), widget=forms.Textarea(attrs={"rows": 4}), max_length=WORDS
    )


class EndPauseForm(forms.Form):
    """The words that tell a person that a pause ends."""

    text = forms.CharField(
        label=_("Tell the person when and why the pause ends"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=WORDS,
    )
