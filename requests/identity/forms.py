"""What an officer fills in about who asks, for whom, and about the clock."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policy.identifiers import mask_bsn
from requests.constants import (
    WITHOUT_DATA,
    DoubtReason,
    ExtensionReason,
    IdentityMethod,
    Outcome,
    Right,
)
from requests.form_fields import SeveralFiles
from requests.identity.constants import PROOFS, AuthorityProof, MandateKind
from requests.officer.forms import WORDS, Seen

Choices = Sequence[tuple[str, Any]]
NAME = 200
ELSEWHERE = "elsewhere"  # a document that is no file of the request


class Words(forms.CharField):
    """A longer text; a citizen service number in it is masked before anything is kept."""

    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=WORDS, **more)

    def clean(self, value: Any) -> str:
        return mask_bsn(super().clean(value))[0]


class ProofForm(Seen):
    """One way of knowing who asks. `method` says which; each has a form of its own."""

    method: IdentityMethod

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{self.__class__.__name__.lower()}_%s")
        super().__init__(*args, **kwargs)

    def proof(self) -> dict[str, Any]:
        """Return what the service takes besides the method; only of a form that is valid."""
        return {}


class FactsForm(ProofForm):
    method = IdentityMethod.FILE_FACTS


class EmailForm(ProofForm):
    method = IdentityMethod.EMAIL_ON_FILE


class CallForm(ProofForm):
    method = IdentityMethod.CALL_BACK

    involvement = forms.ChoiceField(
        label=_("Which number did you call?"),
        widget=forms.RadioSelect,
        help_text=_("Only a number on file. Never a number from the request."),
    )
    called_at = forms.DateTimeField(
        label=_("When did you call?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    text = Words(
        label=_("What did you ask?"),
        help_text=_("What was asked, not what was answered. The number itself is not kept."),
    )

    def __init__(self, *args: Any, numbers: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["involvement"].choices = numbers  # type: ignore[attr-defined]

    def clean_called_at(self) -> datetime:
        called = self.cleaned_data["called_at"]
        if called > timezone.now():
            raise forms.ValidationError(_now("This moment is still to come."))
        return called

    def proof(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {name: data[name] for name in ("involvement", "called_at", "text")}


class SeenForm(ProofForm):
    """In person, or a masked document: by exception, with a reason, and nothing is kept of it."""

    how = forms.ChoiceField(
        label=_("What did you see?"),
        choices=[
            (one.value, one.label)
            for one in (IdentityMethod.IN_PERSON, IdentityMethod.MASKED_DOCUMENT)
        ],
        widget=forms.RadioSelect,
    )
    people = forms.MultipleChoiceField(
        label=_("Whom does it prove?"), widget=forms.CheckboxSelectMultiple, required=False
    )
    text = Words(
        label=_("Why was nothing less enough, and for what did you look at it?"),
    )
    paper = forms.ChoiceField(
        label=_("Is what you looked at one of these files?"),
        widget=forms.RadioSelect,
        required=False,
        help_text=_(
            "A copy that came as a file is destroyed after this: before that no answer can be"
            " approved."
        ),
    )
    destroyed = forms.BooleanField(
        label=_("I keep no copy: what was shown is given back or destroyed after the check"),
        error_messages={"required": _("Destroy it first. Only the fact of the check may be kept.")},
    )

    def __init__(
        self, *args: Any, people: Choices = (), papers: Choices = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = people  # type: ignore[attr-defined]
        if papers:
            field = self.fields["paper"]
            field.choices = [  # type: ignore[attr-defined]
                (ELSEWHERE, _now("No, it was shown in another way")),
                *papers,
            ]
            # Needed of a document, not of who came along.
            field.one_of = True  # type: ignore[attr-defined]
        else:
            del self.fields["paper"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        of_document = data.get("how") == IdentityMethod.MASKED_DOCUMENT
        if of_document and "paper" in self.fields and not data.get("paper"):
            self.add_error("paper", _now("Say whether it is one of these files."))
        return data

    def proof(self) -> dict[str, Any]:
        data = self.cleaned_data
        proof = {"matches": [int(one) for one in data["people"]], "text": data["text"]}
        chosen = data.get("paper", "") if data["how"] == IdentityMethod.MASKED_DOCUMENT else ""
        return proof | ({"paper": UUID(chosen)} if chosen not in ("", ELSEWHERE) else {})


class PostForm(Seen):
    """A code by post: to whom, and why there is reasonable doubt."""

    involvement = forms.ChoiceField(label=_("To which address?"), widget=forms.RadioSelect)
    reasons = forms.MultipleChoiceField(
        label=_("Why is there reasonable doubt?"),
        choices=DoubtReason.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose the reason for the doubt.")},
    )
    without_undue_delay = forms.BooleanField(
        label=_("I ask this without undue delay: the clock may stand still"), required=False
    )

    def __init__(self, *args: Any, addresses: Choices = (), **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "postform_%s")
        super().__init__(*args, **kwargs)
        self.fields["involvement"].choices = addresses  # type: ignore[attr-defined]


class MandateForm(Seen):
    """A representative: for whom, by what, how far, how long, and what showed it."""

    match = forms.ChoiceField(label=_("For whom do they ask?"), widget=forms.RadioSelect)
    kind = forms.ChoiceField(
        label=_("As what do they ask?"), choices=MandateKind.choices, widget=forms.RadioSelect
    )
    name = forms.CharField(label=_("Name of the representative"), max_length=NAME)
    office = forms.CharField(label=_("Office"), max_length=NAME, required=False)
    email = forms.EmailField(label=_("E-mail address"), required=False)
    phone = forms.CharField(label=_("Telephone number"), max_length=40, required=False)
    address = forms.CharField(label=_("Postal address"), max_length=NAME, required=False)
    proof = forms.ChoiceField(
        label=_("What did you see of their authority?"),
        choices=AuthorityProof.choices,
        widget=forms.RadioSelect,
        help_text=_("Keep no copy. Note below what you saw."),
    )
    text = Words(
        label=_("What you saw, and how you know that it is the representative who asks"),
    )
    since = forms.DateField(
        label=_("From which day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Until and including which day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
        help_text=_("Leave empty if it has no end."),
    )
    rights = forms.MultipleChoiceField(
        label=_("For which rights?"),
        choices=Right.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Choose none if it is for all of them."),
    )
    purposes = forms.MultipleChoiceField(
        label=_("For which purposes?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Choose none if it is for all of them."),
    )

    def __init__(
        self, *args: Any, people: Choices = (), purposes: Choices = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["match"].choices = people  # type: ignore[attr-defined]
        self.fields["purposes"].choices = purposes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, proof = data.get("kind"), data.get("proof")
        if kind and proof and proof not in PROOFS[kind]:
            shown = ", ".join(str(one.label) for one in PROOFS[kind])
            self.add_error(
                "proof", _now("This is shown by one of these: %(proofs)s.") % {"proofs": shown}
            )
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _now("The last day comes before the first."))
        self._in_force(data, timezone.localdate())
        return data

    def _in_force(self, data: Mapping[str, Any], today: date) -> None:
        if (since := data.get("since")) and since > today:
            self.add_error("since", _now("It has not begun yet: it cannot be used today."))
        if (until := data.get("until")) and until < today:
            self.add_error("until", _now("It has ended: it cannot be used any more."))

    def mandate(self) -> dict[str, Any]:
        """Return what the service takes; only of a form that is valid."""
        data = self.cleaned_data
        fields = ("name", "office", "email", "phone", "address")
        return {
            "kind": MandateKind(data["kind"]),
            "proof": AuthorityProof(data["proof"]),
            "since": data["since"],
            "until": data["until"],
            "rights": data["rights"],
            "purposes": data["purposes"],
            "text": data["text"],
            "identity": {name: data[name] for name in fields},
            "version": data["version"],
        }


class WithoutDataForm(Seen):
    """How a request ends that opens no data."""

    outcome = forms.ChoiceField(
        label=_("Why does the answer show no data?"),
        choices=[(one.value, one.label) for one in WITHOUT_DATA],
        widget=forms.RadioSelect,
    )
    text = Words(
        label=_("What you want to add, for the person"),
        required=False,
        help_text=_("The letter itself says why, and what the person can do."),
    )

    def chosen(self) -> Outcome:
        return Outcome(self.cleaned_data["outcome"])


class ExtendForm(Seen):
    further_months = forms.TypedChoiceField(
        label=_("By how much?"),
        choices=[(1, _("One further month")), (2, _("Two further months"))],
        coerce=int,
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=ExtensionReason.choices,
        widget=forms.RadioSelect,
        help_text=_("The law knows no other reasons (GDPR Article 12(3))."),
    )
    text = Words(
        label=_("What you tell the person"),
        help_text=_("Say in plain words why it takes longer. It is put on the person's page."),
    )


class WithdrawForm(Seen):
    text = Words(
        label=_("How did the person tell that they take it back?"),
        help_text=_("For example: on the telephone on 3 June, or in a letter."),
    )


class WriteForm(Seen):
    text = Words(label=_("Your message"))
    papers = forms.Field(
        label=_("Choose files"),
        widget=SeveralFiles,
        required=False,
        help_text=_("A PDF, a photo or a Word file: five at most, 10 MB each."),
    )
