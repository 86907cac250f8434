"""The person's pages. They answer the same whether a request, or a person, is known or not."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse


def open_page(request: HttpRequest) -> HttpResponse:
    raise Http404


def open_link(request: HttpRequest, token: str) -> HttpResponse:
    raise Http404


def request_page(request: HttpRequest, reference: UUID) -> HttpResponse:
    raise Http404
