"""What no page of ours sends: numbers too long for a column, digits that only look like some, null characters, times
at the end of the calendar."""

import json

import pytest

from forum.models import Draft, Post
from tests.factories import make_group, make_member, make_post

pytestmark = pytest.mark.django_db
HUGE, LONGER = "9" * 30, "9" * 5000
CATEGORY = {"color": "0", "posting": "members", "tag_policy": "free"}
ODD = (HUGE, LONGER, "²", "٣", "-1")


@pytest.mark.parametrize(
    "page",
    ["/forum/t/{}/", "/forum/t/{}/x/", "/forum/t/{}/poll/", "/forum/t/{}/follow/", "/api/v1/topics/{}/poll/"],
)
def test_a_number_no_topic_can_have_is_one_that_no_topic_has(signed_in, page):
    assert signed_in.get(page.format(HUGE)).status_code == 404


@pytest.mark.parametrize("number", ODD)
def test_odd_numbers_in_query_strings_name_nothing(signed_in, topic, number):
    post = topic.posts.get()
    pages = {
        "/forum/new/": {"draft": number},
        "/api/v1/reactions/": {"post": number},
        "/api/v1/attachments/": {"post": number},
        topic.get_absolute_url(): {"reply": number},
        f"/forum/t/{topic.pk}/posts/": {"ids": f"{number},{post.pk}"},
        f"/forum/p/{post.pk}/history/": {"before": number},
    }
    for page, query in pages.items():
        assert signed_in.get(page, query).status_code == 200, page
    assert signed_in.get(f"/api/v1/topics/{topic.pk}/changes/", {"since": number}).status_code == 400


@pytest.mark.parametrize("number", ODD)
def test_odd_numbers_in_forms_are_refused_or_count_as_none(signed_in, topic, number):
    reply = signed_in.post(f"/forum/t/{topic.pk}/reply/", {"body": "A reply", "parent": number})
    assert reply.status_code in {302, 422}  # an Arabic three is a three
    assert signed_in.post(f"/forum/t/{topic.pk}/read/", {"number": number}).status_code == 400
    draft = signed_in.post(f"/forum/drafts/reply/{topic.pk}/", {"body": "A", "draft": number})
    assert draft.status_code == 302


def test_an_answer_to_a_post_that_cannot_be_is_refused(signed_in, topic):
    answer = signed_in.post(
        f"/api/v1/topics/{topic.pk}/posts/",
        json.dumps({"body": "A reply", "parent": 10**30}),
        content_type="application/json",
    )
    assert answer.status_code == 400
    assert Post.objects.count() == 1


def test_posts_go_to_no_topic_that_cannot_be(client, topic):
    client.force_login(make_member(roles=("moderator",)))
    for deed in ("merge", "split"):
        asked = {"posts": [], "destination": 10**30, "reason": "They belong together."}
        url = f"/api/v1/topics/{topic.pk}/{deed}/"
        assert client.post(url, json.dumps(asked), content_type="application/json").status_code == 400


def test_a_draft_has_no_place_beyond_those_that_there_can_be(signed_in):
    assert signed_in.post(f"/forum/drafts/topic/{HUGE}/", {"body": "A text"}).status_code == 404
    assert not Draft.objects.exists()


def test_the_last_day_of_the_calendar_is_no_day_to_post(signed_in, topic, member):
    member.time_zone = "America/New_York"
    member.save()
    typed = {"category": topic.category.slug, "title": "Later than ever", "body": "Text"}
    page = signed_in.post("/forum/new/", {**typed, "day": "9999-12-31", "time": "23:59"})
    assert page.status_code == 422
    assert "Choose a day within a year." in page.content.decode()


@pytest.mark.parametrize(
    ("deed", "typed"),
    [
        ("lock", {"reason": "Settled long ago", "until": "9999-12-31T23:59"}),
        ("pin", {"until": "9999-12-31T23:59"}),
        ("poll", {"question": "Which one?", "options": "A\nB", "closes_at": "9999-12-31T23:59"}),
    ],
)
def test_nothing_lasts_until_the_end_of_the_calendar(client, topic, deed, typed):
    """In UTC that is a year that cannot be read back."""
    client.force_login(make_member(roles=("moderator",), time_zone="America/New_York"))
    page = client.post(f"/forum/t/{topic.pk}/{deed}/", {"kind": "single", "shown": "voted", **typed})
    assert page.status_code == 422
    assert "Choose a time within a hundred years." in page.content.decode()


def test_a_reminder_is_within_a_hundred_years(signed_in, topic):
    asked = {"post": topic.posts.get().pk, "remind_at": "9999-12-31T23:59:59Z"}
    answer = signed_in.post("/api/v1/bookmarks/", json.dumps(asked), content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/forum/drafts/x%00x/0/", "/api/v1/categories/%00/", "/forum/t/{}/%00/"])
def test_an_address_with_a_null_character_names_nothing(signed_in, topic, path):
    assert signed_in.get(path.format(topic.pk)).status_code == 404


def test_a_null_character_finds_nothing_and_breaks_nothing(client, topic):
    client.force_login(make_member(roles=("moderator",)))
    members = f"/groups/{make_group().slug}/members/?q=%00"
    for page in ("/groups/?q=%00", members, "/api/v1/topics/?category=a%00", "/api/v1/topics/?tag=a%00"):
        assert client.get(page).status_code == 200, page
    for deed in ("merge?to=a%00b", "split?where=there&to=%00&p=1"):
        deed, _, query = deed.partition("?")
        assert client.get(f"/forum/t/{topic.pk}/{deed}/?{query}").status_code == 422, deed


def test_what_marks_a_hole_narrows_no_list(client, topic):
    client.force_login(make_member())
    for path in ("/forum/", topic.category.get_absolute_url()):
        assert client.get(f"{path}?tag=a%1Ecsrf%1Eb").status_code == 404


def test_what_marks_a_hole_in_kept_text_makes_none_when_somebody_types_it(client, topic):
    post = make_post(topic)
    holes = "A\x1estate\x1e \x1eposts\x1e \x1eactions\x1e \x1eplace\x1e B"
    client.force_login(make_member(roles=("moderator",)))
    client.post(f"/forum/p/{post.pk}/remove/", {"reason": holes})
    client.post(f"/forum/t/{topic.pk}/lock/", {"reason": holes})
    client.post(f"/forum/t/{topic.pk}/slow/", {"seconds": "300", "reason": holes})
    client.post(f"/forum/c/{topic.category.slug}/edit/", {"name": holes, **CATEGORY})
    topic.category.refresh_from_db()
    assert topic.category.name == "A state posts actions place B"
    client.post(f"/forum/drafts/reply/{topic.pk}/", {"body": holes})
    for page in ("/forum/", topic.get_absolute_url()):
        assert client.get(page).status_code == 200, page
