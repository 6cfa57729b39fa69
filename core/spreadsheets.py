"""CSV as spreadsheet programs read it, sent as it is made."""

import csv
from collections.abc import Iterable, Iterator


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(columns)  # without the mark spreadsheet programs mistake UTF-8
    for row in rows:
        yield writer.writerow([inert(cell) for cell in row])


def inert(cell: object) -> str:
    """A cell that begins like a formula would be run by spreadsheet programs."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
