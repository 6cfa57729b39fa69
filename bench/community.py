"""The community the benchmarks run on: small, the same every time, and of the sizes that the targets name."""

import random
import time
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from accounts.models import EligibilityProof, Member
from core.markup import Rendered, render
from forum.models import Post, Tag, Topic, TopicState, base36
from notifications.models import Notice, NoticeEvent
from outbox.models import Job
from tests.factories import join, make_agency, make_category, make_group, make_member, make_topic

POSTS = 500  # in the topic that is read
TOPICS = 240
NOTICES = 60
PLACES = [
    "Governance",
    "Procurement",
    "Data",
    "Security",
    "Workforce",
    "Evaluation",
    "Accessibility",
    "Pilots",
]
AGENCIES = [
    ("General Services Administration", "GSA"),
    ("National Aeronautics and Space Administration", "NASA"),
    ("Department of the Navy", "NAVY"),
    ("Department of Agriculture", "USDA"),
    ("Department of Energy", "DOE"),
    ("Census Bureau", "CENSUS"),
]
TEXT = (
    "agency model data review risk public service team record pilot vendor contract policy question answer evidence "
    "test measure train document approve share secure open plain review budget office program member group decide "
    "before after during between without every several simple careful early later often rarely always never we they"
)
WORDS = TEXT.split()


def write(rng: random.Random, size: int = 1_000) -> str:
    """Markdown of about `size` characters: paragraphs, a list, a link, a quote and some code."""

    def sentence() -> str:
        return " ".join(rng.choices(WORDS, k=rng.randint(8, 16))).capitalize() + "."

    blocks = [
        f"{sentence()} **{rng.choice(WORDS)}** and `{rng.choice(WORDS)}`, see https://www.gsa.gov/{rng.choice(WORDS)}."
    ]
    blocks.append("\n".join(f"- {sentence()}" for _ in range(3)))
    blocks.append(f"> {sentence()}")
    while sum(map(len, blocks)) < size - 80:
        blocks.append(" ".join(sentence() for _ in range(2)))
    return "\n\n".join(blocks)[:size]


def seed(*, followers: int, clients: int) -> dict[str, Any]:
    """Fill an empty database; what the benchmarks need to know of it."""
    rng = random.Random(2)
    with transaction.atomic():
        for name, abbreviation in AGENCIES:
            make_agency(name, abbreviation)
        agencies = [make_agency(name) for name, _ in AGENCIES]
        authors = [
            make_member(f"Author {n}", agency=agencies[n % 6], handle=f"author.{n}") for n in range(30)
        ]
        readers = [
            make_member(f"Reader {n}", agency=agencies[n % 6], handle=f"reader.{n}") for n in range(clients)
        ]
        # Slugs of their own: there may be a synthetic community beneath.
        places = [
            make_category(name, slug=f"bench-{n}", position=n, color=n) for n, name in enumerate(PLACES)
        ]
        groups = [
            make_group(f"Bench {name}", lead=authors[0])
            for name in ("responsible AI", "generative AI", "shared data")
        ]
        for group in groups:
            for member in (*authors[1:20], *readers):
                join(group, member)
        topics = _topics(rng, authors, [*places, *(group.categories.get() for group in groups)])
        long = _long_topic(rng, authors, places[0])
        quiet = make_topic("Where do you keep your model cards?", category=places[1], author=authors[1])
        followed = make_topic("Which benchmarks do you trust?", category=places[2], author=authors[2])
        told = make_topic("What came out of the pilot?", category=places[3], author=authors[3])
        crowd = _followers(followers, agencies)
        for topic in (followed, told):
            TopicState.objects.bulk_create(
                [
                    TopicState(member=member, topic=topic, read_to=1, level="watching", why="chosen")
                    for member in crowd
                ],
                batch_size=2_000,
            )
        _reading(rng, readers, topics, long)
        _notices(readers, authors, topics)
    return {
        "readers": [reader.pk for reader in readers],
        "writers": [authors[4].pk, authors[5].pk],
        "crowd": [member.pk for member in crowd],
        "topic": long.get_absolute_url(),
        "long": long.pk,
        "deep": f"{Topic.objects.latest('last_number').get_absolute_url()}{POSTS // 2}/",
        "quiet": quiet.pk,
        "followed": followed.pk,
        "told": told.pk,
        "group": groups[0].get_absolute_url(),
    }


def _topics(rng: random.Random, authors: list[Member], places: list[Any]) -> list[Topic]:
    """Short topics for the lists, each with a few posts and tags, the newest an hour old."""
    tags = [
        Tag.objects.get_or_create(name=name)[0]
        for name in ("models", "risk", "data", "buying", "training", "testing")
    ]
    topics, drafts = [], []
    for number in range(TOPICS):
        title = " ".join(rng.choices(WORDS, k=7)).capitalize() + "?"
        at = timezone.now() - timedelta(hours=TOPICS - number)
        topic, posts = draft(
            rng, title, places[number % len(places)], authors, count=rng.randint(1, 4), at=at
        )
        topics.append(topic)
        drafts.append(posts)
    save(topics, drafts)
    links = [Topic.tags.through(topic=topic, tag=tag) for topic in topics for tag in rng.sample(tags, 2)]
    Topic.tags.through.objects.bulk_create(links)
    return topics


def _long_topic(rng: random.Random, authors: list[Member], place: Any) -> Topic:
    title = "How do you test a model before it answers the public?"
    topic, posts = draft(rng, title, place, authors, count=POSTS, at=timezone.now())
    save([topic], [posts])
    return topic


@cache
def _texts() -> list[tuple[str, Rendered]]:
    rng = random.Random(3)
    return [(body, render(body)) for body in (write(rng) for _ in range(41))]


def draft(
    rng: random.Random, title: str, place: Any, authors: list[Member], *, count: int, at: datetime
) -> tuple[Topic, list[Post]]:
    """A topic with a tree of `count` posts, not saved yet: the factories would take minutes."""
    topic = Topic(category=place, title=title, slug=Topic.slug_for(title), created_at=at, last_post_at=at)
    topic.version = topic.last_number = topic.posts_count = count
    posts: list[Post] = []
    texts = _texts()
    for number in range(1, count + 1):
        parent = rng.choice(posts[-12:]) if posts and rng.random() < 0.6 else None
        if parent is not None and parent.depth >= 4:
            parent = None
        author = rng.choice(authors)
        body, rendered = texts[number % len(texts)]
        post = Post(topic=topic, number=number, parent=parent, author=author, agency_id=author.agency_id)
        post.depth = parent.depth + 1 if parent else 0
        post.path = (parent.path if parent else "") + base36(number)
        post.body, post.html, post.text = body, rendered.html, rendered.text
        post.changed_version, post.created_at = number, at
        posts.append(post)
    topic.author, topic.last_author = posts[0].author, posts[-1].author
    return topic, posts


def save(topics: list[Topic], drafts: list[list[Post]]) -> None:
    """Level by level, since a reply needs its parent's id."""
    Topic.objects.bulk_create(topics)
    posts = [post for draft in drafts for post in draft]
    for post in posts:
        post.topic_id = post.topic.pk
    for depth in range(6):
        level = [post for post in posts if post.depth == depth]
        for post in level:
            post.parent_id = post.parent.pk if post.parent else None
        Post.objects.bulk_create(level, batch_size=500)


def _followers(count: int, agencies: list[Any]) -> list[Member]:
    """Members in bulk; the factory would take minutes."""
    password, now = make_password(None), timezone.now()
    until = now + timedelta(days=365)
    members = Member.objects.bulk_create(
        [
            Member(
                name=f"Follower {n}",
                handle=f"follower.{n}",
                email=f"follower.{n}@gsa.gov",
                password=password,
                agency=agencies[n % len(agencies)],
                affiliation="federal",
                read_before=now,
            )
            for n in range(count)
        ],
        batch_size=2_000,
    )
    EligibilityProof.objects.bulk_create(
        [
            EligibilityProof(
                member=member, address=member.email, rule="allow gov", method="code", expires_at=until
            )
            for member in members
        ],
        batch_size=2_000,
    )
    # The proof first: no member is active without one.
    Member.objects.filter(handle__startswith="follower.").update(eligible_until=until)
    return members


def _reading(rng: random.Random, readers: list[Member], topics: list[Topic], long: Topic) -> None:
    """Half of what there is has been read, and the long topic down to its seventh post."""
    for reader in readers:
        Member.objects.filter(pk=reader.pk).update(read_before=timezone.now() - timedelta(hours=48))
        states = [
            TopicState(member=reader, topic=topic, read_to=rng.randint(1, topic.last_number))
            for topic in rng.sample(topics, len(topics) // 2)
        ]
        TopicState.objects.bulk_create([*states, TopicState(member=reader, topic=long, read_to=7)])


def _notices(readers: list[Member], authors: list[Member], topics: list[Topic]) -> None:
    for number, topic in enumerate(topics[:NOTICES]):
        post = topic.posts.get(number=topic.last_number)
        data = {
            "topic": topic.pk,
            "title": topic.title,
            "post": post.pk,
            "number": post.number,
            "parent_author": None,
            "mentioned": [],
        }
        event = NoticeEvent.objects.create(
            kind="post",
            actor=authors[number % 20],
            source=f"topic:{topic.pk}",
            url=post.get_absolute_url(),
            data=data,
            done_at=timezone.now(),
        )
        Notice.objects.bulk_create(
            [
                Notice(
                    member=reader,
                    kind="post",
                    reason="followed",
                    actor=event.actor,
                    source=event.source,
                    bucket="followed",
                    url=event.url,
                    data=data,
                    event=event,
                    read_at=timezone.now() if number < NOTICES // 2 else None,
                )
                for reader in readers
            ]
        )


def sign_in(members: list[int]) -> list[str]:
    """A session for each, written straight to the store: the cookies to send."""
    engine = import_module(settings.SESSION_ENGINE)
    now = timezone.now()
    found = Member.objects.in_bulk(members)
    rows = []
    for pk in members:
        store = engine.SessionStore()
        content = {
            SESSION_KEY: str(pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: found[pk].get_session_auth_hash(),
        }
        key = store._get_new_session_key()
        rows.append(
            Session(
                session_key=key,
                session_data=store.encode(content),
                expire_date=now + timedelta(seconds=settings.SESSION_COOKIE_AGE),
            )
        )
    Session.objects.bulk_create(rows, batch_size=2_000)
    return [cookies(row.session_key) for row in rows]


CSRF = "c" * 32


def cookies(session_key: str) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"


def forget_fan_out(topic_id: int) -> None:
    """Take back what the replies to a topic have promised to its followers."""
    Job.objects.filter(state=Job.State.READY).delete()
    NoticeEvent.objects.filter(source=f"topic:{topic_id}").delete()


def wait_for_jobs(patience: float = 60) -> None:
    """Until the worker has nothing to do."""
    deadline = time.monotonic() + patience
    while Job.objects.due(timezone.now()).exists() or Job.objects.filter(state=Job.State.RUNNING).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"The worker was not done within {patience:g} s.")
        time.sleep(0.1)
