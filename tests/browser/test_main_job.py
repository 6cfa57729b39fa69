"""The product's main job, done by two people in two browsers, from signing up to hearing of each other. With scripts,
open pages tell of it; without, plain forms and links do all the same."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("layout", "javascript"),
    [
        pytest.param("embedded", True, id="embedded"),
        pytest.param("embedded", False, id="plain"),
        pytest.param("services", True, id="services", marks=pytest.mark.xdist_group("services")),
    ],
)
def test_two_people_meet_discuss_and_share(layout, javascript, request, visit):
    site = request.getfixturevalue(layout)
    rosa, tomas = visit(site), visit(site)
    way = request.node.callspec.id

    # Both sign up with an eligible address and prove it.
    rosa.sign_up("Rosa Ortiz", f"rosa.{way}@va.gov")
    tomas.sign_up("Tomas Marsh", f"tomas.{way}@usda.gov")

    # Rosa starts a topic.
    page = rosa.go("/forum/")
    page.get_by_role("link", name="Start a topic").first.click()
    page.get_by_label("Where", exact=True).select_option(label="Governance")
    title = f"What do you log for each {way} decision?"
    page.get_by_label("Title").fill(title)
    page.get_by_role("textbox", name="Text").fill("We keep a **ticket** and nothing else.")
    page.get_by_role("button", name="Post it", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    address = page.url
    rosa.wait_until_live()

    # Tomas finds it, and answers in the thread; Rosa hears of it.
    theirs = tomas.go("/forum/")
    theirs.get_by_role("link", name=title).click()
    tomas.wait_until_live()
    theirs.locator("#post-1").get_by_role("link", name="Reply").click()
    theirs.locator("#reply textarea").fill("Model, version and who looked.")
    theirs.locator("#reply").get_by_role("button", name="Reply", exact=True).click()
    expect(theirs.locator("#post-2")).to_contain_text("Model, version and who looked.")
    expect(theirs.locator("#post-2")).to_have_class(re.compile("post-depth-1"))

    if javascript:
        page.get_by_role("button", name="1 new reply").click()
        assert page.url == address
    rosa.catch_up()
    expect(page.locator("#post-2")).to_contain_text("Model, version and who looked.")
    expect(page.locator("[data-bell-count]")).to_have_text("1")
    if javascript:
        expect(page).to_have_title(re.compile(r"^\(1\) "))
    else:
        page = rosa.go("/notifications/")
        page.get_by_role("link", name=re.compile("^Tomas Marsh replied")).click()
        page.get_by_role("button", name="Mark all as read").click()
        page.goto(address)
        expect(page.locator("aside")).to_contain_text("2 of 2 read")

    # Rosa answers with a mention; Tomas sees the reply and hears of it.
    page.locator("#post-2").get_by_role("link", name="Reply").click()
    handle = theirs.locator(".menu-panel a[href^='/members/']").get_attribute("href").split("/")[2]
    page.locator("#reply textarea").fill(f"@{handle} since when do you keep the version?")
    page.locator("#reply").get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator("#post-3")).to_contain_text("since when")
    if javascript:
        theirs.get_by_role("button", name="1 new reply").click()
    tomas.catch_up()
    expect(theirs.locator("#post-3 .mention")).to_have_text(f"@{handle}")
    expect(theirs.locator("[data-bell-count]")).to_have_text("1")
    theirs.locator("[data-bell]").click()
    expect(theirs.locator("#bell-list" if javascript else "main")).to_contain_text("Rosa Ortiz mentioned you")
    if not javascript:
        theirs.get_by_role("link", name=re.compile("^Rosa Ortiz mentioned you")).click()

    # Rosa edits; Tomas's page follows.
    page.locator("#post-3").get_by_role("link", name="Edit").click()
    page.get_by_role("textbox", name="Text").fill(f"@{handle} since when do you keep the model's version?")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#post-3")).to_contain_text("model's version")
    tomas.catch_up()
    expect(theirs.locator("#post-3")).to_contain_text("model's version")

    page.get_by_label("Search").fill(f"log each {way} decision")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=title).first).to_be_visible()

    # Both join a working group; Tomas shares a file, Rosa takes it.
    for someone in (rosa, tomas):
        someone.go("/groups/").get_by_role("link", name="Responsible AI").first.click()
        someone.page.get_by_role("button", name="Join").first.click()
        expect(someone.page.locator(".group-head")).to_contain_text("Member")
    theirs = tomas.go("/groups/responsible-ai/resources/")
    name = f"decision-log-{way}.csv"
    theirs.get_by_text("Add files").first.click()
    theirs.locator("#upload input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": b"model,version\nscorer,4\n"}
    )
    theirs.locator("#upload").get_by_role("button", name="Upload").click()
    expect(theirs.get_by_role("link", name=re.compile(f"decision-log-{way}")).first).to_be_visible()
    page = rosa.go("/groups/responsible-ai/resources/")
    page.get_by_role("link", name=re.compile(f"decision-log-{way}")).first.click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("Download")).first.click()
    assert waiting.value.path().read_bytes() == b"model,version\nscorer,4\n"
    assert waiting.value.suggested_filename == name

    page = rosa.go("/")
    page.locator("details.menu summary").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
