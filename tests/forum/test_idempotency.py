from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from forum.models import Post
from outbox.models import Answer
from outbox.tasks import purge_answers
from tests.factories import make_member, make_topic


def post(client, topic, body, key):
    return client.post(
        f"/api/v1/topics/{topic.pk}/posts/",
        {"body": body},
        content_type="application/json",
        headers={"Idempotency-Key": key},
    )


@pytest.mark.django_db
def test_a_repeated_request_gets_the_same_answer_and_does_nothing(as_other, topic):
    first, again = post(as_other, topic, "Once", "k1"), post(as_other, topic, "Once", "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first["ETag"], first["Content-Type"]) == (again["ETag"], again["Content-Type"])
    assert topic.posts.count() == 2
    assert post(as_other, topic, "Another text", "k1").status_code == 422
    for key in ("k" * 256, "a\0b", "\ud800"):
        assert "all printable" in post(as_other, topic, "Once", key).json()["detail"]


@pytest.mark.django_db
def test_a_key_is_its_members_own_and_a_refused_request_keeps_none(as_other, signed_in, topic):
    assert post(as_other, topic, " ", "k1").status_code == 400
    assert not Answer.objects.exists()
    assert post(as_other, topic, "Better", "k1").status_code == 201
    assert post(signed_in, topic, "Mine", "k1").status_code == 201
    assert post(Client(), topic, "Nobody", "k1").status_code == 401


@pytest.mark.django_db
def test_keys_are_forgotten_after_a_day(as_other, topic):
    post(as_other, topic, "Today", "k1")
    Answer.objects.update(created_at=Answer.objects.get().created_at - timedelta(hours=25))
    assert post(as_other, topic, "Tomorrow", "k1").status_code == 201
    Answer.objects.update(created_at=Answer.objects.get().created_at - timedelta(hours=25))
    purge_answers.call()
    assert not Answer.objects.exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_ten_equal_requests_at_once_do_the_deed_once():
    topic, member = make_topic(), make_member()

    def one(client):
        try:
            return post(client, topic, "Only once", "the-same")
        finally:
            connection.close()

    clients = []
    for _ in range(10):
        client = Client()
        client.force_login(member)
        clients.append(client)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(one, clients))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Post.objects.filter(author=member).count() == 1
