"""A topic of 5,000 posts in a random tree: every view shows every post exactly once, whatever is added on the way."""

import random
import re

import pytest
from django.core.management.color import no_style
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.markup import render
from forum.models import MAX_DEPTH, Post, Topic, base36
from forum.order import ORDERS
from tests.database import Beginning
from tests.factories import make_member, make_post, make_topic
from tests.forum.test_budgets import FIRST_QUERIES, KILOBYTE, PAGE_QUERIES, cost

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
POSTS = 5_000
PAGE_BYTES = 60_000
VIEWS = {"threaded": "path", "flat": "number", "newest": "-number"}


@pytest.fixture(scope="module")
def forest(django_db_setup, django_db_blocker):
    """Built once; each example adds to it and is rolled back."""
    with django_db_blocker.unblock():
        beginning = Beginning()
        people = [make_member() for _ in range(20)]
        topic = make_topic("What did we learn?", author=people[0], body=KILOBYTE)
        chance, text = random.Random(5), render(KILOBYTE)
        tree = [topic.posts.get()]
        for number in range(2, POSTS + 1):
            parent = chance.choice(tree[-200:]) if chance.random() < 0.85 else None
            parent = parent if parent is None or parent.depth < MAX_DEPTH else None
            tree.append(
                Post(
                    topic=topic,
                    number=number,
                    parent=parent,
                    depth=parent.depth + 1 if parent else 0,
                    path=(parent.path if parent else "") + base36(number),
                    author=chance.choice(people),
                    body=KILOBYTE,
                    html=text.html,
                    text=text.text,
                    changed_version=number,
                )
            )
            tree[-1].pk = tree[0].pk + number - 1  # so that replies can name it before it is written
        Post.objects.bulk_create(tree[1:], batch_size=500)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Post]):
                cursor.execute(statement)
        Topic.objects.filter(pk=topic.pk).update(last_number=POSTS, posts_count=POSTS, version=POSTS)
        topic.refresh_from_db()
        yield topic
        beginning.put_back()


@pytest.mark.parametrize("view", VIEWS)
@settings(
    max_examples=2,
    phases=[Phase.generate],  # to find a smaller example would be to page through it for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_every_post_is_on_one_page_while_posts_are_added(forest, view, data):
    """From end to end: 250 pages, by the cursors that the links of a page hold."""
    with transaction.atomic():
        page_through(forest, view, data)
        transaction.set_rollback(True)


def page_through(forest, view, data):
    order, writer = ORDERS[view], make_member()
    there = list(forest.posts.order_by(VIEWS[view]).values_list("number", flat=True))
    moments = data.draw(
        st.lists(st.integers(0, POSTS // 20), min_size=3, max_size=6), "pages after which somebody replies"
    )
    parents = data.draw(st.lists(st.integers(1, POSTS), min_size=6, max_size=6), "to")
    posts = forest.posts.only("number", "path", "depth")
    seen: list[int] = []
    added: set[int] = set()
    after, page = "", 0
    while page == 0 or after:
        cut = order.page(posts, after=after)
        seen += [post.number for post in cut.posts]
        for _ in range(moments.count(page)):
            parent = forest.posts.get(number=parents[len(added)])
            parent = parent if parent.depth < MAX_DEPTH else None
            added.add(make_post(forest, author=writer, parent=parent).number)
        after, page = cut.after, page + 1
    assert len(seen) == len(set(seen)), "a post was shown twice"
    assert [number for number in seen if number not in added] == there, "a post was left out"


@pytest.mark.parametrize("view", VIEWS)
def test_pages_anywhere_in_it_stay_within_their_limits(client, forest, view):
    client.force_login(make_member())
    client.get(forest.get_absolute_url())
    for number in random.Random(view).sample(range(1, POSTS), 5):
        url = f"{forest.get_absolute_url()}{number}/?view={view}"
        first, size = cost(lambda url=url: client.get(url))
        again, _ = cost(lambda url=url: client.get(url))
        assert len(first) <= FIRST_QUERIES
        assert len(again) <= PAGE_QUERIES
        assert size <= PAGE_BYTES
        shown = [int(n) for n in re.findall(r'data-number="(\d+)"', client.get(url).content.decode())]
        assert number in shown
        assert len(shown) == 20


def test_the_map_stays_small(client, forest):
    client.force_login(make_member())
    part = client.get(f"{forest.get_absolute_url()}map/", headers={"X-Requested-With": "fetch"})
    assert part.content.count(b"shape-place") <= 40
    assert len(part.content) <= 50_000
