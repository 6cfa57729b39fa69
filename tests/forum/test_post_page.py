"""One post on a page of its own, with all that its reader may do: what "More" under it leads to."""

import pytest
from django.utils import timezone

from tests.factories import make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def reply(topic, other):
    return make_post(topic, author=other, parent=topic.posts.get(), body="We keep **two**.")


def deeds(client, post, **headers) -> str:
    response = client.get(f"/forum/p/{post.pk}/", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_it_offers_what_its_reader_may_do(signed_in, as_other, topic, reply):
    of_author = deeds(as_other, reply)
    assert "We keep <strong>two</strong>." in of_author
    assert f"/forum/p/{reply.pk}/edit/" in of_author
    assert f"/forum/p/{reply.pk}/remove/" in of_author
    assert "formaction" not in of_author, "nobody reacts to what they wrote"
    of_starter = deeds(signed_in, reply)
    assert f"/forum/p/{reply.pk}/answer/" in of_starter
    assert f"/forum/p/{reply.pk}/edit/" not in of_starter
    assert of_starter.count(f'formaction="/forum/p/{reply.pk}/react/"') == 5
    assert "?branch=1" in deeds(signed_in, topic.posts.get(number=1))
    assert "?branch=" not in of_starter


def test_an_open_topic_gets_the_deeds_alone(as_other, reply):
    menu = deeds(as_other, reply, X_Requested_With="fetch")
    assert menu.startswith("<ul")
    assert "We keep" not in menu


def test_a_removed_post_is_there_for_those_who_may_bring_it_back(signed_in, as_other, other, reply):
    reply.removed_at, reply.removed_by = timezone.now(), other
    reply.save()
    assert f"/forum/p/{reply.pk}/restore/" in deeds(as_other, reply)
    assert signed_in.get(f"/forum/p/{reply.pk}/").status_code == 404


def test_the_row_under_a_post_leads_there(signed_in, reply):
    page = signed_in.get(reply.topic.get_absolute_url()).content.decode()
    article = page.split(f'data-post="{reply.pk}"')[1].split("</article>")[0]
    assert f'<a class="more" href="/forum/p/{reply.pk}/">' in article
    assert "/bookmark/" not in article
