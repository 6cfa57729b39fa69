"""Ways through a long topic: to a number, to a day, to the ends, along one branch; and where one stands."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.factories import make_post

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 3, 2, 23, 30, tzinfo=ZoneInfo("America/New_York"))  # already the 3rd in UTC


@pytest.fixture
def long_topic(topic, member):
    """45 posts, one an hour; 3 to 30 answer post 2."""
    second = make_post(topic, author=member)
    for _ in range(28):
        make_post(topic, author=member, parent=second)
    for _ in range(15):
        make_post(topic, author=member)
    for post in topic.posts.all():
        topic.posts.filter(pk=post.pk).update(created_at=DAY + timedelta(hours=post.number))
    topic.refresh_from_db()
    return topic


def test_where_one_stands_and_the_ways_to_the_ends(signed_in, long_topic):
    url = long_topic.get_absolute_url()
    first = signed_in.get(url).content.decode()
    assert "Posts 1–20 of 45" in first
    assert f'href="{url}45/#post-45"' in first
    middle = signed_in.get(f"{url}25/").content.decode()
    assert middle.count("Posts 21–40 of 45") == 2
    last = signed_in.get(f"{url}45/").content.decode()
    assert "Posts 41–45 of 45" in last
    assert f'<a href="{url}">First</a>' in last
    newest = signed_in.get(f"{url}?view=newest").content.decode()
    assert "Posts 1–20 of 45" in newest
    assert f'href="{url}1/?view=newest#post-1"' in newest


def test_one_page_needs_no_pager(signed_in, topic):
    page = signed_in.get(topic.get_absolute_url()).content.decode()
    assert "pager" not in page
    assert "jump-number" not in page


@pytest.mark.parametrize(
    ("query", "number", "said"),
    [
        ("number=30", 30, ""),
        ("number=999", 45, "There is no post 999 here"),
        ("on=2026-03-03", 1, ""),
        ("on=2026-03-04", 25, ""),
        ("number=&on=2030-01-01", 45, "Nothing was written here since that day"),
        ("on=0001-01-01", 1, ""),
        ("on=9999-12-31", 45, "Nothing was written here since that day"),
    ],
)
def test_a_jump_leads_to_the_post_or_to_the_nearest(signed_in, long_topic, query, number, said):
    url = long_topic.get_absolute_url()
    response = signed_in.get(f"{url}?{query}&view=flat")
    assert response.url == f"{url}{number}/?view=flat#post-{number}"
    assert said in signed_in.get(response.url).content.decode()


@pytest.mark.parametrize("query", ["number=x", "number=", "on=yesterday", "number=-1", "number=²"])
def test_what_cannot_be_a_jump_is_answered_kindly(signed_in, topic, query):
    response = signed_in.get(f"{topic.get_absolute_url()}?{query}", follow=True)
    assert response.status_code == 200
    assert "Give the number of a post, or a day" in response.content.decode()


def test_first_unread_stands_above_the_posts(signed_in, long_topic):
    url = long_topic.get_absolute_url()
    signed_in.post(f"/forum/t/{long_topic.pk}/read/", {"number": 7})
    assert f'<a href="{url}8/#post-8">First unread</a>' in signed_in.get(url).content.decode()
    signed_in.post(f"/forum/t/{long_topic.pk}/read/", {"number": 45})
    assert "First unread" not in signed_in.get(url).content.decode()


def test_a_branch_alone(signed_in, long_topic):
    url = long_topic.get_absolute_url()
    page = signed_in.get(f"{url}?branch=2").content.decode()
    assert "Only post 2 and the replies to it." in page
    assert "<title>Post 2 and its replies in" in page
    assert page.count('<article class="post') == 20
    assert 'id="post-1"' not in page
    assert 'data-branch="0002"' in page
    assert "Posts 1–20 of 29" in page
    following = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = signed_in.get(following).content.decode()
    assert rest.count('<article class="post') == 9
    assert "Only post 2 and the replies to it." in rest


@pytest.mark.parametrize("query", ["branch=999", "branch=x", "branch=1&view=flat", "branch=99999999999"])
def test_a_branch_that_is_none_leads_nowhere(signed_in, topic, query):
    assert signed_in.get(f"{topic.get_absolute_url()}?{query}").status_code == 404
