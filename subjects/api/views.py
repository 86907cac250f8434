"""The door as an API: small files are answered at once, large ones wait for a worker."""

import io
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from subjects import spool
from subjects.api.authentication import IsSource, SourceAuthentication
from subjects.ingest import ingest
from subjects.models import IngestRun, SourceSystem
from subjects.tasks import take_in

JSON_LINES = "application/x-ndjson"
AT_ONCE = 1024 * 1024


class TooLarge(APIException):
    status_code = 413
    default_code = "too-large"
    default_detail = _("The file is larger than one call may bring: send it in parts.")


class JSONLines(BaseParser):
    """Leaves the lines in their stream: they may be many."""

    media_type = JSON_LINES

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return stream


class SourceView(APIView):
    """What only systems may call, each for its own data."""

    authentication_classes = [SourceAuthentication]
    permission_classes = [IsSource]

    def source(self) -> SourceSystem:
        assert isinstance(self.request.auth, SourceSystem)
        return self.request.auth

    def run_of(self, reference: UUID) -> IngestRun:
        runs = IngestRun.objects.filter(source_system=self.source().code)
        return get_object_or_404(runs, reference=reference)


class Ingest(SourceView):
    parser_classes = [JSONLines]

    @extend_schema(
        request={JSON_LINES: OpenApiTypes.BINARY},
        responses={200: OpenApiTypes.OBJECT, 202: OpenApiTypes.OBJECT},
        parameters=[
            OpenApiParameter(
                "answers",
                enum=["all"],
                description="Answer every line, with our reference of dossiers and involvements.",
            )
        ],
        description="Send JSON Lines, as docs/door.md describes them.",
    )
    def post(self, request: Request) -> Response:
        if request.content_type.partition(";")[0].strip() != JSON_LINES:
            raise UnsupportedMediaType(request.content_type)
        # Not `request.data`: an empty body has no stream, and is an empty file.
        body = request.stream or io.BytesIO()
        source, every_line = self.source().code, request.query_params.get("answers") == "all"
        small = body.read(AT_ONCE + 1)
        if len(small) <= AT_ONCE:
            answers = io.StringIO()
            run = ingest(io.BytesIO(small), source=source, results=answers, every_line=every_line)
            return Response(_state(run) | {"answers": answers.getvalue().splitlines()})
        whole = _Joined(small, body)
        try:
            run = spool.keep(
                whole, source=source, most=settings.INGEST_MOST_BYTES, every_line=every_line
            )
        except spool.BodyTooLarge:
            raise TooLarge from None
        transaction.on_commit(lambda: take_in.delay(run.pk))
        where = reverse("ingest-run", args=[run.reference])
        return Response(_state(run), status=202, headers={"Location": where})


class Run(SourceView):
    @extend_schema(responses=OpenApiTypes.OBJECT, description="How far a file came.")
    def get(self, request: Request, reference: UUID) -> Response:
        return Response(_state(self.run_of(reference)))


class Answers(SourceView):
    @extend_schema(
        responses={(200, JSON_LINES): OpenApiTypes.BINARY},
        description="What was refused or destroyed, and why; kept for a week.",
    )
    def get(self, request: Request, reference: UUID) -> HttpResponseBase:
        run = self.run_of(reference)
        return StreamingHttpResponse(spool.read_answers(run), content_type=JSON_LINES)


def _state(run: IngestRun) -> dict[str, Any]:
    return {
        "run": str(run.reference),
        "finished": run.finished_at is not None,
        **{name: getattr(run, name) for name in spool.COUNTS},
    }


class _Joined:
    """What was read already, and then the rest."""

    def __init__(self, first: bytes, rest: Any) -> None:
        self._first, self._rest = first, rest

    def read(self, size: int, /) -> bytes:
        if self._first:
            part, self._first = self._first[:size], self._first[size:]
            return part
        return bytes(self._rest.read(size))
