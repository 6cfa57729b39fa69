"""What stands above a list of topics: tabs and the ways to narrow it down.

It is the same for all who look at the same list in the same way, and so rendered once for what it shows: a `Head`, and
the reader's groups.
"""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from django.template.loader import render_to_string

from core.kept import CSRF
from forum.rows import FILTERS, PERIODS, RARE

Pairs = tuple[tuple[str, str], ...]


class Head(NamedTuple):
    filter: str
    period: str
    free: Pairs  # what the query string narrows the list to, by name
    fixed: tuple[str, ...]  # names of what the page itself is of
    labels: tuple[str, ...]  # of what is free, in its order
    group: str  # name of the one it is narrowed to
    reads: Pairs  # what the deed needs that marks the list read
    path: str
    places: Pairs  # categories to choose from, slug and name


def address(asked: dict[str, str], only: str) -> str:
    """Of the list narrowed so, as a query string."""
    return "?" + urlencode({"filter": only, **asked})


@lru_cache(maxsize=500)
def render_head(head: Head, groups: Pairs, language: str) -> str:
    """`groups` are offered to narrow the list down, slug and name."""
    free = dict(head.free)
    base = free | ({"period": head.period} if head.filter == "top" else {})
    context = {
        "head": head,
        "free": free,
        "groups": groups,
        "tabs": [(key, label, address(free, key)) for key, label in FILTERS.items() if key not in RARE],
        "periods": [
            (key, label, address(free | {"period": key}, head.filter))
            for key, (label, _days) in PERIODS.items()
        ],
        "narrowed": [
            (label, address({key: value for key, value in base.items() if key != name}, head.filter))
            for name, label in zip(free, head.labels, strict=True)
        ],
        "csrf_token": CSRF,
    }
    return render_to_string("forum/_list_head.html", context)
