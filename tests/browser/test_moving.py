"""Posts that move while others read: open pages follow, what is being typed stays, and all of it works by plain forms."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_live import start_topic

pytestmark = pytest.mark.browser


def test_pages_follow_a_split_and_a_merge(embedded, visit, javascript):
    grace, ada = visit(embedded), visit(embedded)
    grace.sign_in("grace@nasa.gov")
    ada.sign_in("ada@gsa.gov")
    title = f"The budget alone, {'in one page' if javascript else 'page by page'}"
    topic = start_topic(grace, "Which of these questions is yours?")
    for body in ("First, the budget.", "Second, the staff."):
        grace.page.locator("#id_body").fill(body)
        grace.page.get_by_role("button", name="Reply", exact=True).click()
        expect(grace.page.locator(".post-body").filter(has_text=body)).to_be_visible()
    grace.wait_until_live()
    if javascript:
        grace.page.evaluate("window.stayed = true")
        grace.page.locator("#id_body").fill("Half a thought")

    ada.go(f"/forum/t/{topic}/-/")
    ada.page.get_by_role("link", name="Move, split, merge").click()
    ada.page.get_by_role("link", name="Split posts off").click()
    ada.page.get_by_label("#2 Grace Hollis").check()
    ada.page.get_by_label("Title of the new topic").fill(title)
    ada.page.get_by_role("button", name="See who gains and who loses").click()
    expect(ada.page.get_by_text("Nobody gains or loses access.")).to_be_visible()
    ada.page.get_by_label("Why?").fill("A matter of its own.")
    ada.page.get_by_role("button", name="Split them off").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(title)

    grace.catch_up()
    expect(grace.page.locator("[data-number='2']")).to_have_count(0)
    expect(grace.page.locator(".thread-line")).to_contain_text("moved 1 post to another topic")
    if javascript:
        expect(grace.page.locator("#id_body")).to_have_value("Half a thought")

    ada.go(f"/forum/t/{topic}/merge/")
    ada.page.get_by_label("Which topic?").fill(title.lower())
    ada.page.get_by_role("button", name="Find it").click()
    ada.page.get_by_label("Why?").fill("It was one after all.")
    ada.page.get_by_role("button", name="Merge the topics").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(title)
    if javascript:
        merged = grace.page.locator("[data-banner='merged']")
        expect(merged).to_contain_text("This topic was merged into another one.")
        expect(grace.page.locator("#id_body")).to_have_value("Half a thought")
        assert grace.page.evaluate("window.stayed")
        merged.get_by_role("link").click()
    grace.catch_up()
    expect(grace.page.get_by_role("heading", level=1)).to_have_text(title)
    expect(grace.page.locator(".thread-line").last).to_contain_text("merged another topic with 2 posts")
