"""Stored bytes as an answer: never run by the browser, in ranges, checked anew each time.

With ACCEL_REDIRECT the answer only names the bytes, and the proxy sends them.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date

from files.storage import open_stored

CHUNK = 64 * 1024
POLICY = "default-src 'none'; sandbox"
# The browser's own viewer of pictures is a page with a style in it. Nothing of the file can be one.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)


class Served(NamedTuple):
    """Bytes that may go out, by what their answer says of them."""

    key: str
    size: int
    digest: str  # the same only for the same bytes
    media_type: str
    filename: str
    stored_at: datetime


def is_first_look(request: HttpRequest) -> bool:
    """Whether this is a download of its own and not one more piece of one: those are not counted again."""
    found = RANGE.match(request.headers.get("Range", ""))
    return request.method == "GET" and (found is None or found[1] in {"", "0"})


def serve(request: HttpRequest, file: Served, *, inline: bool = False) -> HttpResponseBase:
    """The caller has asked who may have it. `inline` is for pictures that we encoded ourselves, and nothing else."""
    etag, modified = f'"{file.digest}"', int(file.stored_at.timestamp())
    answer: HttpResponseBase | None = get_conditional_response(request, etag=etag, last_modified=modified)
    if answer is None:
        answer = _body(request, file, etag, modified)
    answer.headers["ETag"] = etag
    answer.headers["Last-Modified"] = http_date(modified)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Cache-Control"] = (
        "private, no-cache"  # kept, but asked about each time: access may have ended
    )
    disposition = content_disposition_header(not inline, file.filename)
    answer.headers["Content-Disposition"] = disposition or "attachment"
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY if inline else POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _body(request: HttpRequest, file: Served, etag: str, modified: int) -> HttpResponseBase:
    if settings.COMMONS_ACCEL_REDIRECT:
        location = quote(settings.COMMONS_ACCEL_REDIRECT + file.key)
        return HttpResponse(headers={"X-Accel-Redirect": location}, content_type=file.media_type)
    wanted = request.headers.get("Range", "")
    unchanged = request.headers.get("If-Range", "") in {"", etag, http_date(modified)}
    found = RANGE.match(wanted) if unchanged else None
    if request.method == "HEAD":
        return HttpResponse(headers={"Content-Length": str(file.size)}, content_type=file.media_type)
    if found is None or not any(found.groups()):  # several ranges at once may be answered with the whole
        headers = {"Content-Length": str(file.size)}
        return FileResponse(open_stored(file.key), headers=headers, content_type=file.media_type)
    start, end = _bounds(found, file.size)
    if start > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    headers = {
        "Content-Range": f"bytes {start}-{end}/{file.size}",
        "Content-Length": str(end - start + 1),
    }
    piece = _piece(open_stored(file.key), start, end - start + 1)
    return StreamingHttpResponse(piece, status=206, headers=headers, content_type=file.media_type)


def _bounds(found: re.Match[str], size: int) -> tuple[int, int]:
    """First and last byte; start past end when the range lies outside."""
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (1, 0)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < int(first):
        return 1, 0
    return int(first), end


def _piece(file: IO[bytes], start: int, length: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while length and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk
