"""What may be uploaded, what it really is, and what it may be called.

A file passes when its extension is on the list and its content is of that kind: never one of the two alone.
"""

import io
import json
import re
import struct
import unicodedata
import zipfile
from typing import IO, NamedTuple

import filetype
from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

FILES_MAX = 20  # at once
NAME_MAX = 120  # characters, extension included
HEAD = 64 * 1024  # bytes looked at to know a text
DIRECTORY_MAX = 4 * 1024 * 1024  # bytes of a zip's table of contents: what opening it may cost

PICTURES_AND_MEDIA = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
OPEN_XML = {
    "docx": ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "pptx": ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
OPEN_DOCUMENT = {
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
TEXTS = {
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
}
EXTENSIONS = frozenset({*PICTURES_AND_MEDIA, *OPEN_XML, *OPEN_DOCUMENT, *TEXTS, "zip"})
OLD_OFFICE = {"doc": "docx", "xls": "xlsx", "ppt": "pptx", "docm": "docx", "xlsm": "xlsx", "pptm": "pptx"}
# A text that begins like a page or a drawing would be run by a browser that believes it.
MARKUP = re.compile(rb"<\s*(?:!doctype|html|head|body|script|svg|iframe|\?xml|!--)", re.IGNORECASE)
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?\Z")


class Checked(NamedTuple):
    """An upload that passed: its clean name, its real type, and the open file, read from the start."""

    filename: str
    media_type: str
    size: int
    content: IO[bytes]


def clean_name(name: str) -> str:
    """A filename without path, control and direction marks, at most NAME_MAX characters, safe on every system."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    kept = "".join(" " if char.isspace() else char for char in name if _is_plain(char) or char.isspace())
    kept = " ".join(re.sub(r'[<>:"|?*]', "_", kept).split()).strip(". ")
    stem, dot, extension = kept.rpartition(".")
    if not dot or len(extension) > 10:
        stem, extension = kept, ""
    stem = stem[: NAME_MAX - len(extension) - 1].rstrip(". ") or "file"
    kept = f"{stem}.{extension.lower()}" if extension else stem
    return f"_{kept}" if RESERVED.match(kept) else kept


def _is_plain(char: str) -> bool:
    # Cc control, Cf format (direction marks, zero width), Co private, Cs surrogate, Zl and Zp line ends.
    return unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def check(*, name: str, size: int, content: IO[bytes], limit: int | None = None) -> Checked:
    """Raises ValidationError with one sentence that names the file. `limit`: bytes, where not every file may be as
    large as the largest."""
    limit = min(limit or settings.COMMONS_FILE_MAX, settings.COMMONS_FILE_MAX)
    filename = clean_name(name)
    extension = filename.rpartition(".")[2] if "." in filename else ""
    if better := OLD_OFFICE.get(extension):
        _refuse(
            _("“%(name)s” is in a format that can carry macros. Save it as .%(better)s."),
            filename,
            better=better,
        )
    if extension not in EXTENSIONS:
        _refuse(
            _("“%(name)s” cannot be shared here. Allowed are: %(allowed)s."),
            filename,
            allowed=", ".join(sorted(EXTENSIONS)),
        )
    if not size:
        _refuse(_("“%(name)s” is empty."), filename)
    if size > limit:
        raise ValidationError(too_large(filename, limit))
    content.seek(0)
    media_type = sniff(extension, content)
    content.seek(0)
    if not media_type:
        _refuse(
            _("“%(name)s” is not what its ending .%(extension)s says. Save it in that format, or rename it."),
            filename,
            extension=extension,
        )
    return Checked(filename, media_type, size, content)


def too_large(name: str, limit: int) -> str:
    return _("“%(name)s” is larger than %(limit)s.") % {"name": name, "limit": filesizeformat(limit)}


def _refuse(sentence: str, name: str, **facts: str) -> None:
    raise ValidationError(sentence % {"name": name, **facts})


def sniff(extension: str, content: IO[bytes]) -> str:
    """The media type when the content is what the extension promises, else "". Reads, does not rewind."""
    head = content.read(HEAD)
    if extension in PICTURES_AND_MEDIA:
        kind = filetype.guess(head)
        expected = PICTURES_AND_MEDIA[extension]
        return expected if kind is not None and kind.mime == expected else ""
    if extension in TEXTS:
        return TEXTS[extension] if _is_text(extension, head, content) else ""
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ""
    names, first = _zip_names(content)
    if names is None:
        return ""
    if extension == "zip":
        return "application/zip"
    if extension in OPEN_DOCUMENT:
        return OPEN_DOCUMENT[extension] if first == OPEN_DOCUMENT[extension].encode() else ""
    folder, media_type = OPEN_XML[extension]
    is_office = "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)
    has_macros = any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names)
    return media_type if is_office and not has_macros else ""


def _is_text(extension: str, head: bytes, content: IO[bytes]) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16, as spreadsheet programs save CSV
        return b"<" not in head[:1024] and len(head) % 2 == 0
    if b"\0" in head or head.startswith((b"%PDF-", b"%!PS", b"{\\rtf")):
        return False
    # Cut at the last line, so that a character on the border is not halved.
    sample = head if len(head) < HEAD else head[: head.rfind(b"\n") + 1 or HEAD - 4]
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        if any(byte < 32 and byte not in b"\t\n\r\f" for byte in sample):
            return False
    if MARKUP.match(sample.lstrip(b"\xef\xbb\xbf \t\r\n")) or re.search(
        rb"<\s*(?:script|svg|iframe)", sample, re.I
    ):
        # Markdown may speak of tags anywhere but at its start; a table or a note has no use for them.
        return extension == "md" and not MARKUP.match(sample.lstrip(b"\xef\xbb\xbf \t\r\n"))
    return extension != "json" or _is_json(content)


def _is_json(content: IO[bytes]) -> bool:
    content.seek(0)
    whole = content.read(5 * 1024 * 1024 + 1)
    if len(whole) > 5 * 1024 * 1024:
        return whole.lstrip()[:1] in (b"{", b"[")
    try:
        json.loads(whole)
    except (ValueError, RecursionError):
        return False
    return True


def _zip_names(content: IO[bytes]) -> tuple[set[str] | None, bytes]:
    """The names in a zip and the start of its file `mimetype`; None for what is no zip or opens too dear."""
    size = content.seek(0, io.SEEK_END)
    content.seek(max(0, size - 66_000))
    tail = content.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        return None, b""
    (directory,) = struct.unpack("<I", tail[end + 12 : end + 16])
    is_zip64 = tail[max(0, end - 20) : end].startswith(
        b"PK\x06\x07"
    )  # its table may be larger than is said here
    if directory > DIRECTORY_MAX or is_zip64:
        return None, b""
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
            first = b""
            if "mimetype" in names:
                with archive.open("mimetype") as file:
                    first = file.read(120).strip()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None, b""
    return names, first
