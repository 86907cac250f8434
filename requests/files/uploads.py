"""Files that a browser sends: held in memory only, so that nothing stands unsealed on disk."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from requests.constants import MOST_FILE_BYTES, MOST_FILES
from requests.files.mail_files import without_program
from requests.files.types import FileRefused, NewFile, looked_at
from requests.portal.ways import takes_long_text

LONGEST = MOST_FILES * MOST_FILE_BYTES + 2 * 1024 * 1024
View = Callable[..., HttpResponse]


class InMemory(MemoryFileUploadHandler):
    """Keeps every file in memory; the length of the whole body was looked at before."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = True


def takes_files(template: str) -> Callable[[View], View]:
    """Read files with a form; `template` tells that there was too much, which is then not read."""

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        # Exempt on the outside only: the check reads the body, so it comes after ours.
        @csrf_exempt
        @wraps(view)
        def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST":
                try:
                    length = int(request.META.get("CONTENT_LENGTH") or 0)
                except ValueError:
                    length = 0
                if length > LONGEST:
                    return render(request, template, status=413)
                request.upload_handlers = [InMemory(request)]
                try:
                    _ = request.POST
                except RequestDataTooBig:
                    return render(request, template, status=413)
            return protected(request, *args, **kwargs)

        return reading

    return decorate


def takes_message(view: View) -> View:
    """Read a message with its files, or one without them however long it is."""
    with_files, without = takes_files("portal/too_long.html")(view), takes_long_text(view)

    # Exempt on the outside only: each of the two checks after it has read.
    @csrf_exempt
    @wraps(view)
    def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = with_files if request.content_type == "multipart/form-data" else without
        return chosen(request, *args, **kwargs)

    return reading


def taken(
    files: Sequence[UploadedFile], *, checked: Callable[[NewFile], NewFile] = without_program
) -> tuple[list[NewFile], list[tuple[str, FileRefused]]]:
    """Return the files that we take, and the names of the others with the reason.

    `checked` looks once more; it refuses an e-mail that holds a program, unless told otherwise.
    """
    good, refused = list[NewFile](), list[tuple[str, FileRefused]]()
    for file in files:
        try:
            if (file.size or 0) > MOST_FILE_BYTES:
                # Looked at before it is read.
                looked_at(file.name or "", b"x" * (MOST_FILE_BYTES + 1))
            good.append(checked(looked_at(file.name or "", file.read())))
        except FileRefused as error:
            refused.append((file.name or "file", error))
    return good, refused


def taken_with(form: forms.Form, files: Sequence[UploadedFile]) -> list[NewFile]:
    """Return the files that came with a form; what is not taken is said beside `papers`.

    No browser sends a file a second time by itself: where one is refused, all are chosen again.
    """
    form.full_clean()
    if len(files) > MOST_FILES:
        form.add_error("papers", _("Five files at most go with one message."))
        return []
    good, refused = taken(files)
    for name, error in refused:
        form.add_error("papers", f"{name}: {error.reason}")
    if good and form.errors:
        form.add_error("papers", _("Choose the other files again too: none was kept."))
    return good
