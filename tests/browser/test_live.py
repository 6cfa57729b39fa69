"""What open pages do when things change around them."""

import re
import time

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def post(visitor, topic: int, body: str) -> None:
    """Through the API, with the session of the visitor's browser."""
    home = visitor.page.request.get(visitor.site.url + "/").text()
    token = re.search(r'<meta name="csrf-token" content="(\w+)"', home)
    answer = visitor.page.request.post(
        f"{visitor.site.url}/api/v1/topics/{topic}/posts/",
        data={"body": body},
        headers={"X-CSRFToken": token[1], "Referer": visitor.site.url + "/"},
    )
    assert answer.status == 201, answer.text()


def start_topic(visitor, title: str) -> int:
    page = visitor.go("/forum/new/?category=data")
    page.get_by_label("Title").fill(title)
    page.get_by_role("textbox", name="Text").fill("Tell us.")
    page.get_by_role("button", name="Post it", exact=True).click()
    page.wait_for_url(re.compile(r"/forum/t/\d+/"))
    return int(page.url.split("/")[5])


def test_reading_in_one_tab_clears_the_other(embedded, visit):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "Which registry do you use?")
    first, second = ada, ada.new_tab()
    first.go("/groups/")
    second.go("/members/")
    before = first.page.locator("[data-bell-count]").text_content() or "0"
    post(grace, topic, "Our own, on a shared drive.")
    for tab in (first, second):
        expect(tab.page.locator("[data-bell-count]")).not_to_have_text(before)
    first.go("/notifications/").get_by_role("button", name="Mark all read").first.click()
    expect(second.page.locator("[data-bell-count]")).to_be_hidden()
    expect(second.page).not_to_have_title(re.compile(r"^\("))


def test_who_is_removed_from_a_group_loses_its_open_topic_at_once(embedded, visit):
    grace, alan = visit(embedded), visit(embedded)
    grace.sign_in("grace@nasa.gov")
    alan.sign_in("alan@navy.mil")
    embedded.python(
        "from tests.factories import *\n"
        "from workinggroups.models import Group\n"
        "from accounts.models import Member\n"
        "group = Group.objects.get(slug='generative-ai')\n"
        "join(group, Member.objects.get(handle='alan'))\n"
        "make_topic('Behind closed doors', category=group.categories.get(), author=Member.objects.get(handle='grace'))"
    )
    alan.go("/groups/generative-ai/discussions/").get_by_role("link", name="Behind closed doors").click()
    expect(alan.page.locator("[data-live-text]")).to_have_text("Live")
    alan.page.locator("#reply textarea").fill("Half a thought")
    page = grace.go("/groups/generative-ai/members/")
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    answer = page.request.post(
        f"{embedded.url}/groups/generative-ai/members/alan/remove/",
        form={"csrfmiddlewaretoken": token, "reason": "The project is over."},
        headers={"Referer": embedded.url + "/"},
    )
    assert answer.ok
    removed_at = time.monotonic()
    expect(alan.page.locator("[data-banner]")).to_be_visible(timeout=2_000)
    assert time.monotonic() - removed_at < 2.5
    expect(alan.page.locator("#reply textarea")).to_have_value("Half a thought")
    assert alan.page.reload().status == 404


def test_a_gap_in_the_connection_heals_and_keeps_what_is_typed(embedded, visit):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "How long do you keep prompts?")
    expect(ada.page.locator("[data-live-text]")).to_have_text("Live")
    ada.page.locator("#reply textarea").fill("Half a reply")
    ada.context.set_offline(True)
    post(grace, topic, "Thirty days.")
    post(grace, topic, "Ninety for incidents.")
    ada.context.set_offline(False)
    expect(ada.page.get_by_role("button", name="2 new replies")).to_be_visible(timeout=30_000)
    expect(ada.page.locator("#reply textarea")).to_have_value("Half a reply")


def test_what_was_typed_survives_a_closed_tab(embedded, visit):
    ada = visit(embedded)
    ada.sign_in("ada@gsa.gov")
    start_topic(ada, "Do you test for bias before each release?")
    address = ada.page.url
    ada.page.locator("#reply textarea").press_sequentially("Not yet finished")
    ada.page.wait_for_timeout(1_200)
    ada.page.close()
    again = ada.new_tab()
    again.page.goto(address)
    expect(again.page.locator("#reply textarea")).to_have_value("Not yet finished")
    again.page.locator("#reply").get_by_role("button", name="Reply", exact=True).click()
    expect(again.page.locator("#post-2")).to_contain_text("Not yet finished")
    expect(again.page.locator("#reply textarea")).to_have_value("")


def test_the_preview_shows_what_the_server_will_store(embedded, visit):
    ada = visit(embedded)
    ada.sign_in("ada@gsa.gov")
    page = ada.go("/forum/new/?category=data")
    page.get_by_role("textbox", name="Text").fill("**bold** and `code`")
    page.get_by_role("button", name="Preview").or_(page.get_by_role("tab", name="Preview")).first.click()
    expect(page.locator(".composer-preview strong")).to_have_text("bold")


def test_what_is_read_stays_where_it_is_when_a_long_post_below_is_removed(embedded, visit):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "What stood at the end?")
    for body in ("First.", "Second.", "Third.", "A long one.\n\n" * 12):
        post(ada, topic, body)
    page = grace.go(f"/forum/t/{topic}/-/?view=flat")
    grace.wait_until_live()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    read = page.locator("#post-4")
    before = read.bounding_box()["y"]
    last = page.locator("#post-5")
    ada.go(f"/forum/p/{last.get_attribute('data-post')}/remove/")
    ada.page.get_by_role("button", name="Remove the post").click()
    expect(last).to_contain_text("Removed by its author.")
    assert abs(read.bounding_box()["y"] - before) <= 1
    # Nor does it move when replies come after all.
    for body in ("A reply.", "Another."):
        post(ada, topic, body)
    page.get_by_role("button", name="2 new replies").evaluate("button => button.click()")
    expect(page.locator("#post-7")).to_contain_text("Another.")
    assert abs(read.bounding_box()["y"] - before) <= 1
