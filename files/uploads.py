"""The gate every upload passes while it arrives, before anything is parsed from it."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from files.checking import Checked, check, too_large


class UploadGate(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: drops a file at the moment it grows past the limit, and every file of a visitor.

    What was dropped is named in `request.oversize_uploads`, for the form to say so.
    """

    request: HttpRequest  # Django gives it before it calls anything

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise SkipFile
        self._received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._received += len(raw_data)
        if self._received > settings.COMMONS_FILE_MAX:
            vars(self.request)["oversize_uploads"] = [*oversize(self.request), self.file_name]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def oversize(request: HttpRequest) -> list[str]:
    """The names of the files dropped from this request for their size."""
    return getattr(request, "oversize_uploads", [])


def the_file(request: HttpRequest, upload: UploadedFile | None, *, limit: int | None = None) -> Checked:
    """The one file of a request, looked at for what it really is. Raises ValidationError on the field `file`."""
    if dropped := oversize(request):
        raise ValidationError({"file": too_large(dropped[0], limit or settings.COMMONS_FILE_MAX)})
    if upload is None or upload.file is None:
        raise ValidationError({"file": _("Choose a file first.")})
    try:
        return check(name=upload.name or "", size=upload.size or 0, content=upload.file, limit=limit)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
