from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.actions import fan_out, read, read_source, retract
from notifications.models import Notice, NoticeEvent, Preferences
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(kind, member, actor):
    """Tells the member something and answers the notice."""

    def tell(reason: str = "mention", **fields) -> Notice:
        event = kind.tell({member: reason}, actor=actor, **fields)
        fan_out(event_id=event.pk)
        return Notice.objects.of(member).latest("pk")

    return tell


def unread(member) -> int:
    return Notice.objects.of(member).unread().count()


def test_a_member_finds_all_their_notices_and_nobody_elses(signed_in, told, kind, run_jobs):
    told(what="something")
    kind.tell({make_member(): "mention"}, what="a secret")
    run_jobs()
    page = signed_in.get("/notifications/")
    assert page.status_code == 200
    assert "Grace Hall did something" in page.content.decode()
    assert "a secret" not in page.content.decode()


def test_a_member_with_nothing_is_told_what_will_come(signed_in, kind):
    assert b"Nothing here" in signed_in.get("/notifications/").content


@pytest.mark.parametrize("path", ["/notifications/", "/settings/notifications/"])
def test_a_visitor_is_asked_to_sign_in(client, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_looking_changes_nothing(signed_in, told, member):
    told()
    for path in ("/notifications/", "/notifications/?partial=1", "/notifications/?unread=1"):
        signed_in.get(path)
    assert unread(member) == 1
    assert signed_in.get("/notifications/read/").status_code == 405


def test_the_bell_gets_the_newest_as_a_fragment(signed_in, told):
    for n in range(15):
        told(what=f"number {n}")
    fragment = signed_in.get("/notifications/?partial=1").content.decode()
    assert "<html" not in fragment
    assert "number 14" in fragment
    assert "number 2 " not in fragment


def test_days_are_those_of_the_members_own_zone(signed_in, told, member):
    member.time_zone = "Pacific/Honolulu"
    member.save()
    notice = told()
    at = datetime(2026, 11, 20, 3, 0, tzinfo=ZoneInfo("UTC"))  # still the 19th in Honolulu
    Notice.objects.filter(pk=notice.pk).update(created_at=at)
    assert "Thursday 19 November" in signed_in.get("/notifications/").content.decode()


def test_filters_by_kind_and_unread(signed_in, told, member):
    old, new = told(what="old"), told(what="new")
    read(member_id=member.pk, ids=[old.pk])
    page = signed_in.get("/notifications/", {"unread": "1", "kind": "thing"}).content.decode()
    assert f'data-notice="{new.pk}"' in page
    assert f'data-notice="{old.pk}"' not in page
    assert (
        f'data-notice="{new.pk}"' not in signed_in.get("/notifications/", {"kind": "other"}).content.decode()
    )


def test_older_notices_are_on_further_pages(signed_in, told):
    first = told(what="the first")
    for _ in range(30):
        told()
    page = signed_in.get("/notifications/")
    assert f'data-notice="{first.pk}"' not in page.content.decode()
    older = signed_in.get("/notifications/", {"after": page.context["page"].next}).content.decode()
    assert f'data-notice="{first.pk}"' in older
    assert signed_in.get("/notifications/", {"after": "nonsense"}).status_code == 404


def test_one_is_marked_read_and_the_form_comes_back(signed_in, told, member):
    first, second = told(), told()
    response = signed_in.post("/notifications/read/", {"ids": first.pk, "next": "/notifications/?unread=1"})
    assert (response.status_code, response["Location"]) == (302, "/notifications/?unread=1")
    assert list(Notice.objects.of(member).unread()) == [second]


def test_a_script_marks_many_and_gets_no_content(signed_in, told, member):
    ids = [told().pk for _ in range(3)]
    assert signed_in.post("/notifications/read/", {"ids": ids[:2]}).status_code == 204
    assert unread(member) == 1


def test_all_up_to_the_newest_shown_are_marked_read(signed_in, told, member):
    told()
    shown = told()
    later = told()
    signed_in.post("/notifications/read/", {"up_to": shown.pk, "next": "/notifications/"})
    assert list(Notice.objects.of(member).unread()) == [later]


def test_nobody_reads_for_another(told, member):
    notice = told()
    other = Client()
    other.force_login(make_member())
    assert other.post("/notifications/read/", {"ids": notice.pk}).status_code == 204
    assert unread(member) == 1


def test_the_form_does_not_lead_off_the_site(signed_in, told):
    response = signed_in.post("/notifications/read/", {"ids": told().pk, "next": "https://evil.example/"})
    assert response["Location"] == "/notifications/"


@pytest.mark.parametrize("data", [{"up_to": "soon"}, {"up_to": "-1"}, {"up_to": 10**30}])
def test_nonsense_is_refused(signed_in, data):
    assert signed_in.post("/notifications/read/", data).status_code == 400


def test_reading_needs_the_forms_token(member, told):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    assert client.post("/notifications/read/", {"ids": told().pk}).status_code == 403


def test_the_page_costs_the_same_for_few_and_for_many(signed_in, told):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            signed_in.get("/notifications/")
        return len(captured)

    told()
    signed_in.get("/notifications/")
    few = queries()
    for _ in range(20):
        told()
    assert queries() == few + 1 <= 6  # who sees them first has them rendered: one question for all of them
    assert queries() == few


def test_looking_at_the_thing_itself_clears_its_notices(told, member):
    told(source="thing:1")
    told("followed", source="thing:1")
    other = told(source="thing:2")
    assert len(read_source(member_id=member.pk, source="thing:1")) == 2
    assert list(Notice.objects.of(member).unread()) == [other]


def test_what_is_gone_is_taken_back_from_everyone(kind, member, run_jobs):
    others = [make_member() for _ in range(3)]
    kind.tell(dict.fromkeys([member, *others], "mention"), source="thing:1")
    kind.tell({member: "mention"}, source="thing:2")
    run_jobs()
    waiting = kind.tell({member: "mention"}, source="thing:1")
    assert retract(source="thing:1") == 4
    run_jobs()
    assert [notice.source for notice in Notice.objects.all()] == ["thing:2"]
    assert NoticeEvent.objects.get(pk=waiting.pk).done_at is not None


def test_what_some_may_not_see_any_more_is_taken_back_from_them(kind, member, run_jobs):
    other = make_member()
    kind.tell({member: "mention", other: "mention"})
    run_jobs()
    assert retract(source="thing:1", member_ids=[other.pk]) == 1
    assert [notice.member for notice in Notice.objects.all()] == [member]


def test_old_notices_and_events_are_dropped(told, member, time_machine):
    time_machine.move_to(timezone.now())
    from notifications.actions import purge

    old, kept = told(), told()
    read(member_id=member.pk, ids=[old.pk])
    time_machine.shift(timedelta(days=100))
    purge()
    assert list(Notice.objects.all()) == [kept]
    assert list(NoticeEvent.objects.all()) == [kept.event]


def test_a_member_chooses_what_is_mailed(signed_in, member):
    page = signed_in.get("/settings/notifications/")
    assert page.context["form"].initial["mail_followed"] is True
    response = signed_in.post("/settings/notifications/", {"mail_direct": "on"})
    assert response.status_code == 302
    wishes = Preferences.of(member)
    assert (wishes.mail_direct, wishes.mail_followed, wishes.mail_groups, wishes.toasts) == (
        True, False, False, False,
    )  # fmt: skip


def test_a_kind_that_is_none_finds_nothing(signed_in, told):
    told(what="something")
    for kind in ("x%00", "nothing", "%1Ecsrf%1E"):
        page = signed_in.get(f"/notifications/?kind={kind}")
        assert page.status_code == 200
        assert "data-notice=" not in page.content.decode()
