"""Votes, confirmations and slow mode with real threads on PostgreSQL."""

import pytest

from forum.models import Acknowledgement, Post, Topic, Vote
from tests.factories import make_announcement, make_member, make_poll, make_topic
from tests.forum.test_races import at_once, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.mark.parametrize("is_secret", [True, False])
def test_of_ten_votes_of_one_member_at_once_one_counts(is_secret):
    topic = make_topic()
    poll = make_poll(topic, is_secret=is_secret, shown="always")
    member = make_member()
    clients = [signed_in(member) for _ in range(10)]
    url = f"/forum/t/{topic.pk}/poll/vote/"
    answers = at_once([lambda c=c, n=n: c.post(url, {"choices": n % 2 + 1}) for n, c in enumerate(clients)])
    assert {answer.status_code for answer in answers} <= {302, 422}
    assert Vote.objects.count() == 1
    poll.refresh_from_db()
    assert sum(poll.ballots.values()) == (1 if is_secret else 0)


def test_secret_votes_of_many_at_once_are_all_in_the_urn():
    topic = make_topic()
    poll = make_poll(topic, is_secret=True, shown="always")
    clients = [signed_in(make_member()) for _ in range(8)]
    url = f"/forum/t/{topic.pk}/poll/vote/"
    at_once([lambda c=c, n=n: c.post(url, {"choices": n % 2 + 1}) for n, c in enumerate(clients)])
    poll.refresh_from_db()
    assert poll.ballots == {"1": 4, "2": 4}
    assert Vote.objects.count() == 8


def test_a_poll_that_closes_while_many_vote_counts_just_those_who_were_in_time():
    topic = make_topic()
    poll = make_poll(topic, is_secret=True, shown="always")
    clients = [signed_in(make_member()) for _ in range(8)]
    author = signed_in(topic.author)
    url = f"/forum/t/{topic.pk}/poll/"
    answers = at_once(
        [
            *(lambda c=c: c.post(f"{url}vote/", {"choices": 1}) for c in clients),
            lambda: author.post(f"{url}close/"),
        ]
    )
    poll.refresh_from_db()
    counted = sum(poll.ballots.values())
    assert counted == Vote.objects.count() == sum(answer.status_code == 302 for answer in answers[:-1])


def test_nobody_votes_for_words_that_change_at_the_same_moment():
    for turn in range(15):
        topic = make_topic(f"Which one in turn {turn}?")
        poll = make_poll(topic, "This", "That", is_secret=True)
        author, voters = signed_in(topic.author), [signed_in(make_member()) for _ in range(3)]
        url, swapped = f"/forum/t/{topic.pk}/poll/", {"question": "Which one?", "options": "That\nThis"}
        answers = at_once(
            [
                lambda c=author, url=url, typed=swapped: c.post(f"{url}edit/", {**typed, "revision": 1}),
                *(lambda c=c, url=url: c.post(f"{url}vote/", {"choices": 1, "revision": 1}) for c in voters),
            ]
        )
        poll.refresh_from_db()
        changed, *voted = [answer.status_code for answer in answers]
        if poll.revision == 2:
            assert (changed, voted, poll.ballots) == (302, [422] * 3, {})
        else:
            assert changed in {403, 422}
            assert (voted, poll.ballots, poll.options) == ([302] * 3, {"1": 3}, ["This", "That"])


def test_in_slow_mode_ten_posts_at_once_are_one():
    topic = make_topic()
    Topic.objects.filter(pk=topic.pk).update(slow_seconds=300, slow_reason="Heat")
    member = make_member()
    clients = [signed_in(member) for _ in range(6)]
    answers = at_once(
        [
            lambda c=c, n=n: c.post(f"/forum/t/{topic.pk}/reply/", {"body": f"Thought {n}", "token": f"t{n}"})
            for n, c in enumerate(clients)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [302, *[429] * 5]
    assert Post.objects.filter(author=member).count() == 1


def test_ten_confirmations_at_once_are_one():
    topic = make_topic()
    make_announcement(topic)
    member = make_member()
    clients = [signed_in(member) for _ in range(10)]
    url = f"/forum/t/{topic.pk}/announcement/read/"
    answers = at_once([lambda c=c: c.post(url, {"revision": 1}) for c in clients])
    assert {answer.status_code for answer in answers} == {302}
    assert Acknowledgement.objects.count() == 1
