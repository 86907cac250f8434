"""Which role may do what: the matrix, for whoever must be able to check it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alektum_privacy.access import needs
from desk import role_words


@needs("desk.view_access")
@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Show each role and each permission in words."""
    heads = role_words.heads()
    context = {"heads": heads, "groups": role_words.matrix(), "columns": len(heads) + 1}
    return render(request, "desk/access.html", context)
