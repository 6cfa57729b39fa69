"""The scanner: none, or ClamAV by its INSTREAM command (CLAMAV_URL). Where there is one it fails closed."""

import socket
import struct
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings

CHUNK = 256 * 1024
TIMEOUT = 120  # seconds for one answer


class ScannerAway(Exception):
    """No verdict: the file stays unserved and is asked about again."""


def is_needed() -> bool:
    return bool(settings.COMMONS_CLAMAV_URL)


def is_clean(content: IO[bytes]) -> bool:
    """Ask ClamAV about the whole content. Raises ScannerAway when it does not answer with a verdict."""
    url = urlsplit(settings.COMMONS_CLAMAV_URL)
    try:
        with socket.create_connection((url.hostname or "", url.port or 3310), timeout=TIMEOUT) as scanner:
            scanner.sendall(b"zINSTREAM\0")
            while chunk := content.read(CHUNK):
                scanner.sendall(struct.pack("!L", len(chunk)) + chunk)
            scanner.sendall(struct.pack("!L", 0))
            answer = _answer(scanner)
    except OSError as error:
        raise ScannerAway(f"The scanner at {url.netloc} is away: {error}") from error
    if answer == "stream: OK":
        return True
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return False
    raise ScannerAway(f"The scanner answered “{answer[:200]}”.")


def _answer(scanner: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < 4096:
        chunk = scanner.recv(4096)
        if not chunk:
            break
        answer += chunk
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
