"""What a connected system sends for a request, and what it is answered."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from policy.identifiers import calls_itself_bsn, mask_bsn
from requests.constants import Channel, Kind, Mention, Right, Situation
from requests.form_fields import WORDS
from requests.intake.asking import kind_of
from requests.intake.entry_forms import EARLIEST
from requests.intake.recognise import recognise
from requests.models import PrivacyRequest
from requests.services import Submission

MOST = 10  # addresses, and other ways to be reached


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know: what is misspelt would be lost without a word."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            for name in data:
                if calls_itself_bsn(str(name)):
                    sentence = _("We may not take a citizen service number.")
                    raise serializers.ValidationError({name: [sentence]})
            if unknown := sorted(set(map(str, data)) - set(self.fields)):
                raise serializers.ValidationError(
                    {name: [_("This field is not known.")] for name in unknown}
                )
        return super().to_internal_value(data)


def _line(limit: int = 100) -> serializers.CharField:
    return serializers.CharField(max_length=limit, required=False, allow_blank=True, default="")


class AddressSerializer(Strict):
    street = _line()
    number = _line(20)
    postcode = _line(20)
    city = _line()
    country = serializers.RegexField(r"^[A-Z]{2}$", required=False, default="NL")


class IdentitySerializer(Strict):
    """Who asks, as far as it is known."""

    first_name = _line()
    initials = _line(20)
    last_name = serializers.CharField(max_length=100)
    birth_date = serializers.DateField(required=False, allow_null=True, default=None)
    addresses = AddressSerializer(many=True, required=False)
    emails = serializers.ListField(
        child=serializers.EmailField(), required=False, max_length=MOST, default=list
    )
    phones = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=MOST, default=list
    )
    dossier_number = _line(80)

    def validate_birth_date(self, born: date | None) -> date | None:
        if born is not None and not 1900 <= born.year <= timezone.localdate().year:
            raise serializers.ValidationError(_("Check the year of birth."))
        if born is not None and born > timezone.localdate():
            raise serializers.ValidationError(_("This day is still to come. Check the year."))
        return born

    def validate_addresses(self, addresses: list[Any]) -> list[Any]:
        if len(addresses) > MOST:
            raise serializers.ValidationError(_("Ten addresses at most."))
        return addresses


class RequestSerializer(Strict):
    """One letter. The same `id` of one system is taken in once."""

    id = serializers.CharField(max_length=100, help_text="The caller's own id of this letter")
    channel = serializers.ChoiceField(choices=Channel.choices, required=False, default=Channel.API)
    received_at = serializers.DateTimeField(
        help_text="When it reached an official channel, with its offset; never in the future"
    )
    text = serializers.CharField(
        max_length=WORDS,
        allow_blank=True,
        required=False,
        default="",
        help_text="The person's own words",
    )
    language = serializers.ChoiceField(choices=["nl", "en"], required=False)
    situation = serializers.ChoiceField(
        choices=Situation.choices, required=False, default=Situation.UNKNOWN
    )
    kind = serializers.ChoiceField(
        choices=Kind.choices, required=False, help_text="Read from the text where it is absent"
    )
    rights = serializers.ListField(
        child=serializers.ChoiceField(choices=Right.choices),
        required=False,
        help_text="Read from the text where they are absent or none; an officer confirms them",
    )
    identity = IdentitySerializer()

    def to_internal_value(self, data: Any) -> Any:
        stamp = data.get("received_at") if isinstance(data, dict) else None
        if isinstance(stamp, str) and not _has_offset(stamp):
            sentence = _("Give the offset too, such as 2026-03-27T14:30:00+01:00.")
            raise serializers.ValidationError({"received_at": [sentence]})
        return super().to_internal_value(data)

    def validate_received_at(self, received: datetime) -> datetime:
        if received > timezone.now():
            raise serializers.ValidationError(_("This moment is still to come."))
        if received < timezone.now() - EARLIEST:
            raise serializers.ValidationError(_("This is more than ten years ago. Check the year."))
        return received

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["text"].strip() and not attrs.get("rights"):
            raise serializers.ValidationError({"text": [_("Send a text, rights, or both.")]})
        return attrs

    def submission(self, source: str) -> Submission:
        """Return the letter as the services take it in."""
        data = self.validated_data
        words = mask_bsn(data["text"])[0]
        found = recognise(words)
        rights = [Right(one) for one in data.get("rights") or found.rights]
        read = Kind.REQUEST if data.get("rights") else kind_of(words, found)
        kind = Kind(data.get("kind") or read)
        return Submission(
            received_at=data["received_at"],
            taken_at=timezone.now(),
            situation=data["situation"],
            identity=_identity(data["identity"]),
            words=words,
            kind=kind,
            rights=rights if kind == Kind.REQUEST else [],
            mentions=list(found.mentions),
            articles={right: found.article_of(right) for right in rights},
            channel=Channel(data["channel"]),
            language=data.get("language") or found.language,
            caller=(source, data["id"]),
        )


def _has_offset(stamp: str) -> bool:
    try:
        return datetime.fromisoformat(stamp).tzinfo is not None
    except ValueError:
        return True  # what is no time at all is said by the field itself


def _identity(data: dict[str, Any]) -> dict[str, Any]:
    born = data.get("birth_date")
    return {
        **{name: data[name] for name in ("first_name", "initials", "last_name")},
        "birth_date": born.isoformat() if born else None,
        "addresses": [dict(one) for one in data.get("addresses") or []],
        "emails": list(data["emails"]),
        "phones": list(data["phones"]),
        "ibans": [],
        "dossier_number": data["dossier_number"],
    }


class TakenRight(serializers.Serializer[Any]):
    right = serializers.ChoiceField(choices=Right.choices)
    article = serializers.CharField()


class TakenSerializer(serializers.Serializer[PrivacyRequest]):
    """What became of it: nothing of the person."""

    reference = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    state = serializers.CharField()
    received_at = serializers.DateTimeField()
    due_on = serializers.DateField(allow_null=True)
    rights = TakenRight(many=True, source="rights.all")
    mentions = serializers.ListField(child=serializers.ChoiceField(choices=Mention.choices))
