"""Locks with a reason and an end, pins with a scope and an end, slow mode."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from forum import actions
from forum.models import Post, Topic
from tests.factories import join, make_category, make_group, make_member, make_post, make_topic

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=2)


@pytest.fixture
def keeper(member):
    member.site_roles = ["moderator"]
    member.save()
    return member


def typed(moment, member) -> str:
    return timezone.localtime(moment, member.zone).strftime("%Y-%m-%dT%H:%M")


def order(client, path="/forum/") -> list[str]:
    page = client.get(path).content.decode().split("<main")[1].split("</main>")[0]
    return [part.split("/")[0] for part in page.split('href="/forum/t/')[1:]]


# --- Locks -----------------------------------------------------------------------------------------
def test_a_lock_needs_a_reason_and_keeps_what_was_typed(signed_in, keeper, topic):
    page = signed_in.post(f"/forum/t/{topic.pk}/lock/", {"reason": " ", "until": "2040-05-01T09:00"})
    assert page.status_code == 422
    assert "Say why the topic is locked" in page.content.decode()
    assert 'value="2040-05-01T09:00"' in page.content.decode()
    refused = signed_in.post(f"/api/v1/topics/{topic.pk}/lock/", {}, content_type="application/json")
    assert refused.json()["errors"] == {"reason": ["Say why the topic is locked: its readers will see it."]}
    topic.refresh_from_db()
    assert not topic.is_locked


def test_a_lock_ends_at_its_time_in_the_members_zone(signed_in, keeper, as_other, topic, time_machine):
    at = datetime(2040, 5, 1, 13, tzinfo=UTC)  # nine in New York
    signed_in.post(f"/forum/t/{topic.pk}/lock/", {"reason": "A day to think", "until": "2040-05-01T09:00"})
    topic.refresh_from_db()
    assert topic.locked_until == at
    assert "It opens again" in as_other.get(topic.get_absolute_url()).content.decode()
    assert actions.let_go_in_time() == 0
    keeper.eligible_until = at + timedelta(days=9)
    before = topic.version
    time_machine.move_to(at)
    assert not Topic.objects.get(pk=topic.pk).is_locked  # also before the minute's job
    assert (actions.let_go_in_time(), actions.let_go_in_time()) == (1, 0)
    topic.refresh_from_db()
    assert (topic.locked_at, topic.locked_until, topic.lock_reason, topic.version) == (
        None,
        None,
        "",
        before + 1,
    )
    assert AuditEntry.objects.get(action="topic.unlock").actor_id is None


@pytest.mark.parametrize("deed", ["lock", "pin"])
def test_an_end_lies_ahead(signed_in, keeper, topic, deed):
    page = signed_in.post(f"/forum/t/{topic.pk}/{deed}/", {"reason": "Because", "until": "2001-01-01T09:00"})
    assert page.status_code == 422
    assert "Choose a time to come." in page.content.decode()


# --- Pins ------------------------------------------------------------------------------------------
def test_a_pin_leads_its_category_and_everywhere_the_list_of_all(signed_in, keeper, as_other, topic):
    place = topic.category
    newer = make_topic("Newer", category=place)
    other_place = make_topic("Newest", category=make_category("Data"))
    numbers = [str(one.pk) for one in (other_place, newer, topic)]
    signed_in.post(f"/forum/t/{topic.pk}/pin/")
    assert order(as_other, place.get_absolute_url()) == [numbers[2], numbers[1]]
    assert order(as_other) == numbers
    signed_in.post(f"/forum/t/{topic.pk}/pin/", {"everywhere": "1"})
    assert order(as_other) == [numbers[2], *numbers[:2]]
    assert order(as_other, "/forum/?filter=unread") == numbers
    signed_in.post(f"/forum/t/{topic.pk}/pin/", {"undo": 1})
    assert order(as_other) == numbers


def test_pages_of_all_topics_go_on_after_the_pinned_ones(as_other, member):
    topics = [make_topic(f"Round {number}", author=member) for number in range(23)]
    Topic.objects.filter(pk=topics[0].pk).update(is_pinned=True, is_pinned_everywhere=True)
    first = as_other.get("/forum/")
    second = order(as_other, f"/forum/?cursor={first.context['page'].next}")
    shown = [str(row.id) for row in first.context["page"].rows] + second
    assert shown == [str(topics[0].pk), *(str(one.pk) for one in reversed(topics[1:]))]


def test_leads_pin_in_their_group_but_not_everywhere(client, keeper):
    lead = make_member()
    group = make_group("Open", lead=lead)
    topic = make_topic(category=group.categories.get())
    client.force_login(lead)
    page = client.get(f"/forum/t/{topic.pk}/pin/").content.decode()
    assert "list of all topics" not in page
    assert client.post(f"/forum/t/{topic.pk}/pin/", {"everywhere": "1"}).status_code == 422
    assert client.post(f"/forum/t/{topic.pk}/pin/").status_code == 302
    client.force_login(keeper)
    assert client.post(f"/forum/t/{topic.pk}/pin/", {"everywhere": "1"}).status_code == 302
    topic.refresh_from_db()
    assert topic.is_pinned_everywhere


def test_a_pin_ends_at_its_time(signed_in, keeper, topic, time_machine):
    until = timezone.now() + SOON
    signed_in.post(f"/forum/t/{topic.pk}/pin/", {"everywhere": "1", "until": typed(until, keeper)})
    assert "Pinned until" in signed_in.get(topic.get_absolute_url()).content.decode()
    assert typed(until, keeper) in signed_in.get(f"/forum/t/{topic.pk}/pin/").content.decode()
    time_machine.move_to(until)
    assert actions.let_go_in_time() == 1
    topic.refresh_from_db()
    assert (topic.is_pinned, topic.is_pinned_everywhere, topic.pinned_until) == (False, False, None)


# --- Slow mode -------------------------------------------------------------------------------------
@pytest.fixture
def slow(signed_in, keeper, topic):
    signed_in.post(f"/forum/t/{topic.pk}/slow/", {"seconds": 600 // 2, "reason": "Let us breathe."})
    topic.refresh_from_db()
    return topic


def test_slow_mode_needs_a_pace_of_the_list_and_a_reason(signed_in, keeper, topic):
    for wrong in ({"seconds": 60}, {"seconds": 61, "reason": "Heat"}, {"reason": "Heat"}):
        assert signed_in.post(f"/forum/t/{topic.pk}/slow/", wrong).status_code == 422
    topic.refresh_from_db()
    assert topic.slow_seconds == 0


def test_in_slow_mode_a_second_post_waits_and_nothing_typed_is_lost(as_other, slow, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    url = f"/forum/t/{slow.pk}/reply/"
    assert "one post in 5 minutes for each member. Let us breathe." in " ".join(
        as_other.get(slow.get_absolute_url()).content.decode().split()
    )
    assert as_other.post(url, {"body": "First thought"}).status_code == 302
    refused = as_other.post(url, {"body": "Second thought"})
    page = refused.content.decode()
    assert (refused.status_code, refused["Retry-After"], "Second thought" in page) == (429, "300", True)
    assert "You can post again in 5 minutes." in page
    waiting = as_other.get(slow.get_absolute_url()).content.decode()
    assert "You can post again in 5 minutes. You can write meanwhile." in waiting
    assert f'action="{url}"' in waiting
    time_machine.shift(300)
    assert as_other.post(url, {"body": "Second thought"}).status_code == 302


def test_the_api_says_when_to_come_back(as_other, slow, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    url = f"/api/v1/topics/{slow.pk}/posts/"
    as_other.post(url, {"body": "First"}, content_type="application/json")
    time_machine.shift(100)
    refused = as_other.post(url, {"body": "Second"}, content_type="application/json")
    assert (refused.status_code, refused["Retry-After"]) == (429, "200")
    assert refused["Content-Type"] == "application/problem+json"
    assert "You can post again in 4 minutes." in refused.json()["detail"]
    assert as_other.get(f"/api/v1/topics/{slow.pk}/").json()["slow_seconds"] == 300


def test_removing_a_post_does_not_shorten_the_wait_and_keepers_have_none(as_other, signed_in, other, slow):
    as_other.post(f"/forum/t/{slow.pk}/reply/", {"body": "First"})
    as_other.post(f"/forum/p/{Post.objects.get(author=other).pk}/remove/")
    assert as_other.post(f"/forum/t/{slow.pk}/reply/", {"body": "Second"}).status_code == 429
    for _ in range(2):
        assert signed_in.post(f"/forum/t/{slow.pk}/reply/", {"body": "Calm, please"}).status_code == 302
    signed_in.post(f"/forum/t/{slow.pk}/slow/", {"seconds": 0})
    assert as_other.post(f"/forum/t/{slow.pk}/reply/", {"body": "Second"}).status_code == 302
    assert AuditEntry.objects.filter(action="topic.slow").count() == 2


def test_whoever_may_not_post_any_more_still_gets_back_what_they_typed(as_other, signed_in, keeper, topic):
    signed_in.post(f"/forum/t/{topic.pk}/lock/", {"reason": "Settled."})
    refused = as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "A long and careful answer"})
    assert refused.status_code == 422
    assert "A long and careful answer" in refused.content.decode()


def test_slow_mode_asks_one_query_and_only_where_it_is_on(as_other, slow, django_assert_max_num_queries):
    make_post(slow)
    join(make_group("Elsewhere"), make_member())
    as_other.get(slow.get_absolute_url())
    with django_assert_max_num_queries(6):
        as_other.get(slow.get_absolute_url())
