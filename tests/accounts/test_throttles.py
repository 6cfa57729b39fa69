"""Too many in a short time: 429, how long to wait, nothing lost, and nobody shut out for good."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from core.cache import ResilientRedisCache
from outbox.models import Mail
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
WRONG = "not the password at all"


@pytest.fixture
def ada():
    return make_member("Ada Lovelace", address="ada@gsa.gov")


def sign_in(client, address="ada@gsa.gov", password=PASSWORD):
    return client.post(LOGIN, {"login": address, "password": password})


def test_strangers_who_try_an_address_do_not_shut_out_its_member(client, ada):
    sign_in(client)
    client.post("/accounts/logout/")
    browser = Client()
    sign_in(browser)
    browser.cookies.pop("session")
    strangers = Client(REMOTE_ADDR="192.0.2.7")
    for _try in range(5):
        sign_in(strangers, password=WRONG)
    assert sign_in(strangers).status_code == 429
    assert sign_in(Client()).status_code == 429
    assert sign_in(browser).url == "/"


def test_ten_failures_a_minute_from_one_place_then_a_pause_there_alone(client, ada):
    for number in range(10):
        assert sign_in(client, f"nobody{number}@gsa.gov", WRONG).status_code == 200
    assert sign_in(client).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).url == "/"
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert sign_in(client).url == "/"


def test_three_mails_an_hour_to_one_recipient_whatever_they_say(client, ada, newcomer):
    """The same for an address with an account and for one without."""
    for address in ("ada@gsa.gov", "nobody@gsa.gov"):
        pages = []
        for number, form in enumerate(
            [
                ("/accounts/signup/", newcomer | {"email": address}),
                ("/accounts/password/reset/", {"email": address}),
                ("/accounts/password/reset/", {"email": address}),
                ("/accounts/signup/", newcomer | {"email": address}),
                ("/accounts/password/reset/", {"email": address}),
            ]
        ):
            visitor = Client(REMOTE_ADDR=f"192.0.2.{number}")
            response = visitor.post(*form)
            pages.append((response.status_code, response.get("Retry-After")))
        assert pages == [(302, None)] * 3 + [(429, "3600")] * 2
        assert Mail.objects.filter(to=address).count() == 3


def test_what_was_typed_stands_in_the_page_that_says_wait(client, newcomer):
    form = newcomer | {"email": "rosa@gmail.com", "name": "Rosa <b>Parks"}
    for _try in range(20):
        client.post("/accounts/signup/", form)
    response = client.post("/accounts/signup/", form)
    assert (response.status_code, response["Retry-After"]) == (429, "3600")
    assert 'value="Rosa &lt;b&gt;Parks"' in response.text
    assert 'action="/accounts/signup/"' in response.text
    assert newcomer["password1"] not in response.text


def test_sign_in_stays_closed_when_redis_is_away(client, ada, monkeypatch):
    """This process goes on counting from where it was."""
    away = ResilientRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})
    monkeypatch.setattr("allauth.core.internal.ratelimit.cache", away)
    for _try in range(5):
        sign_in(client, password=WRONG)
    assert sign_in(client).status_code == 429
    assert caches["throttles"].get("allauth:rl:nothing") is None


def test_a_shared_cache_that_goes_away_leaves_its_counts_here(ada):
    """Kept by both as long as both are there."""
    away = ResilientRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})
    away.set("allauth:rl:x", [1.0], 60)
    away.set("another", 1, 60)
    assert (away.get("allauth:rl:x"), away.get("another")) == ([1.0], None)
    assert away.add("allauth:rl:x:lock", True, 10)
    assert not away.add("allauth:rl:x:lock", True, 10), "threads of this process wait for one another"
    away.delete("allauth:rl:x")
    assert away.get("allauth:rl:x") is None
