"""Everything of one member's as a zip: JSON, Markdown and files. Each app registers what it holds."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts.models import Member

LONGEST_NAME = 120


class Archive:
    """The zip being written. Paths are put together from parts that may hold anything a person typed."""

    def __init__(self, target: BinaryIO) -> None:
        self._zip = ZipFile(target, "w", ZIP_DEFLATED)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def json(self, data: Any, *path: str) -> None:
        self.text(json.dumps(data, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False), *path)

    def text(self, text: str, *path: str) -> None:
        self._zip.writestr(self._entry(path, ZIP_DEFLATED), text)

    def file(self, content: BinaryIO, *path: str) -> None:
        """Copied piece by piece; files are mostly packed already."""
        entry = self._entry(path, ZIP_STORED)
        with self._zip.open(entry, "w", force_zip64=True) as target:
            shutil.copyfileobj(content, target, 256 * 1024)

    def _entry(self, path: tuple[str, ...], packing: int) -> ZipInfo:
        entry = ZipInfo("/".join(map(_safe, path)), timezone.localtime().timetuple()[:6])
        entry.compress_type = packing
        return entry


def _safe(part: str) -> str:
    """One name of a path, wherever it is unpacked."""
    plain = re.sub(r"[^\w .()+-]", "_", part).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension) > 10:
        return plain[:LONGEST_NAME] or "_"
    return f"{stem[: LONGEST_NAME - len(extension)]}.{extension}"


@dataclass(frozen=True)
class Exporter:
    name: str
    label: Any  # shown while it is written
    write: Callable[[Member, Archive], None]


_exporters: dict[str, Exporter] = {}


def register(name: str, label: Any, write: Callable[[Member, Archive], None]) -> None:
    _exporters[name] = Exporter(name, label, write)


def label_of(name: str) -> Any:
    return _exporters[name].label if name in _exporters else ""


def write_all(member: Member, target: BinaryIO, told: Callable[[str, int], None] | None = None) -> None:
    """`told` hears before each part its name and how much is done, in per cent."""
    exporters = list(_exporters.values())
    with Archive(target) as archive:
        archive.text(_readme(member), "README.md")
        for number, exporter in enumerate(exporters):
            if told:
                told(exporter.name, 100 * number // len(exporters))
            exporter.write(member, archive)


def _readme(member: Member) -> str:
    return (
        f"# Everything of {member.name}\n\n"
        f"Made on {timezone.now():%Y-%m-%d %H:%M} UTC. Times in the JSON files are in UTC.\n\n"
        "Each folder is one part of the site. What you wrote is there as Markdown, the way you typed it, and in "
        "JSON with everything that is kept about it. What others wrote is theirs and not here.\n"
    )


def fields(row: Any, *, without: Iterable[str] = ()) -> dict[str, Any]:
    """A row's columns by name, foreign keys as ids."""
    left_out = set(without)
    return {
        each.attname: each.value_from_object(row)
        for each in row._meta.concrete_fields
        if each.attname not in left_out
    }
