"""Whole numbers in what programs send: addresses, headers, fields that nobody fills in by hand."""

LONGEST = 18  # digits: any number of them fits into a column of the database


def number_in(text: str) -> int | None:
    """None for anything but a few ASCII digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST else None
