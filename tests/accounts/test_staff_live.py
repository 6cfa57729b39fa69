"""What staff does is felt on open sockets within two seconds."""

import time

import httpx
import pytest
from django.conf import settings
from django.test import Client

from tests.factories import PASSWORD, make_member
from tests.processes import Tab

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("sockets")]


@pytest.fixture
def staff(server):
    """An administrator's browser at the serving process, signed in a moment ago."""
    admin = make_member("Root Admin", roles=("administrator",))
    client = Client()
    client.force_login(admin)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(admin.pk)
    session.save()
    cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    with httpx.Client(base_url=server.url, cookies=cookies, timeout=20) as browser:
        page = browser.get("/moderation/").text
        browser.headers["X-CSRFToken"] = page.partition('name="csrf-token" content="')[2].partition('"')[0]
        yield browser


@pytest.mark.parametrize(
    "deed, form",
    [
        ("suspend", {"length": "24", "reason": "Sold watches."}),
        ("proof", {"reason": "Moved agency?"}),
    ],
)
def test_who_loses_access_loses_the_socket(server, staff, deed, form):
    rosa = make_member("Rosa Ortiz", handle="rosa.ortiz")
    with Tab(server, rosa) as tab:
        tab.hello()
        assert staff.post(f"/moderation/members/rosa.ortiz/{deed}/", data=form).status_code == 302
        assert tab.closed(2) == 4401


def test_ending_all_sessions_closes_the_sockets(server, staff):
    rosa = make_member("Rosa Ortiz", handle="rosa.ortiz")
    browser = Client()
    browser.post("/accounts/login/", {"login": rosa.email, "password": PASSWORD})
    with Tab(server, client=browser) as tab:
        tab.hello()
        assert staff.post("/moderation/members/rosa.ortiz/sessions/").status_code == 302
        assert tab.closed(2) == 4401
