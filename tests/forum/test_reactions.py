"""Thanks without a reply: who may, what is counted, what open pages learn of it."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import live
from forum.models import PostRevision, Reaction
from tests.factories import make_member, make_post

pytestmark = pytest.mark.django_db
PAGE_QUERIES = 6


@pytest.fixture
def post(topic):
    return topic.posts.get()


def react(client, post, **typed):
    return client.post(f"/forum/p/{post.pk}/react/", typed or {"kind": "like"})


def buttons(client, post) -> dict[str, tuple[str, str]]:
    """Kind -> (name, pressed) of the buttons under the post."""
    page = client.get(post.topic.get_absolute_url()).content.decode()
    article = page.split(f'data-post="{post.pk}"')[1].split("</article>")[0]
    found = re.findall(
        r'<button[^>]* form="react"[^>]* name="(\w+)" value="(\w+)"[^>]* aria-pressed="(\w+)"', article
    )
    return {kind: (name, pressed) for name, kind, pressed in found}


def test_a_reaction_counts_and_is_shown_as_ones_own(as_other, signed_in, post):
    assert buttons(as_other, post) == {"like": ("kind", "false")}
    assert react(as_other, post).url == post.get_absolute_url()
    react(as_other, post, kind="thanks")
    post.refresh_from_db()
    assert post.reaction_counts == {"like": 1, "thanks": 1}
    assert buttons(as_other, post) == {"like": ("undo", "true"), "thanks": ("undo", "true")}
    third = Client()
    third.force_login(make_member())
    assert buttons(third, post) == {"like": ("kind", "false"), "thanks": ("kind", "false")}
    own = signed_in.get(post.topic.get_absolute_url()).content.decode()
    assert "Thank you:" in own
    assert buttons(signed_in, post) == {}


def test_it_can_be_taken_back(as_other, post):
    react(as_other, post)
    react(as_other, post, undo="like")
    post.refresh_from_db()
    post.topic.refresh_from_db()
    assert (post.reaction_counts, post.topic.reactions_count, Reaction.objects.count()) == ({}, 0, 0)
    assert buttons(as_other, post) == {"like": ("kind", "false")}


def test_a_double_click_does_what_one_would(as_other, post):
    react(as_other, post)
    react(as_other, post)
    post.refresh_from_db()
    assert post.reaction_counts == {"like": 1}
    react(as_other, post, undo="like")
    react(as_other, post, undo="like")
    post.refresh_from_db()
    post.topic.refresh_from_db()
    assert (post.reaction_counts, post.topic.reactions_count) == ({}, 0)


def test_open_pages_are_told_and_find_the_post_among_the_changes(
    as_other, post, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(live, "publish", lambda room, event: told.append((room, event)))
    before = post.topic.version
    with django_capture_on_commit_callbacks(execute=True):
        react(as_other, post)
    [(room, event)] = told
    assert (room, event["type"], event["post"]["id"]) == (
        f"topic:{post.topic_id}",
        "reaction.changed",
        post.pk,
    )
    changes = as_other.get(f"/api/v1/topics/{post.topic_id}/changes/?since={before}").json()
    assert [(one["id"], one["version"], one["reactions"]) for one in changes["posts"]] == [
        (post.pk, changes["version"], {"like": 1})
    ]


def test_a_script_gets_no_page_it_would_throw_away(as_other, post):
    answer = as_other.post(
        f"/forum/p/{post.pk}/react/", {"kind": "like"}, headers={"X-Requested-With": "fetch"}
    )
    assert answer.status_code == 204


def test_who_reacted_is_a_page(as_other, other, signed_in, post):
    react(as_other, post, kind="celebrate")
    page = signed_in.get(f"/forum/p/{post.pk}/reactions/").content.decode()
    assert other.name in page
    assert "This is your own post." in page
    assert "Well done" in as_other.get(f"/forum/p/{post.pk}/reactions/").content.decode()


@pytest.mark.parametrize("typed", [{"kind": "hate"}, {"kind": ""}])
def test_only_the_set_can_be_said(as_other, post, typed):
    assert react(as_other, post, **typed).status_code == 422
    assert not Reaction.objects.exists()


def test_neither_ones_own_post_nor_a_removed_one(as_other, signed_in, other, topic, post):
    assert react(signed_in, post).status_code == 403
    reply = make_post(topic, author=make_member())
    react(as_other, reply)
    signed_in.post("/forum/read/")
    reply.removed_at = reply.created_at
    reply.save()
    assert react(as_other, reply, kind="thanks").status_code == 403
    assert as_other.get(f"/forum/p/{reply.pk}/reactions/").status_code == 404
    assert as_other.get(f"/api/v1/reactions/?post={reply.pk}").json()["results"] == []
    assert as_other.get(f"/api/v1/posts/{reply.pk}/").json()["reactions"] == {}


def test_what_one_may_not_read_one_cannot_react_to(client, as_other, private_topic):
    hidden = private_topic.posts.get()
    assert react(as_other, hidden).status_code == 404
    assert as_other.get(f"/forum/p/{hidden.pk}/reactions/").status_code == 404
    body = {"post": hidden.pk, "kind": "like"}
    assert as_other.post("/api/v1/reactions/", body, content_type="application/json").status_code == 404
    Reaction.objects.create(post=hidden, member=make_member(), kind="like")
    assert as_other.get("/api/v1/reactions/").json()["results"] == []
    assert react(client, hidden).url.startswith("/accounts/login/")


def test_a_locked_topic_can_still_be_thanked_for_but_an_archived_one_not(as_other, post):
    post.topic.locked_at = post.created_at
    post.topic.save()
    assert react(as_other, post).status_code == 302
    post.topic.category.is_archived = True
    post.topic.category.save()
    assert react(as_other, post, undo="like").status_code == 403


def test_the_api_says_and_takes_back(as_other, signed_in, other, post):
    def say(kind):
        return as_other.post(
            "/api/v1/reactions/", {"post": post.pk, "kind": kind}, content_type="application/json"
        )

    made = say("agree")
    assert (made.status_code, say("agree").status_code, say("hate").status_code) == (201, 200, 400)
    [listed] = signed_in.get(f"/api/v1/reactions/?post={post.pk}").json()["results"]
    assert (listed["kind"], listed["member"]["handle"]) == ("agree", other.handle)
    url = f"/api/v1/reactions/{made.json()['id']}/"
    assert signed_in.delete(url).status_code == 403
    assert as_other.delete(url).status_code == 204
    assert as_other.delete(url).status_code == 404
    assert as_other.get(f"/api/v1/posts/{post.pk}/").json()["reactions"] == {}


def test_after_a_reaction_an_edit_is_kept(as_other, signed_in, post):
    react(as_other, post)
    post.refresh_from_db()
    signed_in.post(f"/forum/p/{post.pk}/edit/", {"body": "Something else.", "revision": 1})
    assert PostRevision.objects.count() == 1


def test_figures_are_those_of_the_rows_whatever_happens(topic, member):
    posts = [make_post(topic, author=member) for _ in range(3)]
    people = [Client() for _ in range(3)]
    for client in people:
        client.force_login(make_member())
    for n in range(60):
        name = "undo" if n % 4 == 3 else "kind"
        react(people[n % 3], posts[n * 7 % 3], **{name: Reaction.Kind.values[n * 3 % 5]})
    for post in posts:
        post.refresh_from_db()
        assert post.reaction_counts == Counter(post.reactions.values_list("kind", flat=True))
    topic.refresh_from_db()
    assert topic.reactions_count == Reaction.objects.count()


def test_twenty_posts_with_reactions_cost_one_query_more(as_other, other, topic):
    for _ in range(19):
        post = make_post(topic, author=make_member())
        react(as_other, post)
    url = topic.get_absolute_url()
    as_other.get(url)
    with CaptureQueriesContext(connection) as captured:
        page = as_other.get(url).content.decode()
    assert page.count('<button class="is-mine" form="react"') == 19
    asked = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= PAGE_QUERIES, "\n".join(asked)
