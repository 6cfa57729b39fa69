import pytest
from django.test import Client

from tests.factories import make_member

pytestmark = pytest.mark.django_db


def test_a_page_sends_the_token_once_and_its_cookie_only_to_those_who_lack_it(client) -> None:
    client.force_login(make_member())
    first = client.get("/")
    assert "csrf" in first.cookies
    second = client.get("/")
    assert "csrf" not in second.cookies
    tokens = {
        part.split('"', 1)[0]
        for part in second.content.decode().split('name="csrfmiddlewaretoken" value="')[1:]
    }
    assert len(tokens) == 1
    assert "\x1e" not in second.content.decode()


def test_the_token_of_a_page_is_accepted() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member())
    for _ in range(2):
        page = client.get("/").content.decode()
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"', 1)[0]
        assert client.post("/theme/", {"theme": "dark"}).status_code == 403
        assert client.post("/theme/", {"theme": "dark", "csrfmiddlewaretoken": token}).status_code == 302


def test_every_page_masks_the_token_anew(client) -> None:
    client.force_login(make_member())
    tokens = set()
    for _ in range(4):
        page = client.get("/").content.decode()
        tokens.add(page.split('name="csrfmiddlewaretoken" value="')[1].split('"', 1)[0])
    assert len(tokens) == 4
    assert {len(token) for token in tokens} == {64}
