"""Posts to find again, and to be reminded of."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from forum.actions import remind_of_bookmark
from forum.models import Bookmark
from notifications.models import Notice
from outbox.models import Job
from tests.factories import make_member, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(topic):
    return topic.posts.get()


def bookmark(client, post, **typed):
    return client.post(f"/forum/p/{post.pk}/bookmark/", typed)


def let_time_pass(days: int) -> None:
    """As if the reminders had been set so many days ago."""
    for kept in Bookmark.objects.exclude(remind_at=None):
        Bookmark.objects.filter(pk=kept.pk).update(remind_at=kept.remind_at - timedelta(days=days))
    for job in Job.objects.filter(task="forum.tasks.remind"):
        Job.objects.filter(pk=job.pk).update(run_at=job.run_at - timedelta(days=days))


def test_a_bookmark_is_set_listed_shown_at_the_post_and_removed(as_other, signed_in, post):
    url = f"/forum/p/{post.pk}/bookmark/"
    assert "You have no bookmarks" in as_other.get("/forum/bookmarks/").content.decode()
    assert "Bookmark this post" in as_other.get(url).content.decode()
    assert bookmark(as_other, post).url == post.get_absolute_url()
    assert post.topic.title in as_other.get("/forum/bookmarks/").content.decode()
    assert "Bookmarked<" in as_other.get(post.topic.get_absolute_url()).content.decode()
    assert "Bookmarked<" not in signed_in.get(post.topic.get_absolute_url()).content.decode()
    assert "Remove the bookmark" in as_other.get(url).content.decode()
    bookmark(as_other, post, undo="1")
    assert not Bookmark.objects.exists()
    assert "Bookmarked<" not in as_other.get(post.topic.get_absolute_url()).content.decode()


def test_the_reminder_comes_on_the_morning_of_that_day(as_other, other, post, run_jobs):
    bookmark(as_other, post, when="tomorrow")
    kept = Bookmark.objects.get()
    tomorrow = timezone.localdate(timezone=other.zone) + timedelta(days=1)
    assert kept.remind_at == datetime.combine(tomorrow, time(9), other.zone)
    run_jobs()
    assert not Notice.objects.exists()
    let_time_pass(days=2)
    run_jobs()
    notice = Notice.objects.get()
    assert (notice.member, notice.kind, notice.url) == (other, "bookmark", f"/p/{post.pk}/")
    assert "You wanted to come back to" in as_other.get("/notifications/").content.decode()
    kept.refresh_from_db()
    assert kept.remind_at is None
    assert not remind_of_bookmark(bookmark_id=kept.pk)
    assert Notice.objects.count() == 1


def test_a_changed_time_counts_and_the_old_one_does_not(as_other, post, run_jobs):
    bookmark(as_other, post, when="tomorrow")
    bookmark(as_other, post, when="month")
    let_time_pass(days=3)
    run_jobs()
    assert not Notice.objects.exists()
    let_time_pass(days=29)
    run_jobs()
    assert Notice.objects.count() == 1


def test_no_reminder_of_what_is_gone(as_other, other, private_topic, topic, run_jobs):
    removed = make_post(topic, author=make_member())
    bookmark(as_other, removed, when="tomorrow")
    removed.removed_at = timezone.now()
    removed.save()
    hidden = private_topic.posts.get()
    Bookmark.objects.create(member=other, post=hidden, remind_at=timezone.now())
    taken = make_post(topic, author=make_member())
    bookmark(as_other, taken, when="tomorrow")
    bookmark(as_other, taken, undo="1")
    let_time_pass(days=2)
    for kept in Bookmark.objects.all():
        remind_of_bookmark(bookmark_id=kept.pk)
    run_jobs()
    assert not Notice.objects.exists()
    page = as_other.get("/forum/bookmarks/").content.decode()
    assert private_topic.title not in page
    assert "You have no bookmarks" in page


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"when": "day"}, "Choose a day."),
        ({"when": "day", "day": "2020-01-01"}, "Choose a day to come."),
        ({"when": "never"}, "not one of the available choices"),
    ],
)
def test_bad_input_names_the_field(as_other, post, typed, said):
    response = bookmark(as_other, post, **typed)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Bookmark.objects.exists()


def test_others_posts_and_visitors(client, as_other, private_topic, topic):
    hidden = private_topic.posts.get()
    assert bookmark(as_other, hidden).status_code == 404
    assert bookmark(client, hidden).url.startswith("/accounts/login/")
    removed = make_post(topic)
    removed.removed_at = timezone.now()
    removed.save()
    assert bookmark(as_other, removed).status_code == 422


def test_the_list_pages(as_other, other, topic):
    for _ in range(25):
        Bookmark.objects.create(member=other, post=make_post(topic))
    page = as_other.get("/forum/bookmarks/").content.decode()
    assert page.count("Post ") >= 20
    older = page.split('rel="next" href="')[1].split('"')[0]
    assert "Newer bookmarks" in as_other.get(f"/forum/bookmarks/{older}").content.decode()


def test_the_api_keeps_ones_own(as_other, signed_in, post):
    def mark(**body):
        return as_other.post("/api/v1/bookmarks/", {"post": post.pk, **body}, content_type="application/json")

    soon = (timezone.now() + timedelta(hours=1)).isoformat()
    made = mark(remind_at=soon)
    assert (made.status_code, mark().status_code) == (201, 200)
    assert mark(remind_at="2020-01-01T00:00:00Z").status_code == 400
    assert mark(post=4711).status_code == 404
    url = f"/api/v1/bookmarks/{made.json()['id']}/"
    assert as_other.get(url).json()["title"] == post.topic.title
    assert signed_in.get(url).status_code == 404
    assert signed_in.get("/api/v1/bookmarks/").json()["results"] == []
    assert as_other.delete(url).status_code == 204
    assert as_other.get("/api/v1/bookmarks/").json()["results"] == []
