"""What goes wrong at the API, as problem details (RFC 9457)."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

TYPE = "urn:alektum-privacy:problem:"
MEDIA_TYPE = "application/problem+json"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error that the API knows; others stay what they are: errors of ours."""
    if isinstance(error, RecursionError):
        # Brackets within brackets, without end: nobody's data look so.
        error = ParseError()
    answer = exception_handler(error, context)
    if answer is None:
        return None
    request: HttpRequest = context["request"]
    code = getattr(error, "default_code", "error")
    answer.data = {
        "type": f"{TYPE}{code}",
        "title": str(getattr(error, "default_detail", "")) or "Error",
        "status": answer.status_code,
        "detail": _detail(error),
        "instance": request.path,
    }
    if isinstance(error, ValidationError) and isinstance(error.detail, dict):
        answer.data["errors"] = list(_errors(error.detail))
    answer.content_type = MEDIA_TYPE
    return answer


def _detail(error: Exception) -> str:
    if isinstance(error, APIException) and isinstance(error.detail, str):
        return error.detail
    return str(getattr(error, "default_detail", error))


def _errors(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Yield each reason with a JSON pointer to what it is about, however deep it stands."""
    if isinstance(detail, dict):
        for name, inside in detail.items():
            yield from _errors(inside, f"{pointer}/{name}")
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        for number, inside in enumerate(detail):
            yield from _errors(inside, f"{pointer}/{number}")
    else:
        reasons = detail if isinstance(detail, list) else [detail]
        if reasons:
            yield {"pointer": pointer, "detail": " ".join(map(str, reasons))}
