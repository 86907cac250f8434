"""Lists of choices of which the ticked ones stand first, and the others behind a line."""

from typing import Any

from django import forms
from django.forms.widgets import ChoiceWidget


class _TickedFirst(ChoiceWidget):
    """Shows what is ticked; the rest is one press away, without script. Nothing ticked: all."""

    template_name = "forms/ticked_first.html"
    # As the styles call it.
    looks_like: str
    # Choices that are not shown alone: who has only these ticked sees all others too.
    not_alone: frozenset[str] = frozenset()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        options = [one for _group, group, _at in context["widget"]["optgroups"] for one in group]
        ticked = [one for one in options if one["selected"]]
        others = [one for one in options if not one["selected"]]
        folded = any(one["value"] not in self.not_alone for one in ticked)
        return context | {
            "ticked": ticked if folded else [*ticked, *others],
            "others": others if folded else [],
            "looks_like": self.looks_like,
            "several": self.allow_multiple_selected,
        }


class TickedFirst(_TickedFirst, forms.CheckboxSelectMultiple):
    looks_like = "checkboxselectmultiple"


class ChosenFirst(_TickedFirst, forms.RadioSelect):
    looks_like = "radioselect"
