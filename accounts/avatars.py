"""A member's picture: read with suspicion, cut square, written anew without whatever else the file carried."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from files.pictures import read

SIZES = (256, 64)  # pixels, square
BYTES_MAX = 5 * 1024 * 1024
LEAST = 64


def prepare(*, size: int, content: BinaryIO) -> dict[int, bytes]:
    """The picture in every size. ValidationError with one sentence for what is no picture, or too large.

    Takes a moment of work: call it before any transaction.
    """
    if size > BYTES_MAX:
        raise ValidationError(
            _("This picture is larger than %(limit)s. Choose a smaller one.")
            % {"limit": filesizeformat(BYTES_MAX)}
        )
    picture, _format = read(content, side=512)
    if min(picture.size) < LEAST:
        raise ValidationError(_("This picture is too small. It needs at least 64 × 64 pixels."))
    square = _square(picture)
    return {side: _encode(square, side) for side in SIZES}


def _square(picture: Image.Image) -> Image.Image:
    """The middle of it."""
    side = min(max(SIZES), *picture.size)
    return ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)


def _encode(square: Image.Image, side: int) -> bytes:
    out = BytesIO()
    square.resize((side, side), Image.Resampling.LANCZOS).save(out, "WEBP", quality=85, method=4)
    return out.getvalue()


# --- Where they lie ---------------------------------------------------------------------------------
def key_of(member_id: int, version: int, side: int) -> str:
    return f"avatars/{member_id}/{version}-{side}.webp"


def store(member_id: int, version: int, pictures: Mapping[int, bytes]) -> None:
    for side, data in pictures.items():
        key = key_of(member_id, version, side)
        default_storage.delete(key)  # of a transaction that came to nothing
        default_storage.save(key, ContentFile(data))


def delete(member_id: int, version: int) -> None:
    for side in SIZES:
        default_storage.delete(key_of(member_id, version, side))
