"""Announcements that ask to be confirmed: whom they ask, what counts, what those who announce see."""

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import AuditEntry
from forum.models import Acknowledgement, Announcement, PostRevision
from notifications.models import Notice
from notifications.registry import kind_of
from tests.factories import join, make_agency, make_announcement, make_group, make_member, make_topic

pytestmark = pytest.mark.django_db


def client_of(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def lead():
    return make_member("Lena Lead")


@pytest.fixture
def reader():
    return make_member("Rae Reader", agency=make_agency("NASA", "NASA"))


@pytest.fixture
def group(lead, reader):
    group = make_group("Responsible AI", lead=lead)
    join(group, reader)
    join(group, make_member("Olga Observer"), "observer")
    return group


@pytest.fixture
def topic(group, lead):
    return make_topic("New rules for pilots", category=group.categories.get(), author=lead)


def announce(client, topic, **typed):
    return client.post(f"/forum/t/{topic.pk}/announcement/", typed)


def confirm(client, topic, revision=1):
    return client.post(f"/forum/t/{topic.pk}/announcement/read/", {"revision": revision}, follow=True)


def told() -> set[str]:
    return set(Notice.objects.unread().filter(kind="announcement").values_list("member__name", flat=True))


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_everybody_addressed_is_told_once_and_asked_above_the_topic(topic, lead, reader, run_jobs):
    make_member("Outsider")
    due = timezone.localdate() + timedelta(days=9)
    assert announce(client_of(lead), topic, due_on=due.isoformat()).url == topic.get_absolute_url()
    run_jobs()
    assert told() == {"Rae Reader", "Olga Observer"}
    page = text(client_of(reader).get(topic.get_absolute_url()))
    assert "Please confirm that you have read this" in page
    assert "Lena Lead asks every member of Responsible AI." in page
    assert "asks you to read “New rules for pilots” by" in text(client_of(reader).get("/notifications/"))
    own = text(client_of(lead).get(topic.get_absolute_url()))
    assert "I have read this" not in own
    assert "Who has read it" in own
    assert announce(client_of(lead), topic).status_code == 422


def test_in_a_category_of_the_community_everybody_is_asked(run_jobs):
    moderator = make_member("Mo", roles=("moderator",))
    topic = make_topic()
    make_member("Lapsed", eligible=False)
    announce(client_of(moderator), topic)
    run_jobs()
    assert told() == {topic.author.name}


def test_a_day_gone_by_is_no_due_day(topic, lead):
    page = announce(client_of(lead), topic, due_on="2001-01-01")
    assert page.status_code == 422
    assert "Choose a day to come." in page.content.decode()
    assert not Announcement.objects.exists()


def test_a_confirmation_is_kept_with_its_revision_and_clears_the_notice(topic, lead, reader, run_jobs):
    announce(client_of(lead), topic)
    run_jobs()
    client = client_of(reader)
    client.post(f"/forum/t/{topic.pk}/read/", {"number": 1})
    assert "Rae Reader" in told(), "to look is not to confirm"
    for _ in range(2):
        page = text(confirm(client, topic))
    assert "You confirmed that you have read this" in page
    assert "I have read this" not in page
    row = Acknowledgement.objects.get()
    assert (row.member, row.revision) == (reader, 1)
    assert "Rae Reader" not in told()


def test_whoever_is_not_addressed_reads_but_has_nothing_to_confirm(topic, lead):
    make_announcement(topic, by=lead)
    outsider = client_of(make_member())
    assert "I have read this" not in text(outsider.get(topic.get_absolute_url()))
    assert confirm(outsider, topic).status_code == 403
    assert not Acknowledgement.objects.exists()


def test_a_changed_text_may_be_asked_for_again(topic, lead, reader, run_jobs):
    as_lead, as_reader = client_of(lead), client_of(reader)
    announce(as_lead, topic)
    confirm(as_reader, topic)
    again = f"/forum/t/{topic.pk}/announcement/again/"
    assert "has not changed" in text(as_lead.post(again, follow=True))
    run_jobs()
    post = topic.posts.get()
    as_lead.post(f"/forum/p/{post.pk}/edit/", {"body": "Two reviewers now.", "revision": 1})
    assert PostRevision.objects.filter(post=post).exists(), "somebody was told: what stood there is kept"
    assert "You confirmed" in text(as_reader.get(topic.get_absolute_url()))
    assert "an earlier one" in text(as_lead.get(f"/forum/t/{topic.pk}/announcement/"))
    assert "asked to read the new text" in text(as_lead.post(again, follow=True))
    run_jobs()
    assert "Rae Reader" in told()
    page = text(confirm(as_reader, topic, revision=1))
    assert "was changed meanwhile" in page
    assert 'name="revision" value="2"' in page
    assert "You confirmed" in text(confirm(as_reader, topic, revision=2))
    assert sorted(Acknowledgement.objects.values_list("revision", flat=True)) == [1, 2]
    assert "was changed meanwhile" in text(confirm(as_reader, topic, revision=99))


def test_only_those_who_wait_are_reminded_and_once_a_day_at_most(topic, lead, reader, run_jobs, time_machine):
    announce(client_of(lead), topic)
    confirm(client_of(reader), topic)
    run_jobs()
    remind = f"/forum/t/{topic.pk}/announcement/remind/"
    assert "You can remind them in 24 hours" in text(client_of(lead).post(remind, follow=True)).replace(
        "1 day", "24 hours"
    )
    time_machine.move_to(timezone.now() + timedelta(hours=24, seconds=5))
    assert "told once more" in text(client_of(lead).post(remind, follow=True))
    run_jobs()
    [notice] = Notice.objects.unread().filter(kind="announcement")
    assert (notice.member.name, notice.count) == ("Olga Observer", 2)
    assert AuditEntry.objects.filter(action="announcement.remind").count() == 1


def test_a_mail_is_not_sent_to_whoever_has_confirmed_or_left(topic, lead, reader, group, run_jobs):
    announce(client_of(lead), topic)
    run_jobs()
    event = Notice.objects.filter(kind="announcement").first().event
    observer = group.memberships.get(role="observer").member
    may_see = kind_of("announcement").may_see
    assert may_see(event, [reader.pk, observer.pk]) == {reader.pk, observer.pk}
    confirm(client_of(reader), topic)
    group.memberships.filter(member=observer).update(status="left")
    assert may_see(event, [reader.pk, observer.pk]) == set()


def test_progress_is_by_agency_with_names_and_no_addresses(topic, lead, reader):
    make_announcement(topic, by=lead)
    confirm(client_of(reader), topic)
    client, url = client_of(lead), f"/forum/t/{topic.pk}/announcement/"
    page = text(client.get(url))
    assert "1 of 2 have read it" in page
    assert "Olga Observer" in page
    assert "Rae Reader" not in page
    [waiting] = Announcement.objects.get().waiting()
    assert waiting.email not in page
    assert "Rae Reader" in text(client.get(f"{url}?who=read"))
    assert "Nobody of that name" in text(client.get(f"{url}?q=zzz"))
    assert client.get(f"{url}?who=x").status_code == 404
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) <= 12


def test_the_list_is_exported_audited_and_without_formulas(topic, lead, reader, group):
    make_announcement(topic, by=lead)
    join(group, make_member('=HYPERLINK("x")'))
    confirm(client_of(reader), topic)
    url = f"/forum/t/{topic.pk}/announcement/export/"
    assert client_of(reader).post(url).status_code == 403
    assert client_of(lead).get(url).status_code == 405
    answer = client_of(lead).post(url)
    body = b"".join(answer.streaming_content).decode()
    assert "@gsa.gov" not in body
    rows = list(csv.reader(body.removeprefix("\ufeff").splitlines()))
    assert rows[0] == ["name", "agency", "has read", "at (UTC)"]
    told = {row[0]: row[1:3] for row in rows[1:]}
    assert told["Rae Reader"] == ["NASA", "yes"]
    assert told['\'=HYPERLINK("x")'][1] == "no"
    assert lead.name not in told
    entry = AuditEntry.objects.get(action="announcement.export")
    assert (entry.facts["addressed"], entry.facts["confirmed"]) == (3, 1)


def test_when_it_has_ended_nobody_is_asked_and_the_record_stays(topic, lead, reader, run_jobs):
    announce(client_of(lead), topic)
    confirm(client_of(reader), topic)
    client_of(lead).post(f"/forum/t/{topic.pk}/announcement/end/")
    run_jobs()
    assert told() == set()
    assert "I have read this" not in text(client_of(reader).get(topic.get_absolute_url()))
    assert confirm(client_of(reader), topic).status_code == 404
    assert "1 of 2 have read it" in text(client_of(lead).get(f"/forum/t/{topic.pk}/announcement/"))
    assert announce(client_of(lead), topic).status_code == 302


def test_a_page_with_an_announcement_keeps_the_budget(topic, lead, reader):
    make_announcement(topic, by=lead)
    client = client_of(reader)
    client.get(topic.get_absolute_url())
    with CaptureQueriesContext(connection) as captured:
        client.get(topic.get_absolute_url())
    asked = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 6, "\n".join(asked)
