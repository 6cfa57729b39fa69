"""Every address of the project, asked by people who are no members. A page that is not named here is closed."""

import re
from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from tests.factories import make_group, make_member, make_topic

pytestmark = pytest.mark.django_db

# What visitors may see, by route. Everything else wants a member, and adding a line here is a decision.
PUBLIC = {
    "",
    "about/",
    "about/steering/",
    "theme/",  # keeps the choice of light or dark in a cookie
    "words/<str:name>.js",  # what the scripts say, in one language
    "notifications/unsubscribe/<str:token>/",  # the signed token is the key, and opens nothing else
    "feeds/<str:key>/latest/",  # the key in the address says whose feed it is
    "feeds/<str:key>/c/<slug:slug>/",
    "feeds/<str:key>/tag/<slug:tag>/",
    "feeds/<str:key>/t/<int:topic_id>/",
    "healthz",
    "readyz",
    "accounts/login/",
    "accounts/signup/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/status/",
    "accounts/appeal/",  # what a suspended member may still do
    "accounts/terms/",
    "accounts/email/",  # another address gives the membership back
    "accounts/reauthenticate/",  # which that page asks for
    "accounts/factors/reauthenticate/",
    "accounts/factors/webauthn/reauthenticate/",
    "accounts/confirm-email/",
    "accounts/password/reset/",
    "accounts/password/reset/confirm/",
    "accounts/password/reset/complete/",
    "accounts/password/reset/done/",
    "accounts/login/code/confirm/",
    "accounts/oidc/login/",
    "accounts/oidc/callback/",
    "accounts/oidc/join/",
    "accounts/factors/authenticate/",  # the second step of signing in
    "accounts/factors/webauthn/login/",
    "admin/login/",
}
# Public where mail stays on this machine, so that whoever tries the product out can finish signing up.
LOCAL = {"outbox/", "outbox/<str:name>/"}
SAMPLES = {"slug": "open", "handle": "ada", "str": "x", "int": "1", "uuid": "0" * 8, "path": "x"}


def routes(patterns=None, prefix=""):
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def address(route: str) -> str:
    """A path for a route: converters filled in, what regular expressions leave made plain."""
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "1", route)
    path = re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: SAMPLES.get(found[1] or "str", "x"), path)
    return "/" + re.sub(r"[\^$\\]|\.\*", "", path)


CLOSED = sorted(set(routes()) - PUBLIC - LOCAL)


@pytest.fixture
def world():
    """Something behind the sample addresses, so that a closed door is not mistaken for an empty room."""
    make_topic(author=make_member("Ada", handle="ada"))
    make_group("Open", slug="open")


def test_the_list_names_only_pages_that_exist():
    assert set(routes()) >= PUBLIC
    assert len(CLOSED) > 60


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_visitor_is_asked_to_sign_in_everywhere(client, world, method):
    wrong = {}
    for route in CLOSED:
        path = address(route)
        response = getattr(client, method)(path)
        if path.startswith("/api/"):
            closed = response.status_code == 401 and response["WWW-Authenticate"]
            closed = closed and response["Content-Type"] == "application/problem+json"
        else:
            closed = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
        if not closed:
            wrong[path] = (response.status_code, response.get("Location", ""))
    assert wrong == {}


@pytest.mark.parametrize("kind", ["unproved", "ended", "suspended"])
def test_whoever_is_no_member_is_told_why_everywhere(client, world, kind):
    hour = timedelta(hours=1)
    person = make_member(eligible=kind != "unproved")
    if kind == "ended":
        person.eligible_until = timezone.now() - hour
    if kind == "suspended":
        person.suspended_until = timezone.now() + hour
    person.save()
    client.force_login(person)
    wrong = {}
    for route in CLOSED:
        path = address(route)
        response = client.get(path)
        if path.startswith("/api/"):
            closed = response.status_code == 403 and response["Content-Type"] == "application/problem+json"
        else:
            closed = response.status_code == 302 and response["Location"].startswith("/accounts/status/")
        if not closed:
            wrong[path] = (response.status_code, response.get("Location", ""))
    assert wrong == {}


def test_what_is_public_answers_a_visitor(client, world):
    for route in sorted(PUBLIC - {"theme/"}):
        response = client.get(address(route))
        assert response.status_code in (200, 302, 404, 405), route
        assert not response.get("Location", "").startswith("/accounts/status/")


def test_a_part_of_a_page_gets_a_note_and_not_a_whole_page(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "https://commons.example.gov/forum/t/1/x/?a=b"}
    response = client.get("/members/", headers=headers)
    assert response.status_code == 401
    assert response["HX-Reswap"] == "beforebegin"
    assert "/accounts/login/?next=%2Fforum%2Ft%2F1%2Fx%2F" in response.text
    assert "<html" not in response.text
    client.force_login(make_member(eligible=False))
    response = client.get("/members/", headers=headers)
    assert (response.status_code, response["HX-Redirect"]) == (403, "/accounts/status/?next=%2Fmembers%2F")


def test_a_script_that_wants_json_gets_a_problem(client):
    response = client.get("/members/complete/?q=a", headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 401


def test_the_gate_needs_no_query_of_its_own(client, django_assert_num_queries):
    member = make_member(eligible=False)
    client.force_login(member)
    with django_assert_num_queries(1):  # the member's row; the session is in the cache
        client.get("/members/")
