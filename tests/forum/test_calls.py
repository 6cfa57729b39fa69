"""Whom a post calls by name, by group or by a quote, and how often one may post."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from core.markup import render
from forum.models import Draft, Post, TopicState
from forum.quotes import quote_of, quoted_in
from notifications.models import Notice
from tests.factories import join, make_group, make_member, make_post

pytestmark = pytest.mark.django_db


def client_of(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def reply(client: Client, topic, body: str, **more):
    return client.post(f"/forum/t/{topic.pk}/reply/", {"body": body, **more})


def told(run_jobs) -> dict[str, str]:
    run_jobs()
    return dict(Notice.objects.order_by("id").values_list("member__handle", "reason"))


def test_whoever_is_quoted_is_told_so(signed_in, member, other, topic, run_jobs):
    post = make_post(topic, author=other, body="Nobody **signs** anything.\n\n> Who signs?")
    quote = quote_of(post)
    assert quote == f"> [{other.name}](/p/{post.pk}/):\n>\n> Nobody **signs** anything.\n\n"
    reply(signed_in, topic, f"{quote}Indeed.")
    assert told(run_jobs) == {other.handle: "quote"}
    page = client_of(other).get("/notifications/").content.decode()
    assert f"{member.name} quoted you in" in page


def test_a_mention_and_a_reply_say_more_than_a_quote(signed_in, other, topic, run_jobs):
    post = make_post(topic, author=other)
    reply(signed_in, topic, f"{quote_of(post)}Yes.", parent=post.pk)
    assert told(run_jobs) == {other.handle: "reply"}
    reply(signed_in, topic, f"{quote_of(post)}Yes, @{other.handle}.")
    assert told(run_jobs) == {other.handle: "mention"}


def test_a_quote_counts_where_it_is_shown_as_one(member, other, topic):
    post = make_post(topic, author=other)
    assert quoted_in(render(quote_of(post)).html) == [post.pk]
    assert quoted_in(render(f"```\n{quote_of(post)}```").html) == []
    assert quoted_in(render(f"[x](/p/{post.pk}/): said").html) == []


def test_nobody_is_told_of_a_quote_they_may_not_read_or_that_the_author_could_not(
    member, other, topic, private_topic, run_jobs
):
    outsider = make_member("Out Sider")
    outside = make_post(topic, author=outsider)
    # In the closed group somebody from outside is quoted: they hear nothing of it.
    reply(client_of(member), private_topic, f"{quote_of(outside)}Among us.")
    # Somebody from outside names a post of the closed group: nothing comes of it.
    inside = make_post(private_topic, author=make_member("In Sider"))
    reply(client_of(other), topic, f"{quote_of(inside)}A guess.")
    assert not set(told(run_jobs)) & {outsider.handle, inside.author.handle}


def test_a_group_is_called_by_its_own_members(signed_in, member, topic, run_jobs):
    group = make_group("Responsible AI")
    people = [make_member() for _ in range(3)]
    for who in people:
        join(group, who, "observer")
    TopicState.objects.create(topic=topic, member=people[0], level=TopicState.Level.MUTED)
    reply(signed_in, topic, "What does @group/responsible-ai say?")
    assert told(run_jobs) == {}
    join(group, member)
    reply(signed_in, topic, "What does @group/responsible-ai say?")
    lead = group.memberships.get(role="lead").member
    assert told(run_jobs) == {who.handle: "mention" for who in (lead, *people[1:])}


def test_a_group_called_where_not_all_may_read_tells_only_those_who_may(member, private_topic, run_jobs):
    wide = make_group("Wide", lead=member)
    join(wide, make_member("Not Inside"))
    dana = private_topic.category.group.memberships.exclude(member=member).get().member
    join(wide, dana)
    reply(client_of(member), private_topic, "To @group/wide")
    assert told(run_jobs) == {dana.handle: "mention"}


def test_the_plain_way_to_quote_a_post(signed_in, other, topic):
    post = make_post(topic, author=other, body="Quite so.")
    assert f"?reply={post.number}&amp;quote=1#reply" in signed_in.get(f"/forum/p/{post.pk}/").content.decode()
    page = signed_in.get(f"{topic.get_absolute_url()}?reply={post.number}&quote=1")
    shown = page.content.decode()
    assert f"&gt; [{other.name}](/p/{post.pk}/):\n&gt;\n&gt; Quite so.\n\n</textarea>" in shown
    assert f'name="parent" value="{post.pk}"' in shown
    Post.objects.filter(pk=post.pk).update(removed_at=timezone.now())
    page = signed_in.get(f"{topic.get_absolute_url()}?reply={post.number}&quote=1")
    assert "&gt; Quite so." not in page.content.decode()


@pytest.fixture
def two_a_minute(settings):
    settings.COMMONS_POST_RATE = 2
    with time_machine.travel(timezone.now().replace(second=1, microsecond=0), tick=False):
        yield


def test_more_posts_than_people_write_wait_and_keep_their_text(two_a_minute, signed_in, as_other, topic):
    for number in range(2):
        assert reply(signed_in, topic, f"Number {number}", token=f"t{number}").status_code == 302
    # A second click is no second post.
    assert reply(signed_in, topic, "Number 1", token="t1").status_code == 302
    refused = reply(signed_in, topic, "One too many")
    assert (refused.status_code, refused["Retry-After"]) == (429, "59")
    assert "One too many</textarea>" in refused.content.decode()
    typed = {"category": topic.category.slug, "title": "A question", "body": "Which one too many?"}
    started = signed_in.post("/forum/new/", typed)
    assert (started.status_code, "Which one too many?" in started.content.decode()) == (429, True)
    answer = signed_in.post(
        f"/api/v1/topics/{topic.pk}/posts/", {"body": "x"}, content_type="application/json"
    )
    assert (answer.status_code, answer["Retry-After"]) == (429, "59")
    assert topic.posts.count() == 3
    assert reply(as_other, topic, "Another member").status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert reply(signed_in, topic, "One too many").status_code == 302
    assert not Draft.objects.exists()
