"""What a colleague typed in a form that is kept, with the words above each field, to read again.

A form comes back as names and values. Which form it was shows by its names: of all there are, the
one that has most of them.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django import forms

from alektum_privacy.kept_posts import Typed

# Never typed: what the page itself sends along.
REFERENCE = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
BY_ITSELF = ("version", "seen", "reviews_seen", "do", "next", "to", "token")
TICKED = "on"


@dataclass(frozen=True)
class Said:
    """What was typed or chosen in one field; `label` is empty where nobody knows the field."""

    label: str
    values: list[str]


def said(typed: Typed) -> list[Said]:
    """Return all that was typed or chosen, in the order of the form."""
    names = {_plain(name) for name, _values in typed.fields}
    fields = _fields_of(names)
    return list(_said(typed, fields))


def _said(typed: Typed, fields: dict[str, forms.Field]) -> Iterator[Said]:
    for name, values in typed.fields:
        field = fields.get(_plain(name))
        if name in BY_ITSELF or (field is not None and field.widget.is_hidden):
            continue
        shown = [_shown(value, field) for value in values]
        shown = [one for one in shown if one.strip() and not REFERENCE.fullmatch(one.strip())]
        if shown:
            yield Said(str(field.label or "") if field is not None else "", shown)


def _shown(value: str, field: forms.Field | None) -> str:
    if isinstance(field, forms.BooleanField):
        return "✓"
    if isinstance(field, forms.ChoiceField):
        return str(dict(_flat(field.choices)).get(value, value))
    return "" if field is None and value == TICKED else value


def _flat(choices: object) -> Iterator[tuple[str, str]]:
    for value, label in choices:  # type: ignore[attr-defined]
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), str(label)


def _plain(name: str) -> str:
    """Return the name of a field without the prefix of its form."""
    return name.rpartition("-")[2]


def _fields_of(names: Collection[str]) -> dict[str, forms.Field]:
    """Return the fields of the form that has most of these names, and fewest others."""
    best: dict[str, forms.Field] = {}
    for form in _forms(forms.BaseForm):
        fields: dict[str, forms.Field] = vars(form).get("base_fields", {})
        if _fit(fields, names) > _fit(best, names):
            best = fields
    return best


def _fit(fields: Collection[str], names: Collection[str]) -> tuple[int, int]:
    shared = len(set(fields) & set(names))
    return shared, shared - len(fields)


def _forms(of: type) -> Iterator[type]:
    form: type
    for form in of.__subclasses__():
        yield form
        yield from _forms(form)
