"""What pages and deeds may cost: queries and bytes. How long they take is `make bench`'s to say."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from forum.models import Tag, Topic, TopicState
from tests.factories import join, make_category, make_group, make_member, make_post, make_topic

pytestmark = pytest.mark.django_db
PAGE_QUERIES = 6
FIRST_QUERIES = 14  # of the first reader after a change, who fills what the process keeps
REPLY_QUERIES = 12
TOPIC_BYTES = 55_000
# "PREPARE" is of the first request of a connection, whichever that is.
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PREPARE")
KILOBYTE = (
    "**We tried this** with `one` office, see https://www.gsa.gov/. " + "It took a while to agree. " * 36
)


@pytest.fixture
def reader() -> Member:
    return make_member("Reader")


@pytest.fixture
def signed_in(client: Client, reader: Member) -> Client:
    client.force_login(reader)
    return client


@pytest.fixture
def topic() -> Topic:
    """Two and a half pages by ten people."""
    people = [make_member() for _ in range(10)]
    topic = make_topic(author=people[0], body=KILOBYTE)
    for number in range(49):
        make_post(topic, author=people[number % 10], body=KILOBYTE)
    topic.refresh_from_db()
    return topic


def cost(ask: Callable[[], HttpResponse], status: int = 200) -> tuple[list[str], int]:
    """The queries and the bytes of an answer."""
    with CaptureQueriesContext(connection) as captured:
        response = ask()
    assert response.status_code == status, response.content[:2_000]
    asked = [query["sql"] for query in captured if not query["sql"].startswith(CONTROL)]
    return asked, len(response.content)


def listed(queries: list[str]) -> str:
    return "\n".join(["", *queries])


def test_a_topic_page_of_twenty_posts_stays_within_its_budget(signed_in: Client, topic: Topic) -> None:
    url = topic.get_absolute_url()
    first, _ = cost(lambda: signed_in.get(url))
    later, size = cost(lambda: signed_in.get(url))
    assert len(first) <= FIRST_QUERIES, listed(first)
    assert len(later) <= PAGE_QUERIES, listed(later)
    assert size <= TOPIC_BYTES


def test_a_new_reply_costs_the_next_reader_no_query_a_post(signed_in: Client, topic: Topic) -> None:
    cost(lambda: signed_in.get(topic.get_absolute_url()))
    make_post(topic)
    after, _ = cost(lambda: signed_in.get(topic.get_absolute_url()))
    assert len(after) <= FIRST_QUERIES, listed(after)


@pytest.mark.parametrize("path", ["/forum/", "/forum/?filter=unread", "/", "/notifications/"])
def test_lists_ask_no_query_a_row(signed_in: Client, reader: Member, path: str) -> None:
    authors = [make_member() for _ in range(5)]
    for number in range(30):
        topic = make_topic(f"What did we learn in round {number}?", author=authors[number % 5])
        TopicState.objects.create(member=reader, topic=topic, read_to=number % 2)
    signed_in.get(path)
    queries, _ = cost(lambda: signed_in.get(path))
    assert len(queries) <= PAGE_QUERIES, listed(queries)


@pytest.mark.parametrize(
    "path",
    [
        "/forum/?filter=unread&category=governance&tag=llm",
        "/forum/?filter=top&group=responsible-ai",
        "/forum/c/governance/",
        "/forum/tags/llm/",
        "/groups/responsible-ai/discussions/",
    ],
)
def test_narrowed_lists_ask_no_query_a_row(signed_in: Client, reader: Member, path: str) -> None:
    group, place, tag = (
        make_group("Responsible AI"),
        make_category("Governance"),
        Tag.objects.create(name="llm"),
    )
    make_category("Oversight", parent=place)
    join(group, reader)
    for number in range(12):
        for category in (place, group.categories.get()):
            make_topic(f"What did we learn in round {number}?", category=category).tags.add(tag)
    signed_in.get(path)
    queries, size = cost(lambda: signed_in.get(path))
    assert len(queries) <= PAGE_QUERIES, listed(queries)
    assert size <= TOPIC_BYTES


def test_a_groups_overview_asks_no_query_a_row(signed_in: Client, reader: Member) -> None:
    group = make_group("Responsible AI")
    join(group, reader)
    for number in range(12):
        join(group, make_member())
        make_topic(f"What did we learn in round {number}?", category=group.categories.get())
    signed_in.get(group.get_absolute_url())
    queries, _ = cost(lambda: signed_in.get(group.get_absolute_url()))
    assert len(queries) <= PAGE_QUERIES, listed(queries)


@pytest.mark.parametrize("followers", [0, 40])
def test_a_reply_costs_the_same_however_many_follow(
    signed_in: Client, reader: Member, topic: Topic, followers: int
) -> None:
    TopicState.objects.create(member=reader, topic=topic, read_to=50, level="watching", why="chosen")
    for _ in range(followers):
        TopicState.objects.create(member=make_member(), topic=topic, level="watching")
    parent = topic.posts.last()
    body = f"{KILOBYTE}\n\nAs said in [post 3](/p/{topic.posts.get(number=3).pk}/)."
    form = {"body": body, "parent": parent.pk, "token": "t1"}
    queries, _ = cost(lambda: signed_in.post(f"/forum/t/{topic.pk}/reply/", form), status=302)
    assert len(queries) <= REPLY_QUERIES, listed(queries)
