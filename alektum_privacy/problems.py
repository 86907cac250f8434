"""What goes wrong at the API, as problem details (RFC 9457)."""

from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

TYPE = "urn:alektum-privacy:problem:"
MEDIA_TYPE = "application/problem+json"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error that the API knows; others stay what they are: errors of ours."""
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
        answer.data["errors"] = [
            {"pointer": f"/{name}", "detail": " ".join(map(str, reasons))}
            for name, reasons in error.detail.items()
        ]
    answer.content_type = MEDIA_TYPE
    return answer


def _detail(error: Exception) -> str:
    if isinstance(error, APIException) and isinstance(error.detail, str):
        return error.detail
    return str(getattr(error, "default_detail", error))
