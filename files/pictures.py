"""Pictures: read with suspicion, and written anew from their pixels alone, without whatever else the file carried."""

import threading
from io import BytesIO
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from files.checking import Checked

PIXELS_MAX = 40_000_000  # once unpacked up to four bytes each
LONGEST_SIDE = 3200  # of what is kept; a larger picture is made smaller
SHOWN_WIDTH, SHOWN_HEIGHT = 720, 960  # at most, of the small copy that a text shows
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# What each is kept as. Of a GIF that moves, the first picture stays.
KEPT_AS = {"JPEG": ("JPEG", "image/jpeg", ""), "WEBP": ("WEBP", "image/webp", "")}
OTHERWISE = ("PNG", "image/png", "png")
# What Pillow raises for files that are broken or made to break something.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    MemoryError,
)
# A large picture takes some hundred megabytes while it is read: not as many at once as there are threads.
_slots = threading.BoundedSemaphore(2)
WAIT_SECONDS = 20


class Drawn(NamedTuple):
    """A picture as it is kept: the whole of it, and the small copy that a text shows."""

    whole: Checked
    small: Checked
    width: int
    height: int


def is_picture(file: Checked) -> bool:
    return file.media_type in {f"image/{name.lower()}" for name in FORMATS}


def shown_size(width: int, height: int) -> tuple[int, int]:
    """How large a picture of these measures is shown in a text."""
    scale = min(1, SHOWN_WIDTH / width, SHOWN_HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def draw(file: Checked) -> Drawn:
    """Raises ValidationError with one sentence that names the file. Takes a moment: call it before any transaction."""
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise ValidationError(_named(file, _("Many pictures are arriving just now. Try again in a moment.")))
    try:
        picture, kind = read(file.content, side=LONGEST_SIDE)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        encoding, media_type, extension = KEPT_AS.get(kind, OTHERWISE)
        stem, _dot, given = file.filename.rpartition(".")
        name = f"{stem}.{extension or given}"
        small = picture.resize(shown_size(*picture.size), Image.Resampling.LANCZOS)
        return Drawn(
            _encoded(name, picture, encoding, media_type, quality=88),
            _encoded(f"{stem}.webp", small, "WEBP", "image/webp", quality=80),
            *picture.size,
        )
    except ValidationError as error:
        raise ValidationError(_named(file, error.messages[0])) from error
    finally:
        _slots.release()


def _named(file: Checked, sentence: str) -> str:
    return f"“{file.filename}”: {sentence}"


def read(content: IO[bytes], *, side: int) -> tuple[Image.Image, str]:
    """The pixels, upright as the camera meant them, and the format they came in.

    Only as much is unpacked as a picture of `side` pixels needs, where the format allows it. Raises ValidationError for
    what is no picture, or has too many pixels.
    """
    try:
        with Image.open(content, formats=FORMATS) as picture:
            kind = picture.format or ""
            if picture.width * picture.height > PIXELS_MAX:
                raise Image.DecompressionBombError
            picture.draft("RGB", (side, side))
            return _pixels_alone(ImageOps.exif_transpose(picture)), kind
    except Image.DecompressionBombError:
        raise ValidationError(_("This picture has too many pixels; up to 40 million are fine.")) from None
    except BROKEN:
        raise ValidationError(
            _("This is no picture we can read. Choose a JPEG, PNG, WebP or GIF file.")
        ) from None


def _pixels_alone(picture: Image.Image) -> Image.Image:
    """No place, no camera, no colour profile, no comment."""
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    mode = "RGBA" if has_alpha else "L" if picture.mode in {"1", "L"} else "RGB"
    plain = picture.convert(mode)
    clean = Image.new(mode, plain.size)
    clean.paste(plain)
    return clean


def _encoded(name: str, picture: Image.Image, encoding: str, media_type: str, *, quality: int) -> Checked:
    out = BytesIO()
    picture.save(out, encoding, quality=quality)
    size = out.tell()
    out.seek(0)
    return Checked(name, media_type, size, out)
