"""Topics that are posted later, and what a new topic begins with."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from audit.models import AuditEntry
from forum.actions import cancel_scheduled_topic, post_scheduled_topic, sweep_unposted
from forum.models import Attachment, Category, Draft, ScheduledTopic, Topic
from notifications.models import Notice
from outbox.models import Job
from tests.factories import join, make_category, make_group, make_member
from workinggroups.models import Membership

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 4, 16, tzinfo=UTC)  # noon in New York


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def author(db):
    return make_member("Rosa Ortiz", handle="rosa.ortiz", time_zone="America/New_York")


@pytest.fixture
def client(author) -> Client:
    client = Client()
    client.force_login(author)
    return client


@pytest.fixture
def place(db) -> Category:
    return make_category("Governance")


def start(client: Client, place: Category, **more):
    typed = {
        "category": place.slug,
        "title": "Shall we meet?",
        "body": "In June?",
        "tags": "june",
        "token": "t1",
    }
    return client.post("/forum/new/", typed | more)


def later(days: float, run_jobs) -> None:
    with time_machine.travel(NOON + timedelta(days=days), tick=False):
        run_jobs()


def test_a_topic_is_posted_at_the_hour_its_author_named(client, author, place, run_jobs):
    answer = start(client, place, day="2026-05-05", time="09:30")
    assert answer["Location"] == "/forum/scheduled/"
    shown = client.get("/forum/scheduled/").content.decode()
    assert "Tue 5 May 2026, 9:30 AM EDT" in shown
    assert 'data-token="t1"' in shown
    assert not Topic.objects.exists()
    with time_machine.travel(datetime(2026, 5, 5, 13, 29, tzinfo=UTC), tick=False):
        run_jobs()
    assert not Topic.objects.exists()
    with time_machine.travel(datetime(2026, 5, 5, 13, 30, tzinfo=UTC), tick=False):
        run_jobs()
    topic = Topic.objects.get()
    assert (topic.title, topic.author, topic.tags.get().name) == ("Shall we meet?", author, "june")
    assert not ScheduledTopic.objects.exists()


def test_however_often_it_is_clicked_or_run_it_is_one_topic(client, place, run_jobs):
    for _ in range(2):
        start(client, place, day="2026-05-05", time="09:30")
    scheduled = ScheduledTopic.objects.get()
    later(1, run_jobs)
    assert not post_scheduled_topic(scheduled_id=scheduled.pk)
    assert Topic.objects.count() == 1


def test_nobody_else_sees_what_waits(client, place):
    start(client, place, day="2026-05-05", time="09:30")
    scheduled = ScheduledTopic.objects.get()
    other = Client()
    other.force_login(make_member())
    assert "Shall we meet?" not in other.get("/forum/scheduled/").content.decode()
    for path in ("", "cancel/"):
        assert other.get(f"{scheduled.get_absolute_url()}{path}").status_code == 404
        assert other.post(f"{scheduled.get_absolute_url()}{path}").status_code == 404


def test_what_waits_can_be_changed_and_goes_by_its_new_time_alone(client, place, run_jobs):
    start(client, place, day="2026-05-05", time="09:30")
    url = ScheduledTopic.objects.get().get_absolute_url()
    assert 'value="2026-05-05"' in client.get(url).content.decode()
    typed = {"category": place.slug, "title": "Shall we meet later?", "body": "In July?", "tags": ""}
    assert client.post(url, {**typed, "day": "", "time": ""}).status_code == 422
    assert client.post(url, {**typed, "day": "2026-05-08", "time": "09:30"}).status_code == 302
    later(2, run_jobs)
    assert not Topic.objects.exists()
    later(5, run_jobs)
    assert Topic.objects.get().title == "Shall we meet later?"


def test_what_is_called_off_becomes_a_draft_again(client, place, run_jobs):
    Draft.objects.create(member=make_member(), kind="topic", fields={"title": "Somebody else's"})
    start(client, place, day="2026-05-05", time="09:30")
    url = ScheduledTopic.objects.get().get_absolute_url()
    assert client.get(f"{url}cancel/").status_code == 200
    page = client.post(f"{url}cancel/", follow=True).content.decode()
    assert 'value="Shall we meet?"' in page
    assert "In June?</textarea>" in page
    later(2, run_jobs)
    assert not Topic.objects.exists()


def test_the_right_to_post_is_asked_again_and_a_refusal_keeps_the_text(client, author, run_jobs):
    group = make_group("Procurement", kind="members")
    join(group, author)
    start(client, group.categories.get(), day="2026-05-05", time="09:30")
    Membership.objects.filter(member=author).update(status="left")
    later(1, run_jobs)
    assert not Topic.objects.exists()
    notice = Notice.objects.get()
    draft = Draft.objects.get()
    assert (notice.member, notice.kind, notice.url) == (author, "scheduled", draft.get_absolute_url())
    told = client.get("/notifications/").content.decode()
    assert "could not be posted and is a draft again. You cannot see the category any more." in told
    assert draft.body == "In June?"


def test_who_left_a_hidden_group_learns_nothing_more_of_it_from_what_waits(client, author):
    def main(path: str) -> str:
        return client.get(path, follow=True).content.decode().split("<main")[1]

    group = make_group("Procurement", kind="hidden")
    join(group, author)
    start(client, group.categories.get(), day="2026-05-05", time="09:30")
    url = ScheduledTopic.objects.get().get_absolute_url()
    assert "Procurement" in main("/forum/scheduled/")
    Membership.objects.filter(member=author).update(status="left")
    for name in ("Procurement", "What it is called by now"):
        group.categories.update(name=name)
        for path in ("/forum/scheduled/", url, f"{url}cancel/"):
            assert "Shall we meet?" in main(path)
            assert name not in main(path)
    draft = client.post(f"{url}cancel/").url
    for path in ("/forum/drafts/", draft):
        assert "Shall we meet?" in main(path)
        assert "What it is called by now" not in main(path)


def test_a_lapsed_or_suspended_member_posts_nothing_later(client, author, place, run_jobs):
    start(client, place, day="2026-05-05", time="09:30")
    author.suspended_until = NOON + timedelta(days=9)
    author.save()
    later(1, run_jobs)
    assert not Topic.objects.exists()
    assert Draft.objects.get().body == "In June?"


@pytest.mark.parametrize(
    ("day", "time", "field", "words"),
    [
        ("2026-05-05", "", "time", "give both"),
        ("", "09:30", "day", "give both"),
        ("2026-05-03", "09:30", "day", "a time to come"),
        ("2028-05-03", "09:30", "day", "within a year"),
        ("2027-03-14", "02:30", "time", "no such time"),
    ],
)
def test_a_time_that_cannot_be_is_named_and_the_text_kept(client, place, day, time, field, words):
    answer = start(client, place, day=day, time=time)
    assert answer.status_code == 422
    assert words in str(answer.context["form"].errors[field])
    assert "In June?</textarea>" in answer.content.decode()
    assert not ScheduledTopic.objects.exists()


def test_a_form_sent_again_with_other_words_keeps_them(client, place):
    at = {"day": "2026-05-05", "time": "09:30"}
    assert start(client, place, **at)["Location"] == start(client, place, **at)["Location"]
    again = start(client, place, body="In July?", **at)
    assert again.status_code == 422
    assert "In July?</textarea>" in again.content.decode()
    assert ScheduledTopic.objects.get().get_absolute_url() in again.content.decode()


def test_scheduling_uses_up_the_draft(client, place):
    typed = {"title": "Shall we meet?", "body": "In", "token": "t1"}
    client.post("/forum/drafts/topic/0/", typed, headers={"X-Requested-With": "fetch"})
    start(client, place, day="2026-05-05", time="09:30")
    assert not Draft.objects.exists()


def test_files_of_what_is_not_sent_yet_are_kept(client, author, place):
    def attached(name: str) -> Attachment:
        row = Attachment(created_by=author, filename=name, storage_key=name, size=1, media_type="text/plain")
        row.save()
        Attachment.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=2))
        return row

    in_draft, in_scheduled, nowhere = attached("a.txt"), attached("b.txt"), attached("c.txt")
    draft = {"title": "x", "body": f"[a](/forum/a/{in_draft.pk}/)"}
    client.post("/forum/drafts/topic/0/", draft)
    start(client, place, body=f"[b](/forum/a/{in_scheduled.pk}/)", day="2026-05-05", time="09:30")
    assert sweep_unposted() == 1
    assert not Attachment.objects.filter(pk=nowhere.pk).exists()


def test_a_new_topic_begins_with_the_template_of_its_category(client, place):
    Category.objects.filter(pk=place.pk).update(template="**What** did you try?")
    page = client.get(f"/forum/new/?category={place.slug}").content.decode()
    assert "**What** did you try?\n\n</textarea>" in page
    assert "**What**" in client.get("/forum/new/").context["templates"][place.slug]
    alone = start(client, place, body="**What** did you try?\r\n")
    assert (alone.status_code, "body" in alone.context["form"].errors) == (422, True)
    client.post("/forum/drafts/topic/0/", {"title": "Mine", "body": "Typed by hand"})
    assert "Typed by hand</textarea>" in client.get(f"/forum/new/?category={place.slug}").content.decode()


def test_leads_and_moderators_write_the_template(client, author, place):
    url = f"/forum/c/{place.slug}/template/"
    assert client.get(url).status_code == 403
    keeper = Client()
    keeper.force_login(make_member(roles=("moderator",)))
    assert keeper.post(url, {"template": "x" * 5_001}).status_code == 422
    assert keeper.post(url, {"template": "What did you try?"}).status_code == 302
    place.refresh_from_db()
    assert place.template == "What did you try?"
    assert AuditEntry.objects.filter(action="category.template").count() == 1
    group = make_group("Procurement", kind="members", lead=author)
    own = f"/forum/c/{group.categories.get().slug}/template/"
    assert client.post(own, {"template": "For us"}).status_code == 302
    assert keeper.get(own).status_code == 404


def test_the_plain_preview_shows_the_text_and_what_was_asked_already(client, place):
    start(client, place, title="Shall we meet in June?")
    typed = {"category": place.slug, "title": "May we meet in June?", "body": "**Bold**", "preview": "1"}
    page = client.post("/forum/new/", typed)
    shown = page.content.decode()
    assert page.status_code == 200
    assert "<strong>Bold</strong>" in shown
    assert "Shall we meet in June?</a>" in shown
    assert "**Bold**</textarea>" in shown
    assert Topic.objects.count() == 1


def test_a_job_of_the_engine_waits_for_the_hour(client, place):
    start(client, place, day="2026-05-05", time="09:30")
    job = Job.objects.get(task__endswith="post_topic")
    assert job.run_at == datetime(2026, 5, 5, 13, 30, tzinfo=UTC)


def test_what_comes_back_takes_the_place_of_no_other_draft(client, author, place):
    start(client, place, day="2026-05-05", time="09:00")
    scheduled = ScheduledTopic.objects.get()
    Draft.objects.create(member=author, kind="topic", target=scheduled.pk, fields={"body": "Something else"})
    draft = cancel_scheduled_topic(author=author, scheduled_id=scheduled.pk)
    assert draft.target != scheduled.pk
    assert sorted(kept.body for kept in Draft.objects.of(author)) == ["In June?", "Something else"]
