"""The smaller deeds of reading and writing, with scripts and without."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.test_live import post, start_topic

pytestmark = pytest.mark.browser


def deeds_of(visitor, topic: int, number: int):
    """The menu of a post: unfolded below it by scripts, a page of its own without them."""
    page = visitor.go(f"/forum/t/{topic}/-/")
    page.locator(f"#post-{number} .more").click()
    return page.locator(".post-deeds")


def test_a_post_is_kept_with_a_reminder_and_let_go(embedded, visit, javascript):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    title = f"Which of these is worth keeping, {'again' if javascript else 'once'}?"
    topic = start_topic(alan, title)
    deeds_of(alan, topic, 1).get_by_role("link", name="Bookmark", exact=True).click()
    page = alan.page
    page.get_by_role("button", name="Bookmark").click()
    expect(page.locator("#post-1")).to_contain_text("Bookmarked")
    kept = alan.go("/forum/bookmarks/").locator(".row").filter(has_text=title)
    expect(kept).to_contain_text("Post 1 by Alan Marsh")
    kept.get_by_role("link", name="Change").click()
    page.get_by_role("button", name="Remove the bookmark").click()
    alan.go("/forum/bookmarks/")
    expect(kept).to_have_count(0)


def test_a_topic_waits_for_its_day_and_becomes_a_draft_again(embedded, visit, javascript):
    grace = visit(embedded)
    grace.sign_in("grace@nasa.gov")
    title = f"What was decided, {'on' if javascript else 'off'} the record?"
    page = grace.go("/forum/new/?category=data")
    page.get_by_label("Title").fill(title)
    page.get_by_role("textbox", name="Text").fill("For next week.")
    page.get_by_text("Post later").click()
    page.get_by_label("Day").fill(f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}")
    page.get_by_label("Time").fill("09:30")
    page.get_by_role("button", name="Post it", exact=True).click()
    waiting = page.locator(".row").filter(has_text=title)
    expect(waiting).to_contain_text("9:30")
    waiting.get_by_role("link", name=title, exact=True).click()
    page.get_by_role("textbox", name="Text").fill("For the week after.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(waiting).to_contain_text("For the week after.")
    waiting.get_by_role("link", name="Do not post").click()
    page.get_by_role("button", name="Do not post").click()
    draft = grace.go("/forum/drafts/").locator(".row").filter(has_text=title)
    draft.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("textbox", name="Text")).to_have_value("For the week after.")
    page.get_by_role("button", name="Post it", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(grace.go("/forum/drafts/").locator(".row").filter(has_text=title)).to_have_count(0)


def test_a_reply_is_the_answer_is_removed_and_brought_back(embedded, visit, javascript):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "What is the answer?")
    page = grace.go(f"/forum/t/{topic}/-/")
    page.locator("#post-1").get_by_role("link", name=re.compile("^Reply")).click()
    expect(page.locator(".composer-parent")).to_contain_text("In reply to Ada Byrne")
    page.locator("#reply textarea").fill("Forty-two.")
    page.locator("#reply").get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator("#post-2")).to_have_class(re.compile("post-depth-1"))

    deeds_of(ada, topic, 2).get_by_role("link", name="This is the answer").click()
    ada.page.get_by_role("button", name="Mark as the answer").click()
    expect(ada.page.locator("#post-2 .post-label")).to_have_text("Answer")
    grace.go(f"/forum/t/{topic}/-/")
    expect(page.locator("#post-2 .post-label")).to_have_text("Answer")

    deeds_of(grace, topic, 2).get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove the post").click()
    expect(page.locator("#post-2")).to_contain_text("Removed by its author.")
    page.locator("#post-2").get_by_role("link", name=re.compile("^Bring back")).click()
    page.get_by_role("button", name="Bring it back").click()
    expect(page.locator("#post-2")).to_contain_text("Forty-two.")


def test_what_one_hears_of_a_topic_is_chosen_and_reset(embedded, visit, javascript):
    ada, alan = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    alan.sign_in("alan@navy.mil")
    page = alan.go(f"/forum/t/{start_topic(ada, 'Who wants to hear of it?')}/-/")
    levels = page.locator("aside .levels")
    chosen = levels.locator("button[aria-pressed=true]")
    before = chosen.inner_text()
    other = levels.locator("button[aria-pressed=false]").last
    name = other.inner_text()
    other.click()
    expect(chosen).to_have_text(name)
    page.reload()
    expect(chosen).to_have_text(name)
    page.get_by_role("link", name="Tags and category of this topic").click()
    page.locator("section", has=page.get_by_role("heading", name="This topic", exact=True)).get_by_role(
        "button", name="Reset"
    ).click()
    expect(page.locator("main .levels").first.locator("button[aria-pressed=true]")).to_have_text(before)


def test_a_topic_with_tags_and_a_poll_is_found_again(embedded, visit, javascript):
    ada = visit(embedded)
    ada.sign_in("ada@gsa.gov")
    word = "zinnia" if javascript else "dahlia"
    page = ada.go("/forum/new/?category=data")
    page.get_by_label("Title").fill(f"Shall we plant one {word}?")
    page.get_by_role("textbox", name="Text").fill("By the door.")
    page.get_by_label("Tags").fill(word)
    page.get_by_role("button", name="Post and add a poll").click()
    page.get_by_role("textbox", name="Question").fill("Where?")
    page.get_by_role("textbox", name="Options").fill("Here\nThere")
    page.get_by_role("button", name="Open the poll").click()
    expect(page.locator(".poll")).to_contain_text("Where?")
    page.get_by_label("There").check()
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_text("You have voted.")).to_be_visible()
    for path in (f"/forum/tags/{word}/", f"/search/?q={word}"):
        expect(ada.go(path).get_by_role("link", name=f"Shall we plant one {word}?").first).to_be_visible()


def test_all_of_a_list_is_read_at_once(embedded, visit, javascript):
    ada, alan = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    alan.sign_in("alan@navy.mil")
    topic = start_topic(ada, "How much is there to read?")
    post(ada, topic, "A little more.")
    page = alan.go("/forum/?filter=unread")
    row = page.locator(f'.row a[href^="/forum/t/{topic}/"]').first
    expect(row).to_be_visible()
    page.get_by_role("button", name=re.compile("^Mark (all|these) read")).click()
    alan.go("/forum/?filter=unread")
    expect(row).to_have_count(0)
