"""Ranges of post numbers, against sets of numbers."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forum import seen

numbers = st.sets(st.integers(1, 60), max_size=40)
parts = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), max_size=12)
few = settings(max_examples=60)


def ranges(members: set[int]) -> seen.Ranges:
    return seen.union((number, number) for number in members)


def members(ranges: seen.Ranges) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


def assert_is_canonical(ranges: seen.Ranges) -> None:
    assert all(first <= last for first, last in ranges)
    assert all(before[1] + 1 < after[0] for before, after in pairwise(ranges))


@few
@given(parts, parts)
def test_a_union_holds_what_either_holds(one, other):
    made = seen.union(one, other)
    assert_is_canonical(made)
    assert members(made) == members(one) | members(other)
    assert seen.count(made) == len(members(made))


@few
@given(numbers, st.integers(1, 60))
def test_adding_and_finding_a_number(known, number):
    made = seen.add(ranges(known), number)
    assert_is_canonical(made)
    assert members(made) == known | {number}
    assert {n for n in range(62) if seen.contains(made, n)} == known | {number}


@few
@given(numbers, numbers, st.integers(1, 60), st.integers(1, 60))
def test_cutting_and_taking_away(known, taken, first, last):
    assert members(seen.within(ranges(known), first, last)) == {n for n in known if first <= n <= last}
    assert members(seen.without(ranges(known), ranges(taken))) == known - taken


@few
@given(numbers)
def test_what_is_written_reads_the_same(known):
    text = seen.write(ranges(known))
    assert seen.parse(text) == ranges(known)
    assert seen.parse(",".join(reversed(text.split(",")))) == ranges(known)


@pytest.mark.parametrize("text", ["x", "0", "4-", "-4", "1,,x", "٣", "4.5", "1" * 10, "4–7"])
def test_what_is_no_list_of_post_numbers_is_refused(text):
    with pytest.raises(ValueError):
        seen.parse(text)


@few
@given(st.integers(0, 60), numbers, numbers)
def test_the_watermark_passes_over_all_that_touches_it(read_to, above, gaps):
    made = seen.reading(read_to, ranges(above), ranges(gaps))
    known = set(range(1, read_to + 1)) | above | gaps
    assert {n for n in range(1, 62) if made.has(n)} == known
    assert made.read_to + 1 not in known
    assert_is_canonical(made.above)
    assert all(first > made.read_to + 1 for first, _ in made.above)
    assert made.unread(61) == 61 - len(known)
    assert made.first_unread(61) == min(set(range(1, 62)) - known)


@few
@given(st.lists(st.integers(1, 60), max_size=60))
def test_the_order_in_which_posts_are_seen_does_not_matter(order):
    state = seen.reading(0)
    for number in order:
        state = seen.reading(state.read_to, state.above, [(number, number)])
    assert state == seen.reading(0, ranges(set(order)))


def test_too_many_places_lose_the_topmost():
    scattered = tuple((n, n) for n in range(3, 3 + 2 * (seen.MOST + 5), 2))
    made = seen.reading(1, scattered)
    assert made.above == scattered[: seen.MOST]
    assert len(seen.write(tuple((n * 10**6, n * 10**6) for n in range(1, seen.MOST + 1)))) < seen.LONGEST


def test_a_topic_read_to_its_end_has_no_first_unread():
    assert seen.reading(3).first_unread(3) is None
    assert seen.reading(3).first_unread(4) == 4
