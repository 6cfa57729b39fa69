from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from files.checking import EXTENSIONS, FILES_MAX, Checked, check, too_large


class FileInput(forms.ClearableFileInput):
    template_name = "django/forms/widgets/file.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": ",".join(f".{e}" for e in sorted(EXTENSIONS)), **(attrs or {})})


class FilesInput(FileInput):
    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"multiple": True, **(attrs or {})})


class CheckedFilesField(forms.FileField):
    """One file or several, each looked at for what it really is. Cleans to a list of `Checked`.

    `limit` names the setting of how many bytes one may have.
    """

    def __init__(self, *, limit: str = "COMMONS_FILE_MAX", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit = limit

    def clean(self, data: Any, initial: Any = None) -> list[Checked]:
        uploads = data if isinstance(data, (list, tuple)) else [data] if data else []
        if not uploads and self.required:
            raise ValidationError(_("Choose a file first."))
        if len(uploads) > FILES_MAX:
            raise ValidationError(_("At most %d files at once.") % FILES_MAX)
        checked, errors = [], []
        for upload in uploads:
            try:
                limit = getattr(settings, self.limit)
                checked.append(check(name=upload.name, size=upload.size, content=upload.file, limit=limit))
            except ValidationError as error:
                errors.extend(error.messages)
        if errors:
            raise ValidationError(errors)
        return checked


class UploadingForm(forms.Form):
    """Takes the names of files that the upload gate dropped for their size. Its field of files is `file`."""

    def __init__(self, *args: Any, oversize: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.oversize = oversize or []

    def clean(self) -> dict[str, Any]:
        if self.oversize:
            self.errors.pop("file", None)  # "choose a file first" would be the wrong word
        field: Any = self.fields["file"]
        for name in self.oversize:
            self.add_error("file", too_large(name, getattr(settings, field.limit)))
        return super().clean() or self.cleaned_data
