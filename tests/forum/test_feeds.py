"""Atom feeds by a private key: whose they are, what is in them, when they end."""

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from audit.models import AuditEntry
from core import rates
from forum.actions import make_feed_key
from forum.feed_keys import shown
from forum.models import FeedKey, Tag
from tests.factories import PASSWORD, join, make_category, make_post, make_topic

pytestmark = pytest.mark.django_db
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PAGE = "/settings/feeds/"


@pytest.fixture
def key(other) -> str:
    return shown(make_feed_key(actor=other))


@pytest.fixture
def browser(other) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": other.email, "password": PASSWORD})
    return client


def fetch(client, key, path, **headers):
    return client.get(f"/feeds/{key}/{path}/", headers=headers)


def entries(response) -> list[ET.Element]:
    assert response.status_code == 200, response.status_code
    return ET.fromstring(response.content).findall("a:entry", ATOM)


def titles(response) -> list[str]:
    return [entry.findtext("a:title", namespaces=ATOM) for entry in entries(response)]


def test_new_topics_are_entries_with_the_text_and_no_address(client, key, topic, member):
    topic.tags.add(Tag.objects.create(name="audit"))
    make_topic("A second one", author=member, body="See **here**: /members/x/")
    response = fetch(client, key, "latest")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert response["Cache-Control"] == "private, no-cache"
    [second, first] = entries(response)
    assert first.findtext("a:title", namespaces=ATOM) == topic.title
    assert first.find("a:link", ATOM).get("href").endswith(f"/p/{topic.posts.get().pk}/")
    assert re.fullmatch(r"tag:[^,]+,\d{4}-\d\d-\d\d:/p/\d+/", first.findtext("a:id", namespaces=ATOM))
    assert first.findtext("a:author/a:name", namespaces=ATOM) == member.name
    assert first.find("a:category", ATOM).get("term") == "audit"
    content = second.find("a:content", ATOM)
    assert (content.get("type"), "<strong>here</strong>" in content.text) == ("html", True)
    assert member.email not in response.text
    assert key not in response.text


def test_a_category_a_tag_and_a_topic_have_their_own(client, key, topic, member):
    topic.tags.add(Tag.objects.create(name="audit"))
    make_category("Data")
    reply = make_post(topic, author=member, body="A reply")
    gone = make_post(topic, author=member, body="Gone")
    gone.removed_at = timezone.now()
    gone.save()
    assert titles(fetch(client, key, "c/data")) == []
    assert topic.title in titles(fetch(client, key, f"c/{topic.category.slug}"))
    assert titles(fetch(client, key, "tag/audit")) == [topic.title]
    assert titles(fetch(client, key, f"t/{topic.pk}")) == [f"Re: {topic.title}", topic.title]
    ids = [entry.findtext("a:id", namespaces=ATOM) for entry in entries(fetch(client, key, f"t/{topic.pk}"))]
    assert ids[0].endswith(f"/p/{reply.pk}/")
    for nowhere in ("c/nowhere", "tag/nowhere", "t/999999"):
        assert fetch(client, key, nowhere).status_code == 404


def test_what_the_member_may_not_see_is_as_if_it_were_not(client, key, private_topic, other):
    private_topic.tags.add(Tag.objects.create(name="vendors"))
    paths = [f"t/{private_topic.pk}", f"c/{private_topic.category.slug}", "tag/vendors"]
    nowhere = fetch(client, key, "t/999999").content
    assert titles(fetch(client, key, "latest")) == []
    assert {fetch(client, key, path).content for path in paths} == {nowhere}
    membership = join(private_topic.category.group, other)
    assert all(titles(fetch(client, key, path)) == ["Vendor shortlist"] for path in ("latest", *paths))
    membership.status = "removed"
    membership.save()
    assert {fetch(client, key, path).content for path in paths} == {nowhere}


@pytest.mark.parametrize(
    "change",
    [
        {"eligible_until": timezone.now() - timedelta(hours=1)},
        {"suspended_until": timezone.now() + timedelta(hours=1)},
        {"is_active": False},
        {"disabled_at": timezone.now()},
    ],
)
def test_whose_membership_is_not_in_force_has_no_feeds(client, key, topic, other, change):
    wrong = fetch(client, "cmf_wrong", "latest")
    for name, value in change.items():
        setattr(other, name, value)
    other.save()
    response = fetch(client, key, "latest")
    assert (response.status_code, response.content) == (404, wrong.content)


def test_nothing_new_is_answered_in_few_bytes(client, key, topic, member):
    first = fetch(client, key, "latest")
    same = fetch(client, key, "latest", **{"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])


def retag(topic):
    topic.tags.set([Tag.objects.create(name="retagged")])


def rename_tag(topic):
    topic.tags.update(name="renamed")


def retitle(topic):
    type(topic).objects.update(title="Another title")


def rename_author(topic):
    type(topic.author).objects.filter(pk=topic.author_id).update(name="Another Name")


def draw_anew(topic):
    topic.posts.update(html="<p>Drawn anew</p>")


def edit_in_grace(topic):
    topic.posts.update(edited_at=timezone.now())


def remove(topic):
    topic.posts.filter(number=2).update(removed_at=timezone.now())


@pytest.mark.parametrize(
    "change", [retag, rename_tag, retitle, rename_author, draw_anew, edit_in_grace, remove]
)
def test_whatever_a_feed_prints_changes_its_validator(client, key, topic, member, change):
    topic.tags.add(Tag.objects.create(name="audit"))
    make_post(topic, author=member)
    path = f"t/{topic.pk}"
    first = fetch(client, key, path)
    known = {"If-None-Match": first["ETag"], "If-Modified-Since": http_date(timezone.now().timestamp() + 60)}
    assert fetch(client, key, path, **known).status_code == 304
    change(topic)
    second = fetch(client, key, path, **known)
    assert second.status_code == 200
    assert second.content != first.content
    assert second["ETag"] != first["ETag"]
    # By a time alone nothing can be told, so it is not offered and not believed.
    assert "Last-Modified" not in second
    del known["If-None-Match"]
    assert fetch(client, key, path, **known).content == second.content


def test_too_often_is_told_when_to_come_back(client, key, settings, monkeypatch):
    settings.COMMONS_TOKEN_RATE = 2
    monkeypatch.setattr(rates.time, "time", lambda: 1_000_000.0)
    answers = [fetch(client, key, "latest") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_what_xml_has_no_place_for_does_not_break_a_feed(client, key, topic):
    topic.title = "Odd \x0b title"
    topic.save()
    post = topic.posts.get()
    post.html = "<p>a\x08b &amp; c</p>"
    post.save()
    [entry] = entries(fetch(client, key, "latest"))
    assert entry.find("a:content", ATOM).text == "<p>ab &amp; c</p>"


# --- The key ---------------------------------------------------------------------------------------
def test_the_address_is_shown_to_its_member_and_kept_as_a_digest(client, browser, other, topic):
    assert "You have no feeds yet." in browser.get(PAGE).text
    browser.post(f"{PAGE}?topic={topic.pk}")
    page = browser.get(f"{PAGE}?topic={topic.pk}").text
    [found] = re.findall(rf"/feeds/(cmf_[\w-]{{43}})/t/{topic.pk}/", page)
    kept = FeedKey.objects.get()
    assert found not in str(vars(kept))
    assert titles(fetch(client, found, f"t/{topic.pk}")) == [topic.title]
    assert AuditEntry.objects.filter(action="feed.make", actor_id=other.pk).count() == 1
    kept.refresh_from_db()
    assert kept.last_used_at is not None
    caches["default"].clear()
    browser.post(PAGE)
    assert fetch(client, found, "latest").status_code == 404
    [renewed] = set(re.findall(r"cmf_[\w-]{43}", browser.get(PAGE).text))
    assert fetch(client, renewed, "latest").status_code == 200
    browser.post(f"{PAGE}revoke/")
    assert fetch(client, renewed, "latest").status_code == 404
    assert AuditEntry.objects.filter(action="feed.revoke").count() == 1


def test_the_key_needs_a_fresh_sign_in_and_another_secret_makes_it_void(as_other, browser, key, settings):
    assert as_other.get(PAGE).status_code == 302, "no sign-in of these minutes"
    settings.SECRET_KEY = "another-secret-" + "0123456789" * 4
    client = Client()
    client.post("/accounts/login/", {"login": "tomas.marsh@gsa.gov", "password": PASSWORD})
    assert "no longer valid here" in client.get(PAGE).text


@pytest.mark.parametrize("query", ["topic={0}", "topic=x", "category=procurement", "tag=vendors"])
def test_the_page_betrays_nothing_either(browser, key, private_topic, query):
    private_topic.tags.add(Tag.objects.create(name="vendors"))
    assert browser.get(f"{PAGE}?{query.format(private_topic.pk)}").status_code == 404


def test_pages_lead_to_the_addresses_without_a_key_in_them(browser, key, topic):
    topic.tags.add(Tag.objects.create(name="audit"))
    for page, link in (
        (topic.get_absolute_url(), f"?topic={topic.pk}"),
        (topic.category.get_absolute_url(), f"?category={topic.category.slug}"),
        ("/forum/?tag=audit", "?tag=audit"),
    ):
        text = browser.get(page).text
        assert f'href="{PAGE}{link}"' in text
        assert key not in text
        assert browser.get(f"{PAGE}{link}").status_code == 200
