"""Topics to other places by program: the same deeds, with errors that name what was wrong."""

import itertools

import pytest
from django.test import Client

from accounts.models import Member
from forum.models import Topic
from tests.factories import join, make_category, make_group, make_member, make_poll, make_post, make_topic

pytestmark = pytest.mark.django_db
WHY = "These belong together."


@pytest.fixture
def keeping(db) -> Client:
    client = Client()
    client.force_login(make_member("Grace Hopper", roles=("moderator",)))
    return client


def post(client: Client, topic: Topic, deed: str, **typed):
    path = f"/api/v1/topics/{topic.pk}/{deed}/"
    return client.post(path, typed, content_type="application/json")


def test_each_deed_answers_the_topic_that_has_the_posts(keeping, topic):
    make_category("Data")
    reply = make_post(topic)
    below = make_post(topic, parent=reply)
    moved = post(keeping, topic, "move", category="data", reason=WHY)
    assert (moved.status_code, moved.json()["category"]) == (200, "data")
    split = post(keeping, topic, "split", with_replies=[reply.pk], title="A matter apart", reason=WHY).json()
    assert (split["title"], split["posts"], split["category"]) == ("A matter apart", 2, "data")
    changes = keeping.get(f"/api/v1/topics/{topic.pk}/changes/?since=3").json()
    assert (changes["posts"], changes["gone"]) == ([], [reply.pk, below.pk])
    apart = Topic.objects.get(pk=split["id"])
    merged = post(keeping, apart, "merge", destination=topic.pk, reason=WHY).json()
    assert (merged["id"], merged["posts"], merged["last_number"]) == (topic.pk, 3, 5)
    led_on = keeping.get(f"/api/v1/topics/{apart.pk}/")
    assert (led_on.status_code, led_on.url) == (301, f"/api/v1/topics/{topic.pk}/")
    undone = post(keeping, topic, "undo").json()
    assert (undone["id"], undone["posts"]) == (apart.pk, 2)


@pytest.mark.parametrize(
    "deed, typed, field",
    [
        ("move", {"category": "nowhere", "reason": WHY}, "category"),
        ("move", {"category": "governance", "reason": WHY}, "category"),
        ("move", {"category": "data", "reason": "No"}, "reason"),
        ("move", {"category": "data"}, "reason"),
        ("split", {"posts": [], "title": "A matter apart", "reason": WHY}, "posts"),
        ("split", {"posts": [999_999], "title": "A matter apart", "reason": WHY}, "posts"),
        ("split", {"posts": ["first"], "title": "A matter apart", "reason": WHY}, "posts"),
        ("split", {"posts": ["reply"], "title": "Hm", "reason": WHY}, "title"),
        (
            "split",
            {"posts": ["reply"], "title": "A matter apart", "category": "x", "reason": WHY},
            "category",
        ),
        ("split", {"posts": ["reply"], "destination": 999_999, "reason": WHY}, "destination"),
        ("split", {"posts": ["removed"], "title": "A matter apart", "reason": WHY}, "posts"),
        ("merge", {"destination": 999_999, "reason": WHY}, "destination"),
        ("merge", {"destination": "itself", "reason": WHY}, "destination"),
        ("undo", {}, ""),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(keeping, topic, deed, typed, field):
    make_category("Data")
    reply, removed = make_post(topic), make_post(topic)
    keeping.post(f"/forum/p/{removed.pk}/remove/", {"reason": "Gone"})
    names = {
        "first": topic.posts.get(number=1).pk,
        "reply": reply.pk,
        "removed": removed.pk,
        "itself": topic.pk,
    }
    typed = {
        name: names.get(value, value) if isinstance(value, str) else value for name, value in typed.items()
    }
    if "posts" in typed:
        typed["posts"] = [names.get(value, value) for value in typed["posts"]]
    before = list(Topic.objects.values())
    answer = post(keeping, topic, deed, **typed)
    assert answer.status_code == 400
    if field:
        assert field in str(answer.json()["errors"])
    assert list(Topic.objects.values()) == before


def test_who_keeps_no_order_in_the_other_place_is_refused_and_the_hidden_is_not_there(keeping, topic):
    private = make_group("Procurement", kind="members")
    inside = make_topic("Inside", category=private.categories.get())
    assert post(keeping, topic, "merge", destination=inside.pk, reason=WHY).status_code == 400
    assert post(keeping, topic, "move", category=private.slug, reason=WHY).status_code == 400
    assert post(keeping, inside, "merge", destination=topic.pk, reason=WHY).status_code == 404
    member = Client()
    member.force_login(topic.author)
    assert post(member, topic, "move", category="data", reason=WHY).status_code == 403
    assert post(member, topic, "undo").status_code in {400, 403}


READ = {  # what is asked of the topic that is gone: where that leads
    "": "",
    "posts/": "posts/",
    "posts/?cursor=cD0x": "posts/",
    "changes/?since=3": "changes/?since=0",
    "poll/": "poll/",
}


def merge(keeping, *topics: Topic) -> None:
    for topic, other in itertools.pairwise(topics):
        assert post(keeping, topic, "merge", destination=other.pk, reason=WHY).status_code == 200


@pytest.mark.parametrize("asked, there", READ.items())
def test_a_topic_that_was_merged_is_read_where_its_posts_are(keeping, as_other, topic, asked, there):
    first, second = make_topic("The first of them"), make_topic("The second of them")
    make_poll(first)
    merge(keeping, first, second, topic)
    old, new = (f"/api/v1/topics/{one.pk}/" for one in (first, topic))
    led_on = as_other.get(f"{old}{asked}")
    assert (led_on.status_code, led_on.url) == (301, f"{new}{there}")
    assert led_on["Cache-Control"] == "no-store"
    assert as_other.head(f"{old}{asked}").status_code == 301
    read = as_other.get(led_on.url)
    assert read.status_code == 200
    if "posts" in asked:
        assert len(read.json()["results"]) == 3
    if "changes" in asked:
        assert [post["number"] for post in read.json()["posts"]] == [1, 2, 3]


@pytest.mark.parametrize("asked", READ)
def test_who_may_not_see_where_the_posts_went_learns_nothing(keeping, as_other, other, topic, asked):
    keeper = keeping.get("/api/v1/me/").json()["id"]
    group = make_group("Procurement", kind="members", lead=Member.objects.get(pk=keeper))
    inside = make_topic("Inside", category=group.categories.get())
    make_poll(inside)
    merge(keeping, topic, inside)
    gone, never = (
        as_other.get(f"/api/v1/topics/{topic.pk}/{asked}"),
        as_other.get(f"/api/v1/topics/999999/{asked}"),
    )
    assert (gone.status_code, gone.content) == (404, never.content)
    assert {*gone.headers} == {*never.headers}
    join(group, other)
    assert as_other.get(f"/api/v1/topics/{topic.pk}/{asked}").url.startswith(f"/api/v1/topics/{inside.pk}/")


def test_nothing_is_written_where_its_author_has_not_looked(keeping, as_other, topic):
    other = make_topic("The other one")
    merge(keeping, other, topic)
    for deed in ("posts", "read", "poll/vote", "lock"):
        assert post(as_other, other, deed, body="Well.", number=1, choices=[1], reason=WHY).status_code == 404
    assert topic.posts.count() == 2


def test_odd_numbers_of_topics_are_nothing(as_other):
    for number in ("9" * 30, "x", "٣", "-1", "0"):
        assert as_other.get(f"/api/v1/topics/{number}/").status_code == 404
