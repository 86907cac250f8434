"""Requests that a connected system passes on; known again by the system's own id."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from requests import services, tasks
from requests.api.serializers import RequestSerializer, TakenSerializer
from requests.constants import Kind
from subjects.api.views import SourceView

MOST_BYTES = 1024 * 1024
PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, description="Problem details (RFC 9457)")


class TooLong(APIException):
    status_code = 413
    default_code = "too-large"
    default_detail = _("A request is at most 1 MB.")


class OtherLetter(APIException):
    status_code = 409
    default_code = "other-letter"
    default_detail = _("Another letter was taken in under this id.")


class Requests(SourceView):
    """Only systems with a token of `manage.py source_token`; each has its own ids."""

    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="requests_create",
        request=RequestSerializer,
        responses={
            201: TakenSerializer,
            200: OpenApiResponse(TakenSerializer, description="Taken in before, under this id"),
            **dict.fromkeys((400, 401, 403, 409, 413, 415), PROBLEM),
        },
        description=(
            "Takes in one letter: the clock runs from `received_at`. Rights that are not named are"
            " read from the text; an officer confirms them. Sending it again with the same `id`"
            " answers 200 and changes nothing; another letter under that `id` is refused with 409."
        ),
    )
    def post(self, request: Request) -> Response:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES:
            raise TooLong
        serializer = RequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        source = self.source().code
        submission = serializer.submission(source)
        with transaction.atomic():
            taken = services.submit(submission, actor=f"source:{source}")
        made = taken.request
        if taken.again:
            same = bytes(made.letter_digest) == services.letter_digest("", submission.words)
            if not same or made.received_at != submission.received_at:
                raise OtherLetter
            return Response(TakenSerializer(made).data)
        if made.kind == Kind.REQUEST:
            tasks.soon(tasks.propose_matches, made.pk)
        if taken.mail_id is not None:
            tasks.soon(tasks.send_mail, taken.mail_id)
        return Response(TakenSerializer(made).data, status=201)
