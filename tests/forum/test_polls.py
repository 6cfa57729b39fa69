"""Polls: who may ask and vote, what is shown to whom, what is stored of a secret vote."""

import json
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEntry
from core import live
from forum import actions
from forum.models import Poll, TopicEvent, Vote
from notifications.models import Notice
from outbox.models import Answer
from tests.factories import join, make_group, make_member, make_poll, make_post, make_topic

pytestmark = pytest.mark.django_db
ASKED = {
    "question": "When do we meet?",
    "options": "Monday\nTuesday\n\nFriday",
    "kind": "single",
    "shown": "voted",
}


def clients(number: int) -> list[Client]:
    made = []
    for _ in range(number):
        client = Client()
        client.force_login(make_member())
        made.append(client)
    return made


def vote(client, topic, *choices, **typed):
    return client.post(f"/forum/t/{topic.pk}/poll/vote/", typed or {"choices": choices})


def page_of(client, topic) -> str:
    return " ".join(client.get(topic.get_absolute_url()).content.decode().split())


def api(client, topic) -> dict:
    return client.get(f"/api/v1/topics/{topic.pk}/poll/").json()


# --- Asking ----------------------------------------------------------------------------------------
def test_the_author_adds_a_poll_and_it_stands_above_the_posts(signed_in, as_other, topic):
    assert "Add a poll" in page_of(signed_in, topic)
    assert signed_in.post(f"/forum/t/{topic.pk}/poll/", ASKED).url == topic.get_absolute_url()
    page = page_of(as_other, topic)
    assert page.index("When do we meet?") < page.index('data-post="')
    assert "added a poll" in page
    assert [text for _, text in Poll.objects.get().numbered] == ["Monday", "Tuesday", "Friday"]
    assert not AuditEntry.objects.filter(action="poll.add").exists()
    assert signed_in.post(f"/forum/t/{topic.pk}/poll/", ASKED).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"question": "Why"}, "Ask in 5 to 200 characters."),
        ({"options": "Only one"}, "Offer 2 to 20 options."),
        ({"options": "\n".join(map(str, range(21)))}, "Offer 2 to 20 options."),
        ({"options": "Yes\nyes "}, "Two options are the same."),
        ({"options": f"Yes\n{'n' * 151}"}, "at most 150 characters"),
        ({"kind": "multiple", "max_choices": 9}, "A number from 2"),
        ({"closes_at": "2001-01-01T09:00"}, "Choose a time to come."),
        ({"kind": "loud"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field_and_kept(signed_in, topic, typed, said):
    answer = signed_in.post(f"/forum/t/{topic.pk}/poll/", {**ASKED, **typed})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert (typed.get("question") or "When do we meet?") in answer.content.decode()
    assert not Poll.objects.exists()


# --- Voting ----------------------------------------------------------------------------------------
def test_a_named_vote_counts_once_can_change_and_shows_the_result(as_other, other, signed_in, topic):
    make_poll(topic)
    assert "The result is shown to whoever has voted." in page_of(as_other, topic)
    assert api(as_other, topic)["options"][0]["votes"] is None
    for choice in (1, 1, 2):
        assert vote(as_other, topic, choice).url.endswith("#poll")
    assert Vote.objects.get().choices == [2]
    page = page_of(as_other, topic)
    assert "That one <span" in page
    assert "100 %" in page
    assert "Change your vote" in page
    told = api(as_other, topic)
    assert [line["votes"] for line in told["options"]] == [0, 1, 0]
    assert (told["votes"], told["my_choices"], told["has_voted"]) == (1, [2], True)
    assert other.name not in signed_in.get(f"/forum/t/{topic.pk}/poll/").content.decode().split("<main")[1]
    vote(signed_in, topic, 1)
    assert other.name in signed_in.get(f"/forum/t/{topic.pk}/poll/").content.decode()


def test_a_wrong_vote_is_said_and_kept(as_other, topic):
    poll = make_poll(topic, kind="multiple", max_choices=2)
    for wrong in ([], [9], ["x"], [1, 2, 3]):
        answer = vote(as_other, topic, choices=wrong)
        assert answer.status_code == 422, wrong
        assert "Choose" in answer.content.decode() or "Select" in answer.content.decode()
    assert answer.content.decode().count("checked") == 3
    for wrong in ([], [0], [1, 1], [1, 2, 3]):
        answer = as_other.post(
            f"/api/v1/topics/{topic.pk}/poll/vote/", {"choices": wrong}, content_type="application/json"
        )
        assert list(answer.json()["errors"]) == ["choices"], wrong
    assert not poll.votes.exists()


def test_a_ranking_is_made_by_places(as_other, topic):
    poll = make_poll(topic, kind="ranked", max_choices=3)
    doubled = vote(as_other, topic, place_1="1", place_2="1", place_3="0")
    assert doubled.status_code == 422
    assert "Two options have place 1" in doubled.content.decode()
    assert vote(as_other, topic, place_1="0", place_2="0", place_3="0").status_code == 422
    assert vote(as_other, topic, place_1="2", place_2="0", place_3="1").status_code == 302
    assert poll.votes.get().choices == [3, 1]
    assert "How this is counted" in page_of(as_other, topic)


def test_slow_mode_holds_no_vote_back_a_lock_does(as_other, topic, other):
    make_poll(topic)
    make_post(topic, author=other)
    topic.refresh_from_db()
    topic.slow_seconds, topic.slow_reason = 600, "Heat"
    topic.save()
    assert vote(as_other, topic, 1).status_code == 302
    topic.locked_at = timezone.now()
    topic.save()
    assert vote(as_other, topic, 2).status_code == 403


def test_observers_watch_even_where_they_may_post(client):
    lead, observer = make_member(), make_member()
    group = make_group(lead=lead, observers_post=True)
    join(group, observer, "observer")
    topic = make_topic(category=group.categories.get(), author=lead)
    make_poll(topic, shown="always")
    client.force_login(observer)
    assert "Observers do not vote." in page_of(client, topic)
    assert vote(client, topic, 1).status_code == 403
    assert client.post(f"/forum/t/{topic.pk}/reply/", {"body": "Still, a word"}).status_code == 302


def test_open_pages_are_told_of_a_vote_by_version_alone(
    as_other, topic, monkeypatch, django_capture_on_commit_callbacks
):
    make_poll(topic)
    told = []
    monkeypatch.setattr(live, "publish", lambda room, event: told.append(event))
    with django_capture_on_commit_callbacks(execute=True):
        vote(as_other, topic, 1)
    topic.refresh_from_db()
    assert told == [
        {"type": "topic.changed", "room": f"topic:{topic.pk}", "topic": topic.pk, "version": topic.version}
    ]


# --- Changing ------------------------------------------------------------------------------------------
def edit(client, topic, **typed):
    words = {"question": "Which day?", "options": "Monday\nThursday", "revision": 1}
    return client.post(f"/forum/t/{topic.pk}/poll/edit/", {**words, **typed})


def edit_by_api(client, topic, **typed):
    return client.patch(f"/api/v1/topics/{topic.pk}/poll/", typed, content_type="application/json")


def test_who_made_a_poll_mends_it_until_somebody_has_voted(signed_in, as_other, member, topic):
    make_poll(topic, "Monday", "Thrusday", question="Wich day?")
    assert "Change question or options" in signed_in.get(f"/forum/t/{topic.pk}/poll/").content.decode()
    form = signed_in.get(f"/forum/t/{topic.pk}/poll/edit/").content.decode()
    assert 'value="Wich day?"' in form
    assert "Monday\nThrusday" in form
    assert edit(signed_in, topic).url == topic.get_absolute_url()
    page = page_of(as_other, topic)
    assert "Which day?" in page
    assert f"{member.name} changed the poll. Nobody had voted yet." in page
    assert AuditEntry.objects.filter(action="poll.edit", actor_id=member.pk).count() == 1
    assert edit(signed_in, topic, revision=2).status_code == 302
    assert (Poll.objects.get().revision, TopicEvent.objects.count()) == (2, 1), "nothing changed"
    vote(as_other, topic, 2)
    assert "Change question or options" not in signed_in.get(f"/forum/t/{topic.pk}/poll/").content.decode()
    for refused in (
        edit(signed_in, topic, revision=2),
        edit_by_api(signed_in, topic, question="How?!", revision=2),
    ):
        assert refused.status_code == 403
        assert "Somebody has voted" in refused.content.decode()
    assert [line["text"] for line in api(as_other, topic)["options"]] == ["Monday", "Thursday"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"question": "Why"}, "Ask in 5 to 200 characters."),
        ({"options": "Only one"}, "Offer 2 to 20 options."),
        ({"options": "Yes\nyes "}, "Two options are the same."),
        ({"options": f"Yes\n{'n' * 151}"}, "at most 150 characters"),
    ],
)
def test_a_change_that_cannot_be_is_said_and_kept_as_typed(signed_in, topic, typed, said):
    make_poll(topic)
    answer = edit(signed_in, topic, **typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert (typed.get("question") or "Which day?") in answer.content.decode()
    assert (Poll.objects.get().question, Poll.objects.get().revision) == ("Which one?", 1)
    assert not TopicEvent.objects.exists()


def test_a_poll_changed_in_another_tab_is_shown_before_it_is_written_over(signed_in, topic):
    make_poll(topic)
    edit(signed_in, topic)
    late = edit(signed_in, topic, question="Which hour?")
    assert late.status_code == 409
    page = late.content.decode()
    assert "Which day?" in page
    assert 'value="Which hour?"' in page
    assert 'name="revision" value="2"' in page
    stale = edit_by_api(signed_in, topic, question="Which hour?", revision=1)
    assert (stale.status_code, stale.json()["revision"]) == (412, 2)
    assert (
        edit_by_api(signed_in, topic, question="Which hour?", revision=2).json()["question"] == "Which hour?"
    )
    assert edit_by_api(signed_in, topic, question="Which hour?").status_code == 400


@pytest.mark.parametrize("is_secret", [True, False])
def test_a_ballot_does_not_count_for_words_its_voter_has_not_seen(signed_in, as_other, topic, is_secret):
    make_poll(topic, is_secret=is_secret)
    assert 'name="revision" value="1"' in page_of(as_other, topic)
    edit(signed_in, topic)
    late = vote(as_other, topic, choices=1, revision=1)
    assert late.status_code == 422
    page = late.content.decode()
    assert "The poll was changed meanwhile." in page
    assert 'name="revision" value="2"' in page
    refused = as_other.post(
        f"/api/v1/topics/{topic.pk}/poll/vote/",
        {"choices": [1], "revision": 1},
        content_type="application/json",
    )
    assert refused.status_code == 400
    assert not Vote.objects.exists()
    assert vote(as_other, topic, choices=1, revision=2).status_code == 302


@pytest.mark.parametrize(
    ("kind", "most", "then"), [("single", 1, 1), ("multiple", 3, 4), ("multiple", 2, 2), ("ranked", 3, 4)]
)
def test_how_many_may_be_chosen_follows_the_options(signed_in, topic, kind, most, then):
    make_poll(topic, kind=kind, max_choices=most)
    edit(signed_in, topic, options="a\nb\nc\nd")
    assert Poll.objects.get().max_choices == then
    edit(signed_in, topic, options="a\nb", revision=2)
    assert Poll.objects.get().max_choices == min(then, 2)


def test_a_closed_poll_stays_as_it_is(signed_in, topic):
    make_poll(topic, closed_at=timezone.now())
    assert edit(signed_in, topic).status_code == 403


# --- Secret ----------------------------------------------------------------------------------------
@pytest.fixture
def secret(topic):
    return make_poll(topic, is_secret=True, shown="always")


def test_of_a_secret_vote_only_that_it_was_cast_is_stored(as_other, other, topic, secret):
    before = {row.pk for row in AuditEntry.objects.all()}
    assert vote(as_other, topic, 2).status_code == 302
    secret.refresh_from_db()
    assert secret.ballots == {"2": 1}
    row = Vote.objects.get()
    assert (row.member, row.choices) == (other, None)
    assert {field.name for field in Vote._meta.get_fields()} == {
        "id",
        "poll",
        "member",
        "is_secret",
        "choices",
    }
    assert {row.pk for row in AuditEntry.objects.all()} == before
    assert not TopicEvent.objects.exists()


def test_the_database_refuses_a_secret_vote_that_says_something(other, secret):
    for wrong in ({"is_secret": True, "choices": [1]}, {"is_secret": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Vote.objects.create(poll=secret, member=other, **wrong)


def test_an_idempotency_key_keeps_no_trace_of_a_secret_vote(as_other, topic, secret):
    for _ in range(2):
        answer = as_other.post(
            f"/api/v1/topics/{topic.pk}/poll/vote/",
            {"choices": [2]},
            content_type="application/json",
            headers={"Idempotency-Key": "once"},
        )
        assert answer.status_code == 200
    assert answer["Idempotency-Replayed"] == "true"
    kept = json.loads(Answer.objects.get().body)
    assert (kept["my_choices"], kept["votes"]) == ([], None)
    secret.refresh_from_db()
    assert secret.ballots == {"2": 1}


def test_a_secret_vote_is_final_and_said_to_be_before(as_other, topic, secret):
    assert "cannot be changed afterwards" in page_of(as_other, topic)
    vote(as_other, topic, 2)
    again = vote(as_other, topic, 1)
    assert (again.status_code, again.url) == (302, f"{topic.get_absolute_url()}#poll")
    refused = as_other.post(
        f"/api/v1/topics/{topic.pk}/poll/vote/", {"choices": [1]}, content_type="application/json"
    )
    assert refused.status_code == 403
    secret.refresh_from_db()
    assert secret.ballots == {"2": 1}
    assert "Nobody can see how" in page_of(as_other, topic)


def test_nothing_is_shown_of_a_secret_poll_with_fewer_than_five_votes(signed_in, topic, secret):
    voters = clients(5)
    for number, client in enumerate(voters, 1):
        told = api(signed_in, topic)
        assert (told["votes"], told["options"][0]["votes"]) == (None, None), number
        page = page_of(signed_in, topic)
        assert "fewer than 5 have voted" in page
        assert "votes ·" not in page
        vote(client, topic, number % 2 + 1)
    assert [line["votes"] for line in api(signed_in, topic)["options"]] == [2, 3, 0]
    page = signed_in.get(f"/forum/t/{topic.pk}/poll/").content.decode()
    assert "Nobody can see how" not in page
    assert not any(member.name in page for member in (row.member for row in Vote.objects.all()))


# --- The end ---------------------------------------------------------------------------------------
def test_time_closes_a_poll_at_once_and_the_job_tells_once(
    as_other, signed_in, other, member, topic, run_jobs, time_machine
):
    muted, watching = make_member(), make_member()
    watcher = Client()
    for who, level in ((muted, "muted"), (watching, "watching")):
        watcher.force_login(who)
        watcher.post(f"/forum/t/{topic.pk}/follow/", {"level": level})
    poll = make_poll(topic, shown="closed", closes_at=timezone.now() + timedelta(minutes=9))
    vote(as_other, topic, 1)
    Vote.objects.create(poll=poll, member=muted, is_secret=False, choices=[2])
    assert api(as_other, topic)["options"][0]["votes"] is None
    time_machine.move_to(poll.closes_at)
    late = as_other.post(
        f"/api/v1/topics/{topic.pk}/poll/vote/", {"choices": [2]}, content_type="application/json"
    )
    assert (late.status_code, late.json()["detail"]) == (403, "This poll is closed.")
    assert api(signed_in, topic)["options"][0]["votes"] == 1
    assert (actions.close_due_polls(), actions.close_due_polls()) == (1, 0)
    run_jobs()
    told = Notice.objects.filter(kind="poll")
    assert set(told.values_list("member", flat=True)) == {other.pk, watching.pk}
    assert "The poll closed, as planned." in page_of(as_other, topic)
    assert "is closed. See the result" in as_other.get("/notifications/").content.decode()


def test_closing_by_hand_is_audited_when_it_is_anothers(signed_in, as_other, other, topic):
    make_poll(topic)
    assert as_other.post(f"/forum/t/{topic.pk}/poll/close/").status_code == 403
    other.site_roles = ["moderator"]
    other.save()
    assert as_other.get(f"/forum/t/{topic.pk}/poll/close/").status_code == 200
    as_other.post(f"/forum/t/{topic.pk}/poll/close/")
    assert not Poll.objects.get().is_open
    assert AuditEntry.objects.filter(action="poll.close", actor_id=other.pk).count() == 1
    assert "closed the poll" in page_of(signed_in, topic)


def test_a_poll_somebody_voted_in_is_removed_by_keepers_alone(signed_in, member, as_other, topic):
    make_poll(topic)
    vote(as_other, topic, 1)
    assert signed_in.post(f"/forum/t/{topic.pk}/poll/remove/").status_code == 403
    Vote.objects.all().delete()
    assert signed_in.post(f"/forum/t/{topic.pk}/poll/remove/").status_code == 302
    topic.refresh_from_db()
    assert (topic.has_poll, Poll.objects.exists()) == (False, False)


# --- What it costs, and whom it is for -------------------------------------------------------------
def test_a_poll_betrays_nothing_to_whoever_may_not_see_its_topic(as_other, private_topic):
    make_poll(private_topic, question="Whom do we buy from?", shown="always")
    paths = ["", "vote/", "edit/", "close/", "remove/"]
    nowhere = as_other.get("/forum/t/999999/poll/").content
    for path in paths:
        for base in (f"/forum/t/{private_topic.pk}/poll/", f"/api/v1/topics/{private_topic.pk}/poll/"):
            if path in {"edit/", "remove/"} and base.startswith("/api"):
                continue
            ask = as_other.post if path else as_other.get
            answer = ask(base + path, {"choices": [1]}, content_type="application/json")
            assert answer.status_code == 404, base + path
    assert as_other.get(f"/forum/t/{private_topic.pk}/poll/").content == nowhere


def test_a_page_with_a_poll_keeps_the_budget(as_other, topic):
    make_poll(topic, shown="always")
    for client in clients(3):
        vote(client, topic, 1)
    page_of(as_other, topic)
    with CaptureQueriesContext(connection) as captured:
        page_of(as_other, topic)
    asked = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 6, "\n".join(asked)


def test_on_later_pages_of_a_topic_the_poll_is_a_link(as_other, topic):
    make_poll(topic)
    for _ in range(21):
        make_post(topic, author=topic.author)
    page = page_of(as_other, topic)
    cursor = page.split("after=")[1].split('"')[0].replace("&amp;", "&")
    later = as_other.get(f"{topic.get_absolute_url()}?after={cursor}").content.decode()
    assert "Poll: Which one?" in later
    assert 'action="/forum/t' in later
    assert "/poll/vote/" not in later


def test_a_topic_can_be_started_with_a_poll(as_other, topic):
    typed = {
        "category": topic.category.slug,
        "title": "When do we meet?",
        "body": "Let us vote.",
        "poll": "1",
    }
    answer = as_other.post("/forum/new/", typed)
    assert re.fullmatch(r"/forum/t/\d+/poll/", answer.url)
    assert "Add a poll" in as_other.get(answer.url).content.decode()
