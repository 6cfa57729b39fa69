"""Reactions in the browser: by plain forms, and in place for everyone who has the page open."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_live import start_topic

pytestmark = pytest.mark.browser
LIKE = re.compile(r"^Like\b")


def test_a_reaction_is_seen_by_others_and_taken_back(embedded, visit, javascript):
    ada, grace = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    grace.sign_in("grace@nasa.gov")
    topic = start_topic(ada, "Who reviews your prompts?")
    ada.wait_until_live()
    page = grace.go(f"/forum/t/{topic}/-/")
    if javascript:
        page.evaluate("window.stayed = true")
    like = page.locator("#post-1").get_by_role("button", name=LIKE)
    like.click()
    expect(like).to_have_attribute("aria-pressed", "true")
    ada.catch_up()
    theirs = ada.page.locator("#post-1").get_by_role("link", name=LIKE)
    expect(theirs).to_contain_text("1")
    if javascript:  # without a reload, and the focus stays; the name tells posts apart
        expect(like).to_be_focused()
        expect(like).to_have_accessible_name(re.compile(", post 1$"))
    like.click()
    expect(like).to_have_attribute("aria-pressed", "false")
    ada.catch_up()
    expect(theirs).to_have_count(0)
    assert not javascript or page.evaluate("window.stayed")
