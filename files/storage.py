"""Where the bytes of files lie: Django's default storage, under random keys that say nothing.

The bytes are written first, under a key that nobody knows, and become real with the row. When the row does not come to
be, they are deleted again; what a killed process leaves behind, `sweep` finds. Each kind of file has a root of its own.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import IO, NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from files.checking import Checked

SWEEP_DAYS = 14

logger = logging.getLogger(__name__)


class Stored(NamedTuple):
    key: str
    size: int
    sha256: str


class Hashing(File):
    """A file whose digest grows while the storage reads it, so that the bytes are read once."""

    file: IO[bytes]

    def __init__(self, content: IO[bytes]) -> None:
        super().__init__(content, name=None)
        self._digest, self.count = hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self._digest.update(data)
        self.count += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        if offset == 0 and whence == 0:
            self._digest, self.count = hashlib.sha256(), 0
        return self.file.seek(offset, whence)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@contextmanager
def kept_or_deleted(root: str, files: list[Checked]) -> Iterator[list[Stored]]:
    """Store the files; delete them again if the block fails, the commit included. Raises ValidationError on the field
    `file` when the storage takes no more."""
    stored: list[Stored] = []
    try:
        for file in files:
            stored.append(_store(root, file))  # noqa: PERF401  (what was stored must be known when one fails)
        yield stored
    except BaseException:
        delete_stored([each.key for each in stored])
        raise


def _store(root: str, file: Checked) -> Stored:
    try:
        return store(root, file.content)
    except OSError as error:
        logger.exception("A file could not be stored")
        sentence = _("“%s” could not be stored. Nothing was kept. Try again later, or tell an administrator.")
        raise ValidationError({"file": sentence % file.filename}) from error


def store(root: str, content: IO[bytes]) -> Stored:
    """Write the content under a new key. The folder is the day, so that the sweep need not list everything."""
    reader = Hashing(content)
    key = f"{root}/{datetime.now(UTC):%Y%m%d}/{secrets.token_hex(16)}"
    try:
        key = default_storage.save(key, reader)
    except BaseException:
        default_storage.delete(key)  # a full disk must not keep the half that fitted
        raise
    return Stored(key, reader.count, reader.sha256)


def open_stored(key: str) -> File:
    return default_storage.open(key, "rb")


def delete_stored(keys: list[str]) -> None:
    for key in keys:
        default_storage.delete(key)


def sweep(root: str, named: Callable[[list[str]], set[str]]) -> None:
    """Delete the bytes below a root that are older than a day and that no row names: left by a process that was killed
    between the two. `named` answers which of the keys a row names."""
    today = datetime.now(UTC).date()
    for keys in _keys_of_days(root, today - timedelta(days=SWEEP_DAYS), today - timedelta(days=2)):
        known = named(keys)
        delete_stored([key for key in keys if key not in known])


def _keys_of_days(root: str, since: date, until: date) -> Iterator[list[str]]:
    """The keys stored on each of these days, a list for each day that has any."""
    day = since
    while day <= until:
        folder = f"{root}/{day:%Y%m%d}"
        if default_storage.exists(folder):
            yield [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
        day += timedelta(days=1)
