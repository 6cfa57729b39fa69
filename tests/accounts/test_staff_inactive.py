"""Accounts that nobody uses: warned at 75 and 85 days (staff at 20 and 25), disabled at 90 (30)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.actions import attend_to_inactive
from accounts.models import InactivityWarning, Member
from audit.models import AuditEntry
from outbox.models import Mail
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.django_db
START = datetime(2035, 2, 2, 9, tzinfo=UTC)  # the rules of a new database begin today


def days_with_mail(member, until):
    """The days after the start on which something was sent, looking twice a day."""
    found = {}
    for day in range(until + 1):
        with time_machine.travel(START + timedelta(days=day), tick=False):
            attend_to_inactive()
            attend_to_inactive()
        kinds = list(Mail.objects.filter(to=member.email).order_by("id").values_list("kind", flat=True))
        if len(kinds) > len(found):
            assert len(kinds) == len(found) + 1
            found[day] = kinds[-1]
    return found


@pytest.mark.parametrize(
    "roles, days", [((), (75, 85, 90)), (("moderator",), (20, 25, 30)), (("steering",), (20, 25, 30))]
)
def test_warned_twice_and_then_disabled(roles, days):
    with time_machine.travel(START, tick=False):
        member = make_member(roles=roles)
    first, second, end = days
    told = {first: "membership.inactive", second: "membership.inactive", end: "membership.disabled"}
    assert days_with_mail(member, end + 10) == told
    member.refresh_from_db()
    assert not member.is_member
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id, entry.target) == ("member.disable", None, f"member:{member.pk}")
    assert not InactivityWarning.objects.exists()


def test_the_mail_names_the_day():
    with time_machine.travel(START, tick=False):
        make_member()
    with time_machine.travel(START + timedelta(days=75), tick=False):
        attend_to_inactive()
    mail = Mail.objects.get()
    assert "3 May" in mail.subject
    assert "3 May 2035" in mail.text
    assert "2 February 2035" in mail.text


def test_using_a_session_is_activity_and_takes_the_warnings_back():
    with time_machine.travel(START, tick=False):
        member = make_member()
    with time_machine.travel(START + timedelta(days=80), tick=False):
        attend_to_inactive()
        assert InactivityWarning.objects.count() == 1
        client = Client()
        client.force_login(member)
        client.get("/members/")
    assert not InactivityWarning.objects.exists()
    member.refresh_from_db()
    assert member.last_active_on == (START + timedelta(days=80)).date()
    with time_machine.travel(START + timedelta(days=95), tick=False):
        assert attend_to_inactive() == 0


def test_the_day_is_written_once(django_assert_num_queries):
    with time_machine.travel(START, tick=False):
        member = make_member()
    client = Client()
    with time_machine.travel(START + timedelta(days=1), tick=False):
        client.force_login(member)
        client.get("/settings/security/")
        member.refresh_from_db()
        Member.objects.filter(pk=member.pk).update(last_active_on=START.date())
    with time_machine.travel(START + timedelta(days=1, seconds=20), tick=False):
        client.get("/settings/security/")  # within the minute for which a session is not written either
    member.refresh_from_db()
    assert member.last_active_on == START.date()


def test_after_an_outage_there_is_still_notice():
    with time_machine.travel(START, tick=False):
        member = make_member()
    told = []
    for day in range(200, 225):
        with time_machine.travel(START + timedelta(days=day), tick=False):
            told += [day] * attend_to_inactive()
    assert told == [200, 210, 215]
    member.refresh_from_db()
    assert member.disabled_at is not None


def test_no_mail_to_who_has_no_access_anyway():
    with time_machine.travel(START, tick=False):
        make_member(eligible=False)
        make_member(suspended_until=START + timedelta(days=300))
        lapsed = make_member()
        lapsed.proofs.update(expires_at=START + timedelta(days=10))
    with time_machine.travel(START + timedelta(days=120), tick=False):
        assert attend_to_inactive() == 0
    assert not Mail.objects.exists()


@pytest.fixture
def disabled():
    with time_machine.travel(START, tick=False):
        member = make_member(address="ada@nasa.gov")
    for day in (75, 85, 90):
        with time_machine.travel(START + timedelta(days=day), tick=False):
            attend_to_inactive()
    with time_machine.travel(START + timedelta(days=91), tick=True):
        yield member


def test_a_password_alone_does_not_bring_it_back_and_a_code_does(client, disabled, newest_code):
    client.post("/accounts/login/", {"login": "ada@nasa.gov", "password": PASSWORD})
    assert client.get("/members/")["Location"].startswith("/accounts/status/")
    disabled.refresh_from_db()
    assert not disabled.is_member
    client.post("/accounts/status/")
    client.post("/accounts/confirm-email/", {"code": newest_code("ada@nasa.gov")})
    assert client.get("/members/").status_code == 200
    disabled.refresh_from_db()
    assert disabled.disabled_at is None
    assert attend_to_inactive() == 0


def test_a_new_password_brings_it_back(client, disabled, newest_code):
    client.post("/accounts/password/reset/", {"email": "ada@nasa.gov"})
    client.post("/accounts/password/reset/confirm/", {"code": newest_code("ada@nasa.gov")})
    disabled.refresh_from_db()
    assert disabled.is_member


def test_a_session_that_is_left_over_says_what_to_do(client, disabled, newest_code):
    client.force_login(disabled)
    assert client.get("/members/")["Location"].startswith("/accounts/status/")
    assert "Your account was disabled" in client.get("/accounts/status/").text
    client.post("/accounts/status/")
    client.post("/accounts/confirm-email/", {"code": newest_code("ada@nasa.gov")})
    assert client.get("/members/").status_code == 200
