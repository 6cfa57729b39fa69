"""Ways to look at the topics: new, unanswered, top, by tag."""

from datetime import timedelta

import pytest
from django.utils import timezone

from forum.models import Tag, Topic
from tests.factories import make_category, make_member, make_post, make_topic

pytestmark = pytest.mark.django_db


def titles(client, query: str, path: str = "/forum/") -> list[str]:
    page = client.get(f"{path}?{query}")
    assert page.status_code == 200
    rows = page.content.decode().split('class="row-title">')[1:]
    return [row.split("</a>")[0].rpartition(">")[2] for row in rows]


def test_new_are_topics_one_never_opened(as_other):
    opened, new = make_topic("Opened before"), make_topic("Never opened")
    as_other.post(f"/forum/t/{opened.pk}/read/", {"number": 1})
    make_post(opened)
    assert titles(as_other, "filter=new") == [new.title]
    assert set(titles(as_other, "filter=unread")) == {new.title, opened.title}
    as_other.post("/forum/read/")
    assert titles(as_other, "filter=new") == []
    assert "Nothing new" in as_other.get("/forum/?filter=new").content.decode()


def test_unanswered_are_those_nobody_replied_to(as_other):
    alone, answered = make_topic("Is anybody there?"), make_topic("Who knows this?")
    make_post(answered)
    assert titles(as_other, "filter=unanswered") == [alone.title]
    place = alone.category.get_absolute_url()
    assert titles(as_other, "filter=unanswered", place) == [alone.title]


def test_top_counts_replies_and_reactions_within_a_time(as_other):
    quiet, warm, old = (make_topic(f"Topic {name}") for name in ("quiet", "warm", "old"))
    for _ in range(3):
        make_post(warm)
    Topic.objects.filter(pk=quiet.pk).update(reactions_count=1)
    Topic.objects.filter(pk=old.pk).update(
        reactions_count=90, last_post_at=timezone.now() - timedelta(days=20)
    )
    assert titles(as_other, "filter=top") == [warm.title, quiet.title]
    assert titles(as_other, "filter=top&period=month") == [old.title, warm.title, quiet.title]
    assert as_other.get("/forum/?filter=top&period=decade").status_code == 404
    Topic.objects.update(last_post_at=timezone.now() - timedelta(days=900))
    assert "Quiet so far" in as_other.get("/forum/?filter=top&period=year").content.decode()


def test_a_tag_narrows_every_list_and_stays_while_paging(as_other, member):
    tag = Tag.objects.create(name="llm")
    place = make_category("Data")
    for number in range(25):
        make_topic(f"Tagged {number}", category=place, author=member).tags.add(tag)
    make_topic("Another thing entirely", category=place)
    first = as_other.get("/forum/?tag=llm").content.decode()
    assert "Another thing entirely" not in first
    assert 'href="/forum/tags/llm/"' in first
    assert "Tagged llm" in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert titles(as_other, older.removeprefix("?")) == [f"Tagged {n}" for n in range(4, -1, -1)]
    assert len(titles(as_other, "tag=llm&filter=unanswered", "/forum/c/data/")) == 20


def test_a_tag_of_topics_one_may_not_see_is_like_one_that_never_was(as_other, private_topic):
    private_topic.tags.add(Tag.objects.create(name="secret"))
    for name in ("secret", "never-was"):
        page = as_other.get(f"/forum/?tag={name}").content.decode()
        assert "No topics yet" in page
        assert private_topic.title not in page
    assert titles(as_other, "filter=top") == []
    assert titles(as_other, "filter=new") == []


def test_every_list_pages_without_hiding_or_repeating(as_other):
    for number in range(45):
        make_topic(f"Round {number}", author=make_member())
    for only in ("new", "unanswered"):
        seen, query = [], f"filter={only}"
        while query:
            seen += titles(as_other, query)
            page = as_other.get(f"/forum/?{query}").content.decode()
            query = (
                page.split('rel="next" href="?')[1].split('"')[0].replace("&amp;", "&")
                if 'rel="next"' in page
                else ""
            )
        assert seen == [f"Round {number}" for number in range(44, -1, -1)]
