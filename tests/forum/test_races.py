"""Real threads on PostgreSQL: what SQLite, with one writer at a time, cannot show."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from forum.models import Post, Topic
from tests.factories import make_category, make_member, make_post, make_topic
from tests.forum.test_moving import check

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def at_once(deeds):
    def run(deed):
        try:
            return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def test_ten_equal_submits_at_once_make_one_post():
    topic, member = make_topic(), make_member()
    clients = [signed_in(member) for _ in range(10)]
    typed = {"body": "Only once, please.", "token": "the-same"}
    answers = at_once([lambda c=c: c.post(f"/forum/t/{topic.pk}/reply/", typed) for c in clients])
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert Post.objects.filter(author=member).count() == 1


def test_ten_equal_new_topics_at_once_make_one_topic():
    member, place = make_member(), make_category("Data")
    clients = [signed_in(member) for _ in range(10)]
    typed = {"category": place.slug, "title": "Only one topic", "body": "Once.", "token": "the-same"}
    answers = at_once([lambda c=c: c.post("/forum/new/", typed) for c in clients])
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert Topic.objects.count() == 1


def test_numbers_paths_and_versions_are_dense_under_load():
    topic = make_topic()
    clients = [signed_in(make_member()) for _ in range(8)]

    def several(client):
        for number in range(5):
            client.post(
                f"/forum/t/{topic.pk}/reply/", {"body": f"Thought {number}", "parent": topic.posts.first().pk}
            )

    at_once([lambda c=c: several(c) for c in clients])
    topic.refresh_from_db()
    assert list(topic.posts.order_by("number").values_list("number", flat=True)) == list(range(1, 42))
    versions = list(topic.posts.order_by("number").values_list("changed_version", flat=True))
    assert versions == sorted(set(versions))
    assert (topic.last_number, topic.posts_count, topic.version) == (41, 41, 41)


def test_of_two_edits_at_once_exactly_one_is_saved():
    member = make_member()
    post = make_topic(author=member).posts.get()
    clients = [signed_in(member) for _ in range(2)]
    answers = at_once(
        [
            lambda c=c, n=n: c.post(f"/forum/p/{post.pk}/edit/", {"body": f"Version {n}", "revision": 1})
            for n, c in enumerate(clients)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    conflict = next(answer for answer in answers if answer.status_code == 409).content.decode()
    assert "Version 0" in conflict
    assert "Version 1" in conflict
    post.refresh_from_db()
    assert post.revision == 2


def test_opposite_merges_at_once_leave_one_topic_with_everything():
    moderator = make_member(roles=("moderator",))
    one, other = make_topic("One of two"), make_topic("The other one")
    for topic in (one, other):
        make_post(topic)
    client = [signed_in(moderator) for _ in range(2)]
    typed = {"reason": "They are the same."}
    answers = at_once(
        [
            lambda: client[0].post(f"/forum/t/{one.pk}/merge/", {**typed, "to": str(other.pk)}),
            lambda: client[1].post(f"/forum/t/{other.pk}/merge/", {**typed, "to": str(one.pk)}),
        ]
    )
    assert sorted(answer.status_code for answer in answers)[0] == 302
    assert max(answer.status_code for answer in answers) < 500
    [living] = Topic.objects.filter(merged_into=None)
    assert list(living.posts.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
    assert living.posts_count == living.last_number == 4
    for topic in (one, other):
        check(topic)


def test_opposite_splits_and_replies_at_once_lose_nothing():
    moderator, member = make_member(roles=("moderator",)), make_member()
    topics = [make_topic("One of two"), make_topic("The other one")]
    posts = [[make_post(topic) for _ in range(4)] for topic in topics]

    def split(client, number):
        for post in posts[number][:3]:
            typed = {"posts": [post.pk], "destination": topics[1 - number].pk, "reason": "It belongs there."}
            path = f"/api/v1/topics/{topics[number].pk}/split/"
            yield client.post(path, typed, content_type="application/json").status_code

    def reply(client, number):
        for post in posts[number]:
            typed = {"body": "Well.", "parent": post.pk}
            yield client.post(f"/forum/t/{topics[number].pk}/reply/", typed).status_code

    deeds = [
        lambda deed=deed, who=who, number=number: list(deed(signed_in(who), number))
        for number in (0, 1)
        for deed, who in ((split, moderator), (reply, member))
    ]
    codes = at_once(deeds)
    assert codes[0] == codes[2] == [200, 200, 200]
    assert {code for some in (codes[1], codes[3]) for code in some} <= {302, 422}  # 422: its parent has gone
    answered = sum(code == 302 for some in (codes[1], codes[3]) for code in some)
    assert Post.objects.count() == 10 + answered
    for topic in topics:
        check(topic)
