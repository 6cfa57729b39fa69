"""Tables of who may do what are long: every place, every address, every actor.

The fast suite asks in each row one member for each answer that is expected there, another one from row to row; the
services suite asks all others. Visitors are among those: test_closed_by_default.py sends them to every address anyway.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

import pytest

one_of_each_or_the_others = pytest.mark.parametrize(
    "choose",
    [
        pytest.param(lambda actors, answer, row: one_of_each(actors, answer, row), id="one of each"),
        pytest.param(
            lambda actors, answer, row: set(actors) - one_of_each(actors, answer, row),
            id="the others",
            marks=pytest.mark.thorough,
        ),
    ],
)


def one_of_each(actors: Iterable[str], answer: Callable[[str], Hashable], row: int) -> set[str]:
    """Of the members who get the same answer, one; in the next row the next one."""
    alike: defaultdict[Hashable, list[str]] = defaultdict(list)
    for actor in actors:
        if actor != "visitor":
            alike[answer(actor)].append(actor)
    return {names[row % len(names)] for names in alike.values()}
