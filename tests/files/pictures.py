"""Pictures of each kind, some of which carry what they should not."""

import io
import struct
import zlib

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options) -> bytes:
    out = io.BytesIO()
    shown = Image.new(mode, size, 120 if mode in {"L", "P"} else (30, 90, 160, 128)[: len(mode)])
    shown.save(out, kind, **options)
    return out.getvalue()


def photograph() -> bytes:
    """Wide as it lies in the file, upright as it was taken, with a place and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (38.0, 53.0, 51.0)
    return picture("JPEG", (80, 40), exif=exif, comment=b"secret comment")


def moving() -> bytes:
    frames = [Image.new("RGB", (50, 50), color) for color in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small file that says it is a huge picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999))
