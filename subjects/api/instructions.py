"""The feed of instructions: a system reads what it must do with its own data, and answers."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from audit import services as audit
from subjects import instructions
from subjects.api.views import SourceView
from subjects.constants import InstructionKind, InstructionState, RefusalReason
from subjects.exceptions import AnsweredOtherwise
from subjects.models import Instruction

PAGE, MOST = 500, 5_000
LONGEST_KEY = 18


class AlreadyAnswered(APIException):
    status_code = 409
    default_code = "answered-otherwise"
    default_detail = _("This instruction was answered before, and otherwise.")


class ToldSerializer(serializers.Serializer[Any]):
    """An instruction as a system reads it; what does not apply is empty or null."""

    reference = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=InstructionKind.choices)
    dossier = serializers.UUIDField(help_text="As the door answered it")
    involvement = serializers.UUIDField(allow_null=True, help_text="As the door answered it")
    purpose = serializers.CharField()
    part = serializers.CharField(help_text="record, consent: where it is about one piece only")
    digest = serializers.CharField(help_text="Of that piece, as the door answered it")
    data_category = serializers.CharField()
    given_at = serializers.DateTimeField()
    payload = serializers.JSONField(allow_null=True, help_text="Values, as of a correction")


class FeedSerializer(serializers.Serializer[Any]):
    instructions = ToldSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page")


class AnswerSerializer(serializers.Serializer[Any]):
    """What a system did with one instruction."""

    outcome = serializers.ChoiceField(
        choices=[InstructionState.ACKNOWLEDGED.value, InstructionState.REFUSED.value]
    )
    reason = serializers.ChoiceField(choices=RefusalReason.choices, required=False)
    explanation = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=instructions.LONGEST_EXPLANATION,
        help_text="For the officer, who alone reads it",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["outcome"] == InstructionState.REFUSED and not attrs.get("reason"):
            raise serializers.ValidationError({"reason": [_("Say why it is refused.")]})
        return attrs


class StateSerializer(serializers.Serializer[Any]):
    reference = serializers.UUIDField()
    state = serializers.ChoiceField(choices=InstructionState.choices)


class ManySerializer(serializers.Serializer[Any]):
    references = serializers.ListField(child=serializers.UUIDField(), max_length=MOST)


class ManyAnsweredSerializer(serializers.Serializer[Any]):
    acknowledged = serializers.IntegerField()
    refused_before = serializers.ListField(child=serializers.UUIDField())
    unknown = serializers.ListField(child=serializers.UUIDField())


class Feed(SourceView):
    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="As `next` gives it"),
            OpenApiParameter("limit", int, description=f"At most {MOST}; {PAGE} if left out"),
        ],
        responses=FeedSerializer,
        description="Open instructions for the system that asks, in the order in which they were"
        " given. An answered one is not shown again: begin at the first page each time.",
    )
    def get(self, request: Request) -> Response:
        system = self.source().code
        after = number_of(request, "after", 0)
        limit = max(min(number_of(request, "limit", PAGE), MOST), 1)
        found = instructions.open_of(system, after=after, limit=limit + 1)
        shown, more = found[:limit], len(found) > limit
        payloads = instructions.payloads_of(shown)
        if payloads:
            _note_reading(system, len(payloads))
        following = f"{reverse('instructions')}?after={shown[-1].pk}&limit={limit}" if more else ""
        body = {
            "instructions": [instructions.as_told(row, payloads) for row in shown],
            "next": request.build_absolute_uri(following) if following else None,
        }
        return Response(FeedSerializer(body).data)


class Answer(SourceView):
    @extend_schema(
        request=AnswerSerializer,
        responses=StateSerializer,
        description="Say that an instruction was carried out, or refuse it with a reason. The same"
        " answer may be given again.",
    )
    def post(self, request: Request, reference: UUID) -> Response:
        asked = AnswerSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said, system, now = asked.validated_data, self.source().code, timezone.now()
        if said["outcome"] == InstructionState.REFUSED:
            try:
                row = instructions.refuse(
                    reference,
                    said["reason"],
                    said.get("explanation", ""),
                    system=system,
                    now=now,
                )
            except Instruction.DoesNotExist:
                raise Http404 from None
            except AnsweredOtherwise:
                raise AlreadyAnswered from None
            return Response({"reference": row.reference, "state": row.state})
        states = instructions.acknowledge([reference], system=system, now=now)
        if reference not in states:
            raise Http404
        if states[reference] != InstructionState.ACKNOWLEDGED:
            raise AlreadyAnswered
        return Response({"reference": reference, "state": states[reference]})


class Acknowledge(SourceView):
    @extend_schema(
        request=ManySerializer,
        responses=ManyAnsweredSerializer,
        description=f"Say of up to {MOST} instructions at once that they were carried out.",
    )
    def post(self, request: Request) -> Response:
        asked = ManySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        references = asked.validated_data["references"]
        states = instructions.acknowledge(references, system=self.source().code, now=timezone.now())
        done = [one for one, state in states.items() if state == InstructionState.ACKNOWLEDGED]
        return Response(
            {
                "acknowledged": len(done),
                "refused_before": sorted(states.keys() - set(done)),
                "unknown": sorted(set(references) - states.keys()),
            }
        )


def number_of(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return otherwise
    if not text.isascii() or not text.isdecimal() or len(text) > LONGEST_KEY:
        raise serializers.ValidationError({name: [_("Give a whole number.")]})
    return int(text)


@transaction.atomic
def _note_reading(system: str, values: int) -> None:
    """What is unsealed for somebody else is in the ledger."""
    audit.append(
        "instruction.values_read",
        object=f"source:{system}",
        actor=f"system:{system}",
        instructions=values,
    )
