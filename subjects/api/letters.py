"""People to be told of a changed statement with the next letter, as their system reads it."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from subjects import letters
from subjects.api.instructions import MOST, PAGE, number_of
from subjects.api.views import SourceView


class PersonSerializer(serializers.Serializer[Any]):
    involvement = serializers.UUIDField()
    dossier = serializers.UUIDField()


class LettersSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(allow_null=True, help_text="Of the statement")
    people = PersonSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Address of the next page")


class SentSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(max_length=40)
    sent_on = serializers.DateField()
    involvements = serializers.ListField(child=serializers.UUIDField(), max_length=MOST)

    def validate_sent_on(self, value: Any) -> Any:
        if value > timezone.localdate():
            raise serializers.ValidationError(_("This day has yet to come."))
        return value


class LettersSentSerializer(serializers.Serializer[Any]):
    told = serializers.IntegerField()


class Letters(SourceView):
    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="As `next` gives it"),
            OpenApiParameter("limit", int, description=f"At most {MOST}; {PAGE} if left out"),
        ],
        responses=LettersSerializer,
        description="Who has no e-mail address here and is told with the next letter that our"
        " statement changed. Each stands here until a letter was sent, by any of their systems.",
    )
    def get(self, request: Request) -> Response:
        version = letters.version_to_tell()
        limit = max(min(number_of(request, "limit", PAGE), MOST), 1)
        found = (
            letters.to_tell(
                version,
                system=self.source().code,
                after=number_of(request, "after", 0),
                limit=limit + 1,
            )
            if version
            else []
        )
        more = len(found) > limit
        following = (
            f"{reverse('letters')}?after={found[limit - 1].pk}&limit={limit}" if more else ""
        )
        body = {
            "version": version,
            "people": found[:limit],
            "next": request.build_absolute_uri(following) if following else None,
        }
        return Response(LettersSerializer(body).data)

    @extend_schema(
        request=SentSerializer,
        responses=LettersSentSerializer,
        description="Say to whom a letter with the change was sent.",
    )
    def post(self, request: Request) -> Response:
        asked = SentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        told = letters.note_told(
            said["version"],
            said["involvements"],
            system=self.source().code,
            sent_on=said["sent_on"],
            now=timezone.now(),
        )
        return Response({"told": told})
