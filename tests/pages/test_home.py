"""What stands on the home page of every member."""

import pytest
from django.core.cache import caches

from forum.models import Topic
from tests.factories import make_category, make_group, make_member, make_topic

pytestmark = pytest.mark.django_db


def test_who_joined_are_those_who_are_in_the_directory(client):
    caches["local"].clear()
    make_member("Ada Lovelace")
    make_member("Grace Hopper", is_listed=False)
    client.force_login(make_member("Katherine Johnson"))
    joined = client.get("/").content.decode().split("Who joined")[1].split("</section>")[0]
    assert "Ada Lovelace" in joined
    assert "Katherine Johnson" in joined
    assert "Grace Hopper" not in joined


def test_an_answered_topic_that_goes_to_a_hidden_group_takes_its_title_along(client):
    topic = make_topic("How do you test a model?", category=make_category("Governance"))
    Topic.objects.filter(pk=topic.pk).update(solved_by=topic.posts.get())
    client.force_login(make_member())
    assert "How do you test a model?" in client.get("/").text.split("Answered lately")[1]
    Topic.objects.filter(pk=topic.pk).update(category=make_group(kind="hidden").categories.get())
    assert "Answered lately" not in client.get("/").text
