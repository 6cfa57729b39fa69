"""Which posts of a topic somebody has seen, as ranges of post numbers. Pure.

Ranges are sorted, disjoint and do not touch: 4, 7-9 is ((4, 4), (7, 9)), and stored as the text "4,7-9".
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

type Ranges = tuple[tuple[int, int], ...]

NONE: Ranges = ()
# Kept of one reader in one topic. Whoever reads in more places than this is told of the topmost ones again, which are
# dropped: a post shown twice as new is a smaller harm than a row that grows with the topic.
MOST = 100
# A text of MOST ranges of numbers with seven digits.
LONGEST = 1_600
_PART = re.compile(r"([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?", re.ASCII)


def parse(text: str) -> Ranges:
    """Of a text in any order, parts may overlap. Raises ValueError for what is not a list of post numbers."""
    found = []
    for part in filter(None, text.split(",")):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"not a post number or a range of them: {part[:20]!r}")
        found.append((int(match[1]), int(match[2] or match[1])))
    return union(found)


def write(ranges: Ranges) -> str:
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def union(*many: Iterable[tuple[int, int]]) -> Ranges:
    """One set of ranges that holds every number of the given ones; backward ranges hold none."""
    made: list[tuple[int, int]] = []
    for first, last in sorted(part for ranges in many for part in ranges):
        if first > last:
            continue
        if made and first <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return tuple(made)


def add(ranges: Ranges, first: int, last: int | None = None) -> Ranges:
    return union(ranges, [(first, first if last is None else last)])


def within(ranges: Ranges, first: int, last: int) -> Ranges:
    """The numbers of the ranges from `first` to `last`."""
    cut = ((max(start, first), min(end, last)) for start, end in ranges)
    return tuple(part for part in cut if part[0] <= part[1])


def without(ranges: Ranges, taken: Ranges) -> Ranges:
    for first, last in taken:
        below, above = within(ranges, 1, first - 1), [(max(start, last + 1), end) for start, end in ranges]
        ranges = union(below, above)
    return ranges


def count(ranges: Ranges) -> int:
    return sum(last - first + 1 for first, last in ranges)


def contains(ranges: Ranges, number: int) -> bool:
    return any(first <= number <= last for first, last in ranges)


class Reading(NamedTuple):
    """Every post up to `read_to` is seen, and above it those of `above`, which never holds `read_to + 1`."""

    read_to: int
    above: Ranges = NONE

    @property
    def above_count(self) -> int:
        return count(self.above)

    def has(self, number: int) -> bool:
        return number <= self.read_to or contains(self.above, number)

    def first_unread(self, last_number: int) -> int | None:
        """The lowest number that is not seen, of a topic that ends there."""
        first = self.read_to + 1
        return first if first <= last_number else None

    def unread(self, last_number: int) -> int:
        return last_number - self.read_to - self.above_count


def reading(read_to: int, *seen: Iterable[tuple[int, int]]) -> Reading:
    """The watermark carried over all that touches it, and what then lies above, at most MOST ranges of it.

    Give the topic's gaps with what was seen: nobody is kept waiting at a number whose post went elsewhere.
    """
    above: list[tuple[int, int]] = []
    for first, last in union(*seen):
        if first <= read_to + 1:
            read_to = max(read_to, last)
        else:
            above.append((first, last))
    return Reading(read_to, tuple(above[:MOST]))
