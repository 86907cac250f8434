"""Files that leave as downloads only."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from requests.files.types import NewFile


def as_download(file: NewFile) -> HttpResponse:
    """Answer with a file that no browser opens in our place, runs or guesses about."""
    return HttpResponse(
        file.content,
        content_type=file.media_type,
        headers={
            "Content-Disposition": content_disposition_header(True, file.name) or "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        },
    )
