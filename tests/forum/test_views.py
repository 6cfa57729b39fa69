"""A topic threaded, flat, newest first and on paper: every post exactly once, whatever is added in between."""

import random
import re

import pytest

from tests.factories import make_member, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_topic(topic):
    rng = random.Random(4)
    posts = [topic.posts.get()]
    authors = [make_member() for _ in range(5)]
    for number in range(2, 66):
        parent = rng.choice(posts) if rng.random() < 0.8 else None
        parent = parent if parent is None or parent.depth < 5 else None
        posts.append(make_post(topic, author=authors[number % 5], parent=parent, body=f"Reply {number}"))
    topic.refresh_from_db()
    return topic


def numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-number="(\d+)"', page)]


def walk(client, url: str, rel: str = "next", between=lambda: None) -> list[list[int]]:
    pages = []
    while url:
        page = client.get(url).content.decode()
        pages.append(numbers(page))
        found = page.split(f'rel="{rel}" href="')
        url = found[1].split('"')[0].replace("&amp;", "&") if len(found) > 1 else ""
        between()
    return pages


@pytest.mark.parametrize("view", ["threaded", "flat", "newest"])
def test_every_post_is_on_one_page_and_the_way_back_is_the_same(signed_in, long_topic, view):
    url = f"{long_topic.get_absolute_url()}?view={view}"
    pages = walk(signed_in, url)
    seen = [number for page in pages for number in page]
    assert [len(page) for page in pages] == [20, 20, 20, 5]
    by = {"threaded": "path", "flat": "number", "newest": "-number"}[view]
    assert seen == list(long_topic.posts.order_by(by).values_list("number", flat=True))
    page = signed_in.get(f"{long_topic.get_absolute_url()}{seen[50]}/?view={view}").content.decode()
    assert numbers(page) == pages[2]
    previous = page.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert numbers(signed_in.get(previous).content.decode()) == pages[1]


@pytest.mark.parametrize("view", ["threaded", "flat", "newest"])
def test_posts_added_between_two_pages_hide_and_repeat_nothing(signed_in, long_topic, view):
    there = set(range(1, 66))
    first = long_topic.posts.get(number=1)
    pages = walk(
        signed_in,
        f"{long_topic.get_absolute_url()}?view={view}",
        between=lambda: make_post(long_topic, parent=first) if long_topic.posts.count() < 70 else None,
    )
    seen = [number for page in pages for number in page]
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_flat_shows_no_tree_but_says_what_is_answered(signed_in, topic):
    first = make_post(topic, parent=topic.posts.get())
    reply = make_post(topic, parent=first)
    page = signed_in.get(f"{topic.get_absolute_url()}?view=flat").content.decode()
    assert "post-depth-1" not in page
    assert f"in reply to {first.author.name}" in page
    assert 'data-view="flat"' in page
    threaded = signed_in.get(topic.get_absolute_url()).content.decode()
    assert "post-depth-2" in threaded
    assert f"in reply to {first.author.name}" not in threaded
    part = signed_in.get(f"/forum/t/{topic.pk}/posts/?ids={reply.pk}&view=flat").content.decode()
    assert "post-depth" not in part
    assert (
        "post-depth-2" in signed_in.get(f"/forum/t/{topic.pk}/posts/?ids={reply.pk}&view=").content.decode()
    )


@pytest.mark.parametrize(
    "query",
    [
        "view=sideways",
        "view=flat&after=x",
        "view=newest&before=-1",
        "view=flat&after=99999999999999999999",
        "after=%00",
    ],
)
def test_a_made_up_address_leads_nowhere(signed_in, topic, query):
    assert signed_in.get(f"{topic.get_absolute_url()}?{query}").status_code == 404


def test_a_renamed_topic_keeps_the_view(signed_in, topic):
    response = signed_in.get(f"/forum/t/{topic.pk}/older-title/?view=newest")
    assert response.url == f"{topic.get_absolute_url()}?view=newest"


def test_the_whole_topic_on_paper(signed_in, as_other, client, long_topic, private_topic, monkeypatch):
    monkeypatch.setattr("forum.views.paper.AT_ONCE", 10)
    removed = long_topic.posts.get(number=7)
    removed.removed_at = removed.created_at
    removed.save()
    response = signed_in.get(f"{long_topic.get_absolute_url()}print/")
    page = b"".join(response.streaming_content).decode()
    shown = [int(number) for number in re.findall(r'id="post-(\d+)"', page)]
    assert shown == list(long_topic.posts.order_by("path").values_list("number", flat=True))
    assert "Reply 8<" in page
    assert "Reply 7<" not in page
    assert '<form class="composer' not in page
    renamed = signed_in.get(f"/forum/t/{long_topic.pk}/older-title/print/")
    assert (renamed.status_code, renamed.url) == (301, f"{long_topic.get_absolute_url()}print/")
    assert as_other.get(f"{private_topic.get_absolute_url()}print/").status_code == 404
    assert client.get(f"{long_topic.get_absolute_url()}print/").url.startswith("/accounts/login/")
