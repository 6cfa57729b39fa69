"""Personal access tokens: made, shown once, used over HTTP, limited, revoked."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.utils import timezone

from accounts.models import PersonalToken
from audit.models import AuditEntry
from forum.models import Post
from tests.factories import (
    PASSWORD,
    join,
    make_category,
    make_group,
    make_member,
    make_poll,
    make_post,
    make_topic,
)

pytestmark = pytest.mark.django_db
PAGE = "/settings/tokens/"
PROBLEM = "application/problem+json"


@pytest.fixture
def ada():
    return make_member("Ada Lovelace", address="ada@gsa.gov")


@pytest.fixture
def browser(ada):
    client = Client()
    client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    return client


def make(browser, name="Report", scopes=("read",), days=90) -> str:
    """The key, read off the page."""
    page = browser.post(PAGE, {"name": name, "scopes": scopes, "days": days})
    found = re.search(r'id="new-token">(cmt_[\w-]{43})<', page.text)
    assert found, page.context["form"].errors
    return found[1]


def program(key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {key}"})


def token_of(member, *scopes) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    return program(make(client, scopes=scopes))


# --- Making and revoking ----------------------------------------------------------------------------
def test_the_key_is_shown_once_and_kept_as_a_digest(browser, ada):
    key = make(browser)
    token = PersonalToken.objects.get()
    assert key not in str(vars(token))
    assert len(token.digest) == 64
    assert token.expires_at - timezone.now() > timedelta(days=89)
    page = browser.get(PAGE).text
    assert key not in page
    assert key[:10] in page
    assert "never used" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Give the token a name."),
        ({"scopes": []}, "Choose what the token may do."),
        ({"scopes": ["everything"]}, "Select a valid choice."),
        ({"days": 366}, "Select a valid choice."),
        ({"name": "Report"}, "You have a token of this name already."),
    ],
)
def test_what_is_refused(browser, typed, sentence):
    make(browser)
    page = browser.post(PAGE, {"name": "Other", "scopes": ["read"], "days": 90} | typed)
    assert sentence in page.text
    assert PersonalToken.objects.count() == 1


def test_a_revoked_token_opens_nothing(browser, ada):
    key = make(browser)
    token = PersonalToken.objects.get()
    assert program(key).get("/api/v1/me/").status_code == 200
    assert "Revoke “Report”?" in browser.get(f"{PAGE}{token.pk}/revoke/").text
    assert browser.post(f"{PAGE}{token.pk}/revoke/").url == PAGE
    assert program(key).get("/api/v1/me/").status_code == 401
    assert list(AuditEntry.objects.filter(action__startswith="token.").values_list("action", flat=True)) == [
        "token.revoke",
        "token.create",
    ]


def test_the_tokens_of_others_are_not_there(browser):
    make(browser)
    other = make_member()
    stranger = Client()
    stranger.post("/accounts/login/", {"login": other.email, "password": PASSWORD})
    assert stranger.post(f"{PAGE}{PersonalToken.objects.get().pk}/revoke/").status_code == 404
    assert PersonalToken.objects.exists()


# --- Using ------------------------------------------------------------------------------------------
def test_a_token_stands_for_its_member(browser, ada):
    answer = program(make(browser)).get("/api/v1/me/")
    assert answer.json()["handle"] == ada.handle


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "bearer cmt_" + "x" * 43])
def test_a_wrong_token_is_no_visitor_and_no_session(browser, header):
    answer = browser.get("/api/v1/me/", headers={"Authorization": header})
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_token_opens_nothing(browser):
    key = make(browser, days=7)
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert program(key).get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("how", ["suspended", "ended"])
def test_membership_is_looked_up_at_each_use(browser, ada, how):
    from accounts.models import EligibilityProof, Member

    key = make(browser)
    if how == "suspended":
        Member.objects.filter(pk=ada.pk).update(suspended_until=timezone.now() + timedelta(hours=1))
    else:
        ended = timezone.now() - timedelta(hours=1)
        EligibilityProof.objects.filter(member=ada).update(expires_at=ended)
        Member.objects.filter(pk=ada.pk).update(eligible_until=ended)
    answer = program(key).get("/api/v1/me/")
    assert (answer.status_code, answer["Content-Type"]) == (403, PROBLEM)


def test_a_token_opens_the_api_alone(browser):
    assert program(make(browser)).get("/members/").url.startswith("/accounts/login/")


def test_the_last_use_is_noted_to_five_minutes(browser, django_assert_num_queries):
    client = program(make(browser))
    client.get("/api/v1/me/")
    noted = PersonalToken.objects.get().last_used_at
    client.get("/api/v1/me/")
    assert PersonalToken.objects.get().last_used_at == noted
    assert "last used" in browser.get(PAGE).text


# --- Scopes -----------------------------------------------------------------------------------------
def test_reading_is_not_writing(ada):
    topic = make_topic()
    reader = token_of(ada, "read")
    path = f"/api/v1/topics/{topic.pk}/posts/"
    answer = reader.post(path, {"body": "Hello"}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, PROBLEM)
    assert answer.json()["detail"] == "This token lacks the scope “write”."
    PersonalToken.objects.all().delete()
    writer = token_of(ada, "write")
    assert writer.post(path, {"body": "Hello"}, content_type="application/json").status_code == 201
    assert writer.get(path).status_code == 403
    assert Post.objects.filter(author=ada).count() == 1


def test_moderating_needs_its_own_scope():
    moderator = make_member(address="mo@gsa.gov", roles=("moderator",))
    topic = make_topic(category=make_category("Governance"))
    path = f"/api/v1/topics/{topic.pk}/lock/"
    plain = token_of(moderator, "read", "write")
    assert plain.post(path, {}, content_type="application/json").status_code == 403
    PersonalToken.objects.all().delete()
    strong = token_of(moderator, "read", "write", "moderate")
    assert strong.post(path, {"reason": "Settled"}, content_type="application/json").status_code == 200


def test_the_posts_of_others_are_removed_with_the_scope_for_it_alone():
    lead = make_member(address="lead@gsa.gov")
    group = make_group("The group", lead=lead)
    member = make_member()
    join(group, member)
    topic = make_topic(category=group.categories.get(), author=member)
    mine, theirs = make_post(topic, author=lead), make_post(topic, author=member)
    plain = token_of(lead, "write")
    assert plain.delete(f"/api/v1/posts/{theirs.pk}/").status_code == 403
    assert plain.delete(f"/api/v1/posts/{mine.pk}/").status_code == 204
    PersonalToken.objects.all().delete()
    assert token_of(lead, "moderate", "write").delete(f"/api/v1/posts/{theirs.pk}/").status_code == 204


def test_topics_and_polls_of_others_are_changed_with_the_scope_for_it_alone():
    moderator = make_member(address="mo@gsa.gov", roles=("moderator",))
    topic, other = make_topic(), make_topic(author=moderator)
    make_poll(other)
    make_poll(topic)
    plain, kind = token_of(moderator, "write"), {"content_type": "application/json"}
    assert plain.patch(f"/api/v1/topics/{topic.pk}/", {"title": "Another title"}, **kind).status_code == 403
    assert plain.post(f"/api/v1/topics/{topic.pk}/poll/close/", {}, **kind).status_code == 403
    assert plain.delete(f"/api/v1/topics/{topic.pk}/poll/").status_code == 403
    assert plain.delete(f"/api/v1/topics/{other.pk}/poll/").status_code == 204
    PersonalToken.objects.all().delete()
    strong = token_of(moderator, "moderate", "write")
    assert strong.patch(f"/api/v1/topics/{topic.pk}/", {"title": "Another title"}, **kind).status_code == 200
    assert strong.delete(f"/api/v1/topics/{topic.pk}/poll/").status_code == 204


# --- Limits and repeats -----------------------------------------------------------------------------
@pytest.fixture
def at_the_full_minute():
    with time_machine.travel(timezone.now().replace(second=1, microsecond=0), tick=False):
        yield


def test_sixty_requests_a_minute_then_a_pause(browser, at_the_full_minute):
    client = program(make(browser))
    answers = [client.get("/api/v1/me/") for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert (answers[60].status_code, answers[60]["Content-Type"]) == (429, PROBLEM)
    assert 50 <= int(answers[60]["Retry-After"]) <= 60
    assert browser.get("/api/v1/me/").status_code == 200, "the session is no token"
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert client.get("/api/v1/me/").status_code == 200


def test_each_token_has_its_own_minute(browser, at_the_full_minute, settings):
    settings.COMMONS_TOKEN_RATE = 2
    first, second = program(make(browser)), program(make(browser, name="Other"))
    assert [first.get("/api/v1/me/").status_code for _ in range(3)] == [200, 200, 429]
    assert second.get("/api/v1/me/").status_code == 200


class AwayCache(LocMemCache):
    """What the resilient cache answers while Redis is away."""

    def add(self, *args, **kwargs):
        return True

    def incr(self, key, delta=1, version=None):
        return delta


def test_the_throttle_closes_without_the_shared_cache(browser, at_the_full_minute, settings, monkeypatch):
    settings.COMMONS_TOKEN_RATE = 3
    client = program(make(browser))
    away = AwayCache("away", {})
    monkeypatch.setattr("core.rates.caches", {"default": away, "throttles": caches["throttles"]})
    assert [client.get("/api/v1/me/").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_an_equal_request_with_an_idempotency_key_is_done_once(ada):
    topic = make_topic()
    client = token_of(ada, "write")
    path = f"/api/v1/topics/{topic.pk}/posts/"
    again = {"Idempotency-Key": "once"}
    first = client.post(path, {"body": "Hello"}, content_type="application/json", headers=again)
    second = client.post(path, {"body": "Hello"}, content_type="application/json", headers=again)
    assert first.status_code == second.status_code == 201
    assert second["Idempotency-Replayed"] == "true"
    assert Post.objects.filter(author=ada).count() == 1


def test_the_keys_of_two_members_are_two(ada):
    topic = make_topic()
    path = f"/api/v1/topics/{topic.pk}/posts/"
    for client in (token_of(ada, "write"), token_of(make_member(), "write")):
        answer = client.post(
            path, {"body": "Hello"}, content_type="application/json", headers={"Idempotency-Key": "once"}
        )
        assert answer.status_code == 201
        assert "Idempotency-Replayed" not in answer
    assert topic.posts.count() == 3
