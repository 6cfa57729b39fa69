"""What is seen in one tab is read everywhere, also when the network was away meanwhile."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_live import post, start_topic

pytestmark = pytest.mark.browser


def test_what_one_tab_has_on_its_screen_is_read_in_the_others(embedded, visit):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "Where do you keep your gold sets?")
    post(ada, topic, "In a bucket with a lock.")
    lists, reader = grace, grace.new_tab()
    lists.go("/forum/?filter=unread")
    row = lists.page.locator(".row", has=lists.page.locator(f'a[href^="/forum/t/{topic}/"]'))
    expect(row.locator(".badge")).to_have_text("2 new")
    expect(lists.page.locator("[data-live-text]")).to_have_text("Live")
    figure = lists.page.locator("[data-unread-topics]")
    unread = int(figure.text_content())

    # The first report is lost on the way; it is told again once the network is back.
    lost = []
    reader.page.route(
        f"**/forum/t/{topic}/read/", lambda route: (lost.append(route.request.post_data), route.abort())
    )
    with reader.page.expect_event("requestfailed", lambda request: request.url.endswith("/read/")):
        reader.go(f"/forum/t/{topic}/-/")
    reader.page.wait_for_timeout(300)  # the page learns of it a little later
    assert lost == ["seen=1-2"]
    assert reader.page.evaluate("sessionStorage.length > 0")
    reader.page.unroute(f"**/forum/t/{topic}/read/")
    reader.page.evaluate("dispatchEvent(new Event('online'))")
    expect(row.locator(".badge")).to_have_count(0)
    expect(row).not_to_have_class(re.compile("row--unread"))
    expect(figure).to_have_text(str(unread - 1 or ""))

    reader.go(f"/forum/t/{topic}/unread/?from=2").get_by_role("button", name="Mark as unread").click()
    expect(row.locator(".badge")).to_have_text("1 new")
    expect(row.locator(".row-title a")).to_have_attribute("href", re.compile(r"/2/#post-2$"))
    expect(figure).to_have_text(str(unread))


def test_a_topic_is_marked_read_and_unread_by_hand(embedded, visit, javascript):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "Who decides what is deleted?")
    for number in range(3):
        post(ada, topic, f"Point {number}.")
    page = grace.go("/forum/?filter=unread")
    row = page.locator(".row", has=page.locator(f'a[href^="/forum/t/{topic}/"]'))
    expect(row.locator(".badge")).to_have_text("4 new")
    page = grace.go(f"/forum/t/{topic}/unread/?from=1")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page).to_have_url(re.compile("/forum/"))
    grace.go("/forum/?filter=unread")
    expect(row).to_have_count(0)
    grace.go(f"/forum/t/{topic}/unread/?from=3").get_by_role("button", name="Mark as unread").click()
    grace.go("/forum/?filter=unread")
    expect(row.locator(".badge")).to_have_text("2 new")
    expect(row.locator(".row-title a")).to_have_attribute("href", re.compile(r"/3/#post-3$"))
