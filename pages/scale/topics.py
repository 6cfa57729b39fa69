"""Topics and posts in the order in which they would have been written, so that the tables lie as a real site's do."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import connection

from core.markup import RENDERER_VERSION
from forum.models import MAX_DEPTH, PATH_WIDTH, Post, Tag, Topic, TopicState, base36
from pages.scale.bulk import Bars, load, reserve
from pages.scale.groups import Place, weights
from pages.scale.people import Crowd
from pages.scale.texts import bodies, title
from pages.scale.words import TAGS

SPAN = 1_000 * 24 * 60  # minutes in which topics began
HOT = 5_000  # posts of the hottest topic, once there are twenty times as many in all
REMEMBERED = 12  # latest posts of a topic that people answer
FOLLOWERS = 40  # at most, of one topic


def sizes(topics: int, posts: int) -> list[int]:
    """Posts of each topic: one hot, some warm, a long tail. At least one each; together exactly `posts`."""
    hot = max(HOT, posts // 100) if posts >= 20 * HOT else max(1, posts // 20)
    if topics == 1:
        return [posts]
    hot = min(hot, posts - topics + 1)
    left = posts - hot - (topics - 1)
    shares = [1 / (n + 10) ** 0.9 for n in range(topics - 1)]
    factor = left / sum(shares)
    tail = [1 + min(int(share * factor), hot - 1) for share in shares]
    rounded_off = posts - hot - sum(tail)
    for n in range(rounded_off):
        tail[n % len(tail)] += 1
    return sorted([hot, *tail], reverse=True)


@dataclass
class Plan:
    """Who writes when in which topic, decided before the first row: a topic's row names its last author."""

    order: list[int]  # one number for each post: minute and topic, sorted
    authors: array  # for each of `order`, a place in the crowd
    places: list[int]  # for each topic
    begun: list[int]  # minutes
    ended: list[int]
    starter: list[int]
    last: list[int]
    sizes: list[int]


def plan(rng: Random, crowd: Crowd, places: list[Place], *, topics: int, posts: int) -> Plan:
    counts = sizes(topics, posts)
    begun = [rng.randrange(SPAN) for _ in counts]
    begun[0] = SPAN // 2
    order = []
    for topic, count in enumerate(counts):
        length = min(SPAN - begun[topic], 60 + int(rng.lognormvariate(8, 1.2) * (1 + count / 10)))
        if topic == 0:
            length = SPAN - begun[0]  # the hot topic is still hot
        order.append(begun[topic] * topics + topic)
        order += [
            (begun[topic] + int(length * rng.random() ** 1.5)) * topics + topic for _ in range(count - 1)
        ]
    order.sort()
    made = Plan(
        order,
        array("L"),
        rng.choices(range(len(places)), cum_weights=weights(places), k=topics),
        begun,
        begun.copy(),
        [-1] * topics,
        [0] * topics,
        counts,
    )
    _choose_authors(made, rng, crowd, places, topics)
    return made


def _choose_authors(plan: Plan, rng: Random, crowd: Crowd, places: list[Place], topics: int) -> None:
    pool = crowd.pick(rng, len(plan.order))
    for n, moment in enumerate(plan.order):
        minute, topic = divmod(moment, topics)
        writers = places[plan.places[topic]].writers
        if plan.starter[topic] >= 0 and rng.random() < 0.3:
            author = plan.starter[topic] if rng.random() < 0.5 else plan.last[topic]
        else:
            author = pool[n] if writers is None else writers[int(len(writers) * rng.random() ** 2)]
        if plan.starter[topic] < 0:
            plan.starter[topic] = author
        plan.authors.append(author)
        plan.last[topic], plan.ended[topic] = author, minute


def load_topics(
    rng: Random, now: datetime, plan: Plan, crowd: Crowd, places: list[Place], *, bars: Bars
) -> None:
    topics = len(plan.sizes)
    start = now - timedelta(minutes=SPAN)
    first = reserve(Topic, topics)
    titles = [title(rng) for _ in range(topics)]
    load(
        Topic,
        [
            "id", "category_id", "title", "slug", "author_id", "last_author_id", "created_at", "last_post_at",
            "version", "last_number", "posts_count",
        ],
        (
            (
                first + n, places[plan.places[n]].category, titles[n], Topic.slug_for(titles[n]),
                crowd.first + plan.starter[n], crowd.first + plan.last[n],
                start + timedelta(minutes=plan.begun[n]), start + timedelta(minutes=plan.ended[n]),
                size, size, size,
            )
            for n, size in enumerate(plan.sizes)
        ),
        tick=bars("topics", topics),
    )  # fmt: skip
    _load_tags(rng, first, topics)
    writer = Writer(rng, plan, crowd, first, reserve(Post, len(plan.order)), start)
    load(
        Post,
        [
            "id", "topic_id", "number", "parent_id", "depth", "path", "author_id", "agency_id", "body", "html",
            "text", "changed_version", "created_at",
        ],
        writer.rows(),
        tick=bars("posts", len(plan.order)),
        renderer=RENDERER_VERSION,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE forum_topic SET solved_by_id = %s WHERE id = %s", writer.answers)
    _load_states(rng, plan, crowd, places, first, bars)


class Writer:
    """Makes one row of a post after the other, as `post_reply` would have numbered and placed it."""

    def __init__(
        self, rng: Random, plan: Plan, crowd: Crowd, first_topic: int, first_post: int, start: datetime
    ) -> None:
        self.rng, self.plan, self.crowd = rng, plan, crowd
        self.first_topic, self.first_post, self.start = first_topic, first_post, start
        self.bodies = bodies(rng)
        self.answers: list[tuple[int, int]] = []  # post and topic

    def rows(self) -> Iterator[tuple]:
        plan, crowd, topics = self.plan, self.crowd, len(self.plan.sizes)
        numbers = [0] * topics
        latest: list[list[tuple[int, str, int]]] = [[] for _ in range(topics)]  # id, path, depth
        random, start, made = self.rng.random, self.start, self.bodies
        for n, moment in enumerate(plan.order):
            minute, topic = divmod(moment, topics)
            pk, author = self.first_post + n, plan.authors[n]
            numbers[topic] = number = numbers[topic] + 1
            recent = latest[topic]
            parent, depth, path = self._place(number, recent)
            recent.append((pk, path, depth))
            if len(recent) > REMEMBERED:
                del recent[0]
            if number == 3 and random() < 0.3:
                self.answers.append((pk, self.first_topic + topic))
            body = made[int(random() * len(made))]
            yield (
                pk, self.first_topic + topic, number, parent, depth, path, crowd.first + author,
                crowd.agencies[author], body.source, body.html, body.text, number,
                start + timedelta(minutes=minute, seconds=int(random() * 60)),
            )  # fmt: skip

    def _place(self, number: int, recent: list[tuple[int, str, int]]) -> tuple[int | None, int, str]:
        """Parent, depth and path: a third answer the topic itself, most of the others one of the latest posts."""
        segment = base36(number)
        chance = self.rng.random()
        if not recent or chance < 0.35:
            return None, 0, segment
        pk, path, depth = recent[-1] if chance < 0.6 else recent[int(self.rng.random() * len(recent))]
        if depth < MAX_DEPTH:
            return pk, depth + 1, path + segment
        return pk, MAX_DEPTH, path[:-PATH_WIDTH] + segment


def _load_tags(rng: Random, first: int, topics: int) -> None:
    Tag.objects.bulk_create([Tag(name=name) for name in TAGS], ignore_conflicts=True)
    tags = list(Tag.objects.filter(name__in=TAGS).order_by("name").values_list("pk", flat=True))
    through = Topic.tags.through
    rows = ((first + n, tag) for n in range(topics) for tag in rng.sample(tags, rng.choice((0, 1, 1, 2, 3))))
    load(through, ["topic_id", "tag_id"], rows)


def _load_states(rng: Random, plan: Plan, crowd: Crowd, places: list[Place], first: int, bars: Bars) -> None:
    """Who wrote follows, up to a number for each topic; the earliest members have read much besides."""
    topics = len(plan.sizes)
    levels: dict[tuple[int, int], tuple[int, str]] = {}
    followers, numbers = [0] * topics, [0] * topics
    for moment, author in zip(plan.order, plan.authors, strict=True):
        topic = moment % topics
        numbers[topic] += 1
        key = (author, topic)
        if key in levels:
            levels[key] = (numbers[topic], levels[key][1])
        elif followers[topic] < FOLLOWERS:
            followers[topic] += 1
            levels[key] = (numbers[topic], "started" if numbers[topic] == 1 else "replied")
    common = [n for n in range(topics) if places[plan.places[n]].writers is None]
    for reader in range(min(100, len(crowd))):
        for topic in rng.sample(common, min(200, len(common))):
            levels.setdefault((reader, topic), (rng.randint(1, plan.sizes[topic]), ""))
    load(
        TopicState,
        ["member_id", "topic_id", "read_to", "level", "why"],
        (
            (crowd.first + person, first + topic, read_to, "watching" if why else "", why)
            for (person, topic), (read_to, why) in levels.items()
        ),
        tick=bars("read states", len(levels)),
    )
