"""How long a session lasts, what makes it longer, and that nothing typed is lost with it."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.templatetags.browsers import browser
from forum.models import Post
from tests.accounts.test_tokens import make
from tests.factories import PASSWORD, make_member, make_topic

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
JSON = {"Accept": "application/json"}


@pytest.fixture
def ada():
    return make_member("Ada Lovelace", address="ada@gsa.gov")


@pytest.fixture
def start():
    return timezone.now()


def sign_in(client, address="ada@gsa.gov", **more):
    return client.post("/accounts/login/", {"login": address, "password": PASSWORD, **more})


def is_in(client) -> bool:
    """Asked as a script asks, which is no activity."""
    return client.get("/accounts/session/", headers=JSON).status_code == 200


def test_a_session_ends_thirty_minutes_after_the_last_page(client, ada, start):
    with time_machine.travel(start):
        sign_in(client)
    with time_machine.travel(start + 25 * MINUTE):
        assert client.get("/members/").status_code == 200
    with time_machine.travel(start + 54 * MINUTE):
        assert is_in(client)
    with time_machine.travel(start + 56 * MINUTE):
        assert not is_in(client)
        assert client.get("/members/").url == "/accounts/login/?next=%2Fmembers%2F"


def test_whoever_holds_a_role_has_fifteen(client, start):
    make_member(address="root@gsa.gov", roles=("moderator",))
    with time_machine.travel(start):
        sign_in(client, "root@gsa.gov")
    with time_machine.travel(start + 14 * MINUTE):
        assert is_in(client)
    with time_machine.travel(start + 16 * MINUTE):
        assert not is_in(client)


def test_twelve_hours_after_signing_in_it_ends_whatever_is_done(client, ada, start):
    for minutes in range(0, 12 * 60, 20):
        with time_machine.travel(start + minutes * MINUTE):
            sign_in(client) if minutes == 0 else client.get("/members/")
            assert is_in(client), minutes
    with time_machine.travel(start + 12 * 60 * MINUTE - MINUTE):
        told = client.get("/accounts/session/", headers=JSON).json()
        assert told["seconds"] <= 60
        assert not told["extendable"]
    with time_machine.travel(start + 12 * 60 * MINUTE + MINUTE):
        assert not is_in(client)


POLLING = [
    ("get", "/api/v1/me/", JSON),
    ("get", "/api/v1/notifications/?after=0", {}),
    ("get", "/notifications/?partial=1", {"X-Requested-With": "fetch"}),
    ("get", "/members/", {"Sec-Fetch-Mode": "cors"}),
    ("get", "/accounts/session/", JSON),
    ("post", "/notifications/read/", {"X-Requested-With": "fetch"}),
]


@pytest.mark.parametrize(("method", "path", "headers"), POLLING)
def test_polling_is_no_activity(client, ada, start, method, path, headers):
    with time_machine.travel(start):
        sign_in(client)
    with time_machine.travel(start + 20 * MINUTE):
        assert getattr(client, method)(path, headers=headers).status_code < 400
    with time_machine.travel(start + 31 * MINUTE):
        assert not is_in(client)


def test_the_button_of_the_warning_keeps_the_session(client, ada, start):
    with time_machine.travel(start):
        sign_in(client)
    with time_machine.travel(start + 28 * MINUTE):
        assert client.get("/accounts/session/", headers=JSON).json()["seconds"] <= 120
        told = client.post("/accounts/session/", headers={"X-Requested-With": "fetch"}).json()
        assert told["seconds"] >= 1799
        assert told["extendable"]
    with time_machine.travel(start + 57 * MINUTE):
        assert is_in(client)


def test_the_page_tells_how_long_the_session_lasts(client, ada):
    sign_in(client)
    assert (
        'data-session="1800"' in client.get("/members/").text
        or 'data-session="1799"' in client.get("/members/").text
    )


def test_sockets_learn_the_end_from_the_row(client, ada, start):
    with time_machine.travel(start):
        sign_in(client)
        assert abs(Session.objects.get().expire_date - (start + 30 * MINUTE)) < MINUTE
    with time_machine.travel(start + 10 * MINUTE):
        client.get("/members/")
    assert abs(Session.objects.get().expire_date - (start + 40 * MINUTE)) < MINUTE


def test_reading_writes_nothing_within_a_minute(client, ada, django_assert_num_queries):
    sign_in(client)
    client.get("/settings/profile/")
    with django_assert_num_queries(1):  # the member's row; the session is in the cache
        client.get("/settings/")


def test_the_limits_are_settings(client, ada, start, settings):
    settings.COMMONS_SESSION_IDLE = 5 * 60
    with time_machine.travel(start):
        sign_in(client)
    with time_machine.travel(start + 6 * MINUTE):
        assert not is_in(client)


# --- Nothing typed is lost --------------------------------------------------------------------------
@pytest.fixture
def topic():
    return make_topic()


def reply(client, topic, body="What I had been writing for an hour.", **headers):
    page = f"http://testserver/forum/t/{topic.pk}/{topic.slug}/"
    return client.post(
        f"/forum/t/{topic.pk}/reply/",
        {"body": body, "parent": "", "token": "abc"},
        headers={"Referer": page, **headers},
    )


@pytest.fixture
def late(client, ada, start):
    """A browser whose session has just ended, at the time it has."""
    with time_machine.travel(start):
        sign_in(client)
        assert client.get("/members/").status_code == 200
    with time_machine.travel(start + 40 * MINUTE):
        yield client


def test_what_was_sent_too_late_comes_back_filled_in_and_is_not_sent_by_itself(late, topic):
    sent = reply(late, topic)
    assert sent.url == "/accounts/login/?next=%2Faccounts%2Fkept%2F"
    assert sign_in(late, next="/accounts/kept/").url == "/accounts/kept/"
    page = late.get("/accounts/kept/")
    assert "What I had been writing for an hour." in page.text
    assert f'action="/forum/t/{topic.pk}/reply/"' in page.text
    assert topic.posts.count() == 1, "nothing is sent by itself"
    assert reply(late, topic).status_code == 302
    assert topic.posts.count() == 2
    assert late.get("/accounts/kept/").url == "/", "what is sent is kept no longer"


def test_it_can_be_discarded(late, topic):
    reply(late, topic)
    sign_in(late)
    assert late.post("/accounts/kept/").url == f"/forum/t/{topic.pk}/{topic.slug}/"
    assert late.get("/accounts/kept/").url == "/"
    assert Post.objects.count() == 1


def test_nobody_else_at_the_same_browser_sees_it(late, topic):
    make_member("Grace Hopper", address="grace@nasa.gov")
    reply(late, topic)
    sign_in(late, "grace@nasa.gov")
    assert late.get("/accounts/kept/").url == "/"


def test_it_survives_the_second_step_and_a_wrong_password(late, topic, ada):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(ada, "A" * 32)
    codes = RecoveryCodes.activate(ada).generate_codes()
    reply(late, topic)
    late.post("/accounts/login/", {"login": ada.email, "password": "wrong", "next": "/accounts/kept/"})
    assert sign_in(late, next="/accounts/kept/").url == "/accounts/factors/authenticate/"
    assert late.post("/accounts/factors/authenticate/", {"code": codes[0]}).url == "/accounts/kept/"
    assert "What I had been writing" in late.get("/accounts/kept/").text


@pytest.mark.parametrize("body", ["x" * 70_000, "   "])
def test_neither_too_much_nor_nothing_is_kept(late, topic, body):
    response = late.post(f"/forum/t/{topic.pk}/reply/", {"body": body})
    assert "kept" not in response.url


def test_passwords_are_never_kept(late, topic):
    late.post(
        f"/forum/t/{topic.pk}/reply/", {"body": "Text", "password": "swordfish-swordfish", "code": "123456"}
    )
    sign_in(late)
    page = late.get("/accounts/kept/").text
    assert "Text" in page
    assert "swordfish" not in page
    assert "123456" not in page


def test_a_stranger_can_not_fill_our_sessions(client, topic, db):
    client.cookies["last"] = "1:forged"
    response = reply(client, topic)
    assert response.url == f"/accounts/login/?next=%2Fforum%2Ft%2F{topic.pk}%2Freply%2F"
    assert not Session.objects.exists()


@pytest.mark.parametrize("is_known", [True, False])
def test_a_token_beside_the_session_does_not_change_who_is_remembered(client, ada, start, topic, is_known):
    with time_machine.travel(start):
        sign_in(client)
        sign_in(grace := Client(), make_member(address="grace@nasa.gov").email)
        key = make(grace) if is_known else "nonsense"
    with time_machine.travel(start + 5 * MINUTE):
        client.post("/api/v1/me/", headers={"Authorization": f"Bearer {key}"})
    with time_machine.travel(start + 50 * MINUTE):
        assert reply(client, topic).url == "/accounts/login/?next=%2Faccounts%2Fkept%2F"
        sign_in(client)
        assert "What I had been writing" in client.get("/accounts/kept/").text


def test_after_signing_out_nothing_is_kept(client, ada, topic):
    sign_in(client)
    client.get("/members/")
    client.post("/accounts/logout/")
    assert "kept" not in reply(client, topic).url


def test_a_part_of_a_page_keeps_the_text_beside_the_form(late, topic):
    response = reply(late, topic, **{"HX-Request": "true"})
    assert response.status_code == 401
    assert response["HX-Reswap"] == "beforebegin"


def test_an_ended_session_takes_its_row_along(client, ada):
    sign_in(client)
    other = Client()
    sign_in(other)
    client.post("/accounts/sessions/")
    assert Session.objects.count() == 1


def test_one_session_is_ended_and_the_others_stay(client, ada):
    lost, kept = Client(HTTP_USER_AGENT="Lost laptop"), Client(HTTP_USER_AGENT="Phone")
    for each in (client, lost, kept):
        sign_in(each)
    session = ada.usersession_set.get(user_agent="Lost laptop")
    assert "End the session of Lost laptop" in client.get("/accounts/sessions/").text
    assert client.post(f"/accounts/sessions/{session.pk}/end/").url == "/accounts/sessions/"
    assert [is_in(browser) for browser in (client, lost, kept)] == [True, False, True]


def test_the_sessions_of_others_are_not_there(client, ada):
    sign_in(client)
    stranger = Client()
    stranger.force_login(make_member())
    assert stranger.post(f"/accounts/sessions/{ada.usersession_set.get().pk}/end/").status_code == 404
    assert is_in(client)


@pytest.mark.parametrize("clock", [13, 24 * 400])
def test_a_session_that_the_cache_kept_too_long_is_refused(client, ada, clock):
    sign_in(client)
    with time_machine.travel(timezone.now() + timedelta(hours=clock)):
        assert not is_in(client)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
            "Safari/537.36 Edg/126.0.0.0",
            "Edge 126 on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari 17 on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128 on Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown program"),
    ],
)
def test_a_browser_is_called_by_its_name(told, shown):
    assert browser(told) == shown
