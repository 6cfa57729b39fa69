"""Finding one's way in a topic that is longer than a page, with scripts and without."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_live import post, start_topic

pytestmark = pytest.mark.browser
TOPIC = "/forum/t/1/who-signs-the-impact-assessment/"


def test_branches_fold_and_stay_folded(embedded, visit):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    page = alan.go(TOPIC)
    reply = page.locator("#post-26")
    fold = page.locator("#post-1 .fold")
    expect(reply).to_be_visible()
    fold.focus()
    page.keyboard.press("Enter")
    expect(reply).to_be_hidden()
    expect(fold).to_be_focused()
    expect(fold).to_have_text("1 reply hidden")
    expect(fold).to_have_attribute("aria-expanded", "false")
    page.reload()
    expect(reply).to_be_hidden()
    page.goto(f"{embedded.url}{TOPIC}26/#post-26")
    expect(reply).to_be_visible()
    page.locator("#post-26 .branch-line").click()
    expect(reply).to_be_hidden()
    fold.click()
    expect(reply).to_be_visible()


def test_the_menu_of_a_post_and_the_map_of_the_topic(embedded, visit):
    alan = visit(embedded)
    alan.context.grant_permissions(["clipboard-read", "clipboard-write"])
    alan.sign_in("alan@navy.mil")
    page = alan.go(TOPIC)
    page.get_by_role("link", name="More, post 2", exact=True).click()
    menu = page.locator("#post-2 .menu-panel")
    menu.get_by_role("link", name="Link to this post").click()
    expect(page.locator("#announcer")).to_contain_text("The link is copied")
    assert re.fullmatch(r".*/p/\d+/", page.evaluate("navigator.clipboard.readText()"))
    expect(menu).to_be_hidden()
    page.locator("#post-2 summary.more").click()
    menu.get_by_role("button", name="Well done").click()
    mine = page.locator("#post-2 > .post-actions > [value=celebrate]")
    expect(mine).to_have_attribute("aria-pressed", "true")
    expect(mine).to_be_focused()

    page.get_by_role("link", name="Map", exact=True).click()
    sheet = page.get_by_role("dialog", name="Map of this topic")
    expect(sheet.get_by_role("link")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.get_by_role("link", name="Map", exact=True)).to_be_focused()
    page.get_by_role("link", name="Map", exact=True).click()
    sheet.get_by_role("link").last.click()
    expect(page).to_have_url(re.compile(r"#post-\d+$"))
    expect(page.locator("main")).to_contain_text("Posts 21–")


def test_what_is_done_to_a_topic_shows_to_its_readers(embedded, visit, javascript):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "What shall this be called?")
    post(grace, topic, "Anything shorter.")
    page = grace.go(f"/forum/t/{topic}/-/")
    grace.wait_until_live()
    if javascript:
        page.evaluate("window.stayed = true")
        page.locator("#reply textarea").press_sequentially("Half a thought")
    ada.go(f"/forum/t/{topic}/edit/").get_by_label("Title").fill("This has a better name")
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("This has a better name")
    grace.catch_up()
    expect(page.get_by_role("heading", level=1)).to_have_text("This has a better name")
    expect(page.locator(".thread-line")).to_contain_text("Ada Byrne renamed this topic")
    if javascript:
        expect(page.locator("#reply textarea")).to_be_focused()
    ada.go(f"/forum/t/{topic}/lock/").get_by_label(re.compile("Reason|Why")).first.fill("All is said here.")
    ada.page.get_by_role("button", name="Lock").click()
    expect(ada.page.locator(".chips")).to_contain_text("Locked")
    grace.catch_up()
    expect(page.locator(".chips")).to_contain_text("Locked")
    expect(page.locator(".thread-line").last).to_contain_text("All is said here.")
    if javascript:
        expect(page.locator("#reply textarea")).to_have_value("Half a thought")
        assert page.evaluate("window.stayed")
    else:
        expect(page.locator("#reply textarea")).to_have_count(0)


def test_the_ways_through_a_topic(embedded, visit, javascript):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    page = alan.go(TOPIC)
    page.get_by_role("link", name="Flat").click()
    expect(page.locator("#post-20")).to_be_visible()
    page.get_by_role("link", name="More posts").first.click()
    expect(page.locator("#post-21")).to_be_visible()
    page.locator(".jump summary").click()
    page.get_by_label("To post").fill("7")
    page.get_by_role("button", name="Jump").click()
    expect(page).to_have_url(f"{embedded.url}{TOPIC}7/?view=flat#post-7")
    page.locator(".jump summary").click()
    page.get_by_label("or to a day").fill("2020-01-01")
    page.get_by_role("button", name="Jump").click()
    expect(page).to_have_url(f"{embedded.url}{TOPIC}1/?view=flat#post-1")
    alan.go(TOPIC).get_by_role("link", name="Map", exact=True).click()
    expect(page.get_by_role("heading", name="Map of this topic")).to_be_visible()
    page.locator(".shape a").last.click()
    expect(page.locator("main")).to_contain_text("Posts 21–")
    page.get_by_role("link", name=re.compile("people from|person from|people")).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People in this topic")

    page = alan.go(TOPIC)
    page.locator("#post-1 .more").click()
    page.get_by_role("button", name="Thank you").click()
    thanks = page.locator("#post-1 > .post-actions > [value=thanks]")
    expect(thanks).to_have_attribute("aria-pressed", "true")
    thanks.click()
    expect(thanks).to_have_count(0)
    page.locator("#post-1 .more").click()
    page.get_by_role("link", name="This post and its replies alone").click()
    expect(page.locator(".post")).to_have_count(2)
    page.get_by_role("link", name="Show the whole topic").click()
    page.locator("#post-1 .more").click()
    page.get_by_role("link", name="Bookmark", exact=True).click()
    page.get_by_role("button", name="Bookmark").click()
    page.locator("#post-1").get_by_role("link", name="Bookmarked").click()
    page.get_by_role("button", name="Remove the bookmark").click()
    expect(page.locator("#post-1")).not_to_contain_text("Bookmarked")
    page.get_by_role("link", name="Print").click()
    expect(page.locator("#post-25")).to_contain_text("of many")
