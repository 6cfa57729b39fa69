"""System lines: who did what to a topic, when and why, told in the thread where it belongs in time."""

import re

import pytest
from django.test import Client

from forum import actions
from forum.models import Category, TopicEvent
from forum.order import ORDERS
from tests.factories import make_category, make_group, make_member, make_post

pytestmark = pytest.mark.django_db
VIEWS = ["", "?view=flat", "?view=newest"]


@pytest.fixture
def moderator(db):
    return make_member("Grace Hopper", roles=("moderator",))


@pytest.fixture
def keeping(moderator) -> Client:
    client = Client()
    client.force_login(moderator)
    return client


def shape(html: str) -> list[str]:
    """Posts by their number and lines by their first words, in the order in which they stand."""
    found = re.findall(r'data-number="(\d+)"|<p class="thread-line"[^>]*><span>([^.<]+)', html)
    return [number or line for number, line in found]


def walk(client: Client, topic, query: str) -> list[str]:
    """What stands on all pages of a topic, following the links to the next one."""
    seen, url = [], topic.get_absolute_url() + query
    while url:
        page = client.get(url).content.decode()
        seen += shape(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = following[1].replace("&amp;", "&") if following else ""
    return seen


def test_a_line_says_who_did_what_when_and_why(signed_in, keeping, topic, moderator):
    make_post(topic)
    keeping.post(f"/forum/t/{topic.pk}/lock/", {"reason": "The memo is out."})
    for query in [*VIEWS, "print/"]:
        page = signed_in.get(topic.get_absolute_url() + query).getvalue().decode()
        line = page.split('class="thread-line"')[1].split("</p>")[0]
        assert "Grace Hopper locked this topic. The memo is out." in line
        assert "<time datetime=" in line
    event = TopicEvent.objects.get()
    assert (event.kind, event.actor, event.after_number) == ("locked", moderator, 2)


def test_every_deed_leaves_its_line(signed_in, keeping, topic):
    post = make_post(topic)
    keeping.post(f"/forum/t/{topic.pk}/lock/", {"reason": "Settled"})
    keeping.post(f"/forum/t/{topic.pk}/lock/", {"undo": "1"})
    keeping.post(f"/forum/t/{topic.pk}/pin/")
    keeping.post(f"/forum/t/{topic.pk}/pin/", {"undo": "1"})
    keeping.post(f"/forum/t/{topic.pk}/edit/", {"title": "A better title", "tags": ""})
    signed_in.post(f"/forum/p/{post.pk}/answer/")
    signed_in.post(f"/forum/p/{post.pk}/answer/", {"undo": "1"})
    topic.refresh_from_db()
    page = signed_in.get(topic.get_absolute_url()).content.decode()
    assert [line.partition(" ")[2].partition(" ")[2] for line in shape(page)[2:]] == [
        "locked this topic",
        "unlocked this topic",
        "pinned this topic",
        "unpinned this topic",
        "renamed this topic",
        "chose an answer",
        "took the mark of the answer away",
    ]


def test_lines_stand_between_the_posts_they_happened_between(signed_in, keeping, topic):
    first = topic.posts.get()
    branch = make_post(topic)
    make_post(topic, parent=first)
    keeping.post(f"/forum/t/{topic.pk}/pin/")
    make_post(topic, parent=branch)
    make_post(topic)
    keeping.post(f"/forum/t/{topic.pk}/lock/", {"reason": "Settled"})
    pinned, locked = "Grace Hopper pinned this topic", "Grace Hopper locked this topic"
    shown = {query: walk(signed_in, topic, query) for query in VIEWS}
    assert shown[""] == ["1", "3", "2", "4", pinned, "5", locked]
    assert shown["?view=flat"] == ["1", "2", "3", pinned, "4", "5", locked]
    assert shown["?view=newest"] == shown["?view=flat"][::-1]


def test_each_line_is_on_exactly_one_page(signed_in, moderator, topic, settings):
    settings.COMMONS_POSTS_PER_PAGE = 4
    posts = [topic.posts.get()]
    for number in range(2, 15):
        parent = posts[number // 3] if number % 2 else None
        posts.append(make_post(topic, parent=parent))
        deed = actions.pin_topic if number % 2 else actions.unpin_topic
        deed(actor=moderator, topic_id=topic.pk)
    made = TopicEvent.objects.count()
    for query in VIEWS:
        lines = [found for found in walk(signed_in, topic, query) if not found.isdigit()]
        assert len(lines) == made, query
    for order in ORDERS.values():  # backward too
        cut = order.page(topic.posts.all(), before=order.cursor(posts[9]))
        start_of_it = order.page(topic.posts.all(), after=cut.start)
        assert (start_of_it.posts, start_of_it.after) == (cut.posts, cut.after)


def test_a_cursor_that_nobody_gave_out_is_no_page(signed_in, topic):
    make_post(topic)
    assert signed_in.get(f"{topic.get_absolute_url()}?after=%7E").status_code == 404
    assert signed_in.get(f"{topic.get_absolute_url()}?after=%21").status_code == 404


def test_a_line_names_no_place_that_a_reader_may_not_know(signed_in, moderator, topic):
    hidden = make_group("Red cell", kind="hidden").categories.get()
    open_one = make_category("Data")
    for old, new in [(hidden, topic.category), (open_one, topic.category), (topic.category, hidden)]:
        TopicEvent.objects.create(
            topic=topic,
            kind="moved",
            actor=moderator,
            after_number=1,
            data={"from": old.pk, "to": new.pk},
        )
    page = signed_in.get(topic.get_absolute_url()).content.decode()
    assert "Red cell" not in page
    assert "moved this topic to Governance." in page
    assert "moved this topic from Data to Governance." in page
    assert "moved this topic from Governance." in page
    assert Category.objects.filter(name="Red cell").exists()


def test_the_author_who_renames_what_nobody_answered_leaves_no_line(signed_in, topic):
    signed_in.post(f"/forum/t/{topic.pk}/edit/", {"title": "Who signs it?", "tags": ""})
    assert not TopicEvent.objects.exists()
    make_post(topic)
    signed_in.post(f"/forum/t/{topic.pk}/edit/", {"title": "Who signs them?", "tags": ""})
    assert TopicEvent.objects.get().data == {"title": "Who signs it?"}
