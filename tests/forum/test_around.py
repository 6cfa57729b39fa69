"""The map of a topic and who takes part in it."""

import pytest

from forum.models import TopicState
from tests.factories import make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_topic(topic, member, other):
    second = make_post(topic, author=other)
    for number in range(22):
        make_post(topic, author=(member, other)[number % 2], parent=second if number < 12 else None)
    topic.refresh_from_db()
    return topic


def test_the_map_says_who_speaks_where_and_what_is_unread(signed_in, member, long_topic):
    TopicState.objects.update_or_create(member=member, topic=long_topic, defaults={"read_to": 22})
    page = signed_in.get(f"{long_topic.get_absolute_url()}map/").content.decode()
    assert "1–20" in page
    assert "21–24" in page
    assert "Rosa Ortiz, Tomas Marsh" in page or "Tomas Marsh, Rosa Ortiz" in page
    assert page.count('class="badge"') == 1
    assert "2 new" in page
    assert f'href="{long_topic.get_absolute_url()}23/#post-23"' in page
    part = signed_in.get(f"{long_topic.get_absolute_url()}map/", headers={"X-Requested-With": "fetch"})
    assert part.content.startswith(b'<ol class="shape">')


def test_a_very_long_topic_has_as_many_stretches_as_one_can_look_through(
    signed_in, long_topic, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr("forum.shape.STRETCHES", 1)
    page = signed_in.get(f"{long_topic.get_absolute_url()}map/").content.decode()
    assert page.count('class="shape-place"') == 1
    assert "1–24" in page


def test_everyone_who_takes_part_and_how_much(signed_in, as_other, long_topic, private_topic):
    page = signed_in.get(f"{long_topic.get_absolute_url()}people/").content.decode()
    main = page.split("<main")[1]
    assert "Rosa Ortiz" in main
    assert "Tomas Marsh" in main
    assert main.count("12 posts") == 2
    assert "the last is post 24" in page
    renamed = signed_in.get(f"/forum/t/{long_topic.pk}/older-title/people/")
    assert (renamed.status_code, renamed.url) == (301, f"{long_topic.get_absolute_url()}people/")
    assert as_other.get(f"{private_topic.get_absolute_url()}map/").status_code == 404
    shown = signed_in.get(long_topic.get_absolute_url()).content.decode()
    assert f"{long_topic.get_absolute_url()}people/" in shown
    assert f"{long_topic.get_absolute_url()}map/" in shown
