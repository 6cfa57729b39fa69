from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import NamedTuple

from django.utils.text import slugify

from forum.models import Category
from pages.demo.areas import make_areas
from pages.scale.bulk import Bars, load, reserve
from pages.scale.people import Crowd
from pages.scale.words import KINDS, THEMES
from workinggroups.models import Group, Membership, MembershipEvent

Role = Membership.Role
RULES = (  # listing, content, join, and how many of ten groups are so
    ("listed", "open", "open", 6),
    ("listed", "members", "request", 3),
    ("hidden", "members", "invitation", 1),
)


class Place(NamedTuple):
    """A category to post in, with those who may (places in the crowd); None: everyone."""

    category: int
    writers: list[int] | None
    weight: float


def load_places(rng: Random, now: datetime, count: int, crowd: Crowd, *, bars: Bars) -> list[Place]:
    """The community's categories (made if there are none) and `count` groups with members and discussions."""
    common = list(Category.objects.filter(group=None, is_archived=False)) or list(make_areas().values())
    places = [Place(area.pk, None, 1 / (n + 2)) for n, area in enumerate(common)]
    if not count:
        return places
    sizes = _sizes(len(crowd), count)
    first, category = reserve(Group, count), reserve(Category, count)
    casts = [_cast(rng, crowd, size) for size in sizes]
    rules = rng.choices(RULES, [rule[3] for rule in RULES], k=count)
    names = [
        (
            f"{rng.choice(THEMES)} {rng.choice(KINDS)} {first + n}",
            now - timedelta(days=rng.randint(30, 1_000)),
        )
        for n in range(count)
    ]
    load(
        Group,
        [
            "id",
            "name",
            "slug",
            "listing",
            "content",
            "join",
            "created_at",
            "created_by_id",
            "member_count",
            "color",
        ],
        (
            (first + n, name, slugify(name), *rule[:3], at, crowd.first + cast[0], len(cast), n % 10)
            for n, ((name, at), rule, cast) in enumerate(zip(names, rules, casts, strict=True))
        ),
        tick=bars("groups", count),
        purpose="To compare notes, share what worked, and say what did not.",
    )
    load(
        Category,
        ["id", "slug", "name", "group_id", "color"],
        ((category + n, slugify(name), name, first + n, n % 10) for n, (name, _at) in enumerate(names)),
    )
    _load_memberships(rng, now, crowd, first, casts, bars)
    for n, cast in enumerate(casts):
        writers = [person for person, role in _roles(cast) if role in Membership.WRITING]
        places.append(Place(category + n, writers, sizes[n] / sum(sizes) * 0.6))
    return places


def _sizes(crowd: int, count: int) -> list[int]:
    """Some large groups and many small ones."""
    return [max(min(3, crowd), int(crowd * 0.2 / (n + 1) ** 0.8)) for n in range(count)]


def _cast(rng: Random, crowd: Crowd, size: int) -> list[int]:
    """Members of one group, its lead first."""
    return rng.sample(range(len(crowd)), min(size, len(crowd)))


def _roles(cast: list[int]) -> list[tuple[int, str]]:
    """One lead, a co-lead, and every tenth an observer."""
    roles = [
        Role.LEAD,
        Role.CO_LEAD,
        *(Role.OBSERVER if n % 10 == 9 else Role.MEMBER for n in range(2, len(cast))),
    ]
    return list(zip(cast, map(str, roles), strict=False))


def _load_memberships(
    rng: Random, now: datetime, crowd: Crowd, first: int, casts: list[list[int]], bars: Bars
) -> None:
    start = reserve(Membership, sum(map(len, casts)))
    rows = []
    for n, cast in enumerate(casts):
        for person, role in _roles(cast):
            since = now - (now - crowd.people[person].joined_at) * rng.random()
            rows.append((start + len(rows), first + n, crowd.first + person, role, since))
    columns = ["id", "group_id", "member_id", "role", "since"]
    load(Membership, columns, rows, tick=bars("memberships", len(rows)))
    load(
        MembershipEvent,
        ["membership_id", "actor_id", "role", "at"],
        ((pk, member, role, since) for pk, _group, member, role, since in rows),
        tick=bars("their history", len(rows)),
        status=Membership.Status.ACTIVE,
    )


def weights(places: list[Place]) -> list[float]:
    return list(accumulate(place.weight for place in places))
