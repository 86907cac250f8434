"""What an officer types to try another rule before it is published."""

from typing import Any, cast

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from policy import services as policy
from policy.explain import anchor_name
from policy.models import PolicyVersion
from policy.periods import COUNTED_FROM
from retention.exceptions import SimulationRefused
from retention.simulating import LONGEST_MONTHS

YEARS, MONTHS = "years", "months"
REFUSED = {
    "busy": _("Enough is being counted already: wait until one is done, or stop one."),
    "same": _("This is what the rule says now: give another period or another moment."),
    "period": _("This rule has no period that can be changed to that."),
    "anchor": _("This rule cannot be counted from that moment."),
    "unknown": _("The statement does not know this rule any more: choose again."),
}


def in_words(error: SimulationRefused) -> str:
    """Return why something cannot be tried, for whoever asked."""
    return str(REFUSED[str(error)])


def _language() -> str:
    return "en" if (get_language() or "nl").startswith("en") else "nl"


class TryForm(forms.Form):
    """A rule with another period, or counted from another moment."""

    rule = forms.ChoiceField(label=_("Which rule?"))
    number = forms.IntegerField(
        label=_("Keep how long?"),
        help_text=_("Leave it empty to keep the period as it is."),
        min_value=1,
        max_value=LONGEST_MONTHS,
        required=False,
    )
    unit = forms.ChoiceField(
        label=_("In months or years?"),
        choices=((MONTHS, _("Months")), (YEARS, _("Years"))),
        initial=MONTHS,
    )
    anchor = forms.ChoiceField(
        label=_("Counted from"),
        help_text=_("Most rules are counted from what the law or the statement fixes."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        statement = policy.current()
        kept = {code for row in statement.purposes.values() for code in row.rules}
        self.rules = {
            code: rule
            for code, rule in sorted(statement.rules.items())
            if rule.months and code in kept
        }
        language = _language()
        rule_field = cast(forms.ChoiceField, self.fields["rule"])
        rule_field.choices = [
            (
                code,
                _("%(code)s: now %(months)s months from %(anchor)s")
                % {
                    "code": code,
                    "months": rule.months,
                    "anchor": anchor_name(rule.anchor, language),
                },
            )
            for code, rule in self.rules.items()
        ]
        anchors = dict.fromkeys(name for names in COUNTED_FROM.values() for name in names)
        anchor_field = cast(forms.ChoiceField, self.fields["anchor"])
        anchor_field.choices = [
            ("", _("As it is now")),
            *((name, anchor_name(name, language)) for name in anchors),
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        code, anchor = values.get("rule"), values.get("anchor")
        if code and anchor and anchor not in COUNTED_FROM.get(code, ()):
            self.add_error("anchor", str(REFUSED["anchor"]))
        months = self._months(values)
        if months and months > LONGEST_MONTHS:
            self.add_error("number", _("At most 50 years."))
        if code and not self.errors and not self.changes():
            raise forms.ValidationError(str(REFUSED["same"]))
        return values

    @staticmethod
    def _months(values: dict[str, Any]) -> int | None:
        number = values.get("number")
        return number * (12 if values.get("unit") == YEARS else 1) if number else None

    def changes(self) -> dict[str, dict[str, Any]]:
        """Return what is tried, as `simulating.ask` takes it; empty where nothing differs."""
        values = self.cleaned_data
        rule, months = self.rules[values["rule"]], self._months(values)
        tried: dict[str, Any] = {}
        if months and months != rule.months:
            tried["months"] = months
        if values.get("anchor") and values["anchor"] != rule.anchor:
            tried["anchor"] = values["anchor"]
        return {rule.code: tried} if tried else {}


class DraftForm(forms.Form):
    """A version of the statement that was loaded and is not published."""

    draft = forms.ChoiceField(label=_("Which draft?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        drafts = PolicyVersion.objects.filter(status=PolicyVersion.Status.DRAFT)
        self.versions = list(drafts.order_by("-version").values_list("version", flat=True)[:20])
        field = cast(forms.ChoiceField, self.fields["draft"])
        field.choices = [(version, version) for version in self.versions]
