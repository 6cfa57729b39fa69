"""Whatever happens while somebody writes: nothing typed is lost, and nothing is posted twice."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_live import start_topic

pytestmark = pytest.mark.browser
TOPIC = "/forum/t/1/who-signs-the-impact-assessment/"


def reply_field(page: Page):
    return page.locator("#reply textarea")


def text_field(page: Page):
    """Of a reply or of a new topic."""
    return page.locator("form[data-composer] textarea:not([readonly])").last


def write(page: Page, text: str) -> None:
    """At the end of the reply, until the server has it."""
    field = reply_field(page)
    field.click()
    field.press("Control+End")
    with page.expect_response(re.compile("/forum/drafts/reply/")):
        field.press_sequentially(text)


def said(page: Page, text: str) -> int:
    return page.locator(".post-body").filter(has_text=text).count()


def test_two_tabs_and_a_phone_write_on_one_draft(embedded, visit):
    desk = visit(embedded)
    desk.sign_in("grace@nasa.gov")
    topic = f"/forum/t/{start_topic(desk, 'Who reads the logs of your models?')}/-/"
    page = desk.go(topic)
    write(page, "From the desk.")
    expect(page.locator(".composer-state")).to_have_text("Draft saved")

    # Another device finds it, and goes on.
    phone = visit(embedded, viewport={"width": 390, "height": 844})
    phone.sign_in_by_form("grace@nasa.gov")
    there = phone.go(topic)
    expect(reply_field(there)).to_have_value("From the desk.")
    write(there, " From the phone.")

    # The desk does not know: both texts are offered, none is overwritten.
    write(page, " And again.")
    choice = page.locator("[data-choice]")
    expect(choice).to_contain_text("From the phone.")
    expect(choice.locator("ins")).to_contain_text("And again")
    expect(reply_field(page)).to_be_focused()
    page.get_by_role("button", name="Keep both").click()
    both = "From the desk. From the phone.\n\nFrom the desk. And again."
    expect(reply_field(page)).to_have_value(both)
    expect(page.locator(".composer-state")).to_have_text("Draft saved")
    expect(reply_field(phone.go(topic))).to_have_value(both)

    # Sent from the desk, it is nowhere a draft any more; the phone is told, and what it types stays.
    page.locator("#reply").get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator("#post-2")).to_contain_text("And again.")
    assert "Who reads the logs" not in desk.go("/forum/drafts/").locator("main").inner_text()
    write(there, " One thing more.")
    expect(there.locator(".composer-state")).to_contain_text("sent or discarded elsewhere")
    expect(reply_field(there)).to_have_value(f"{both} One thing more.")


def test_what_is_typed_before_the_scripts_have_come_is_kept_too(embedded, visit):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    topic = f"/forum/t/{start_topic(alan, 'Who types faster than the network?')}/-/"
    held = []
    alan.context.route(re.compile(r"/composer[^/]*\.js"), lambda route: held.append(route))
    page = alan.go(topic)
    reply_field(page).press_sequentially("Typed at once.")
    [script] = held
    script.continue_()
    expect(page.locator(".composer-state")).to_have_text("Draft saved")
    expect(reply_field(page)).to_be_focused()
    with page.expect_response(re.compile("/forum/drafts/reply/")):
        page.keyboard.type(" And on.")
    expect(reply_field(page)).to_have_value("Typed at once. And on.")
    alan.context.unroute_all()
    expect(reply_field(alan.go(topic))).to_have_value("Typed at once. And on.")


def test_what_is_typed_before_the_scripts_have_come_goes_below_what_this_browser_kept(embedded, visit):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    topic = f"/forum/t/{start_topic(alan, 'Who came back too early?')}/-/"
    page = alan.go(topic)
    page.evaluate("() => void (window.fetch = () => Promise.reject(new TypeError('in a tunnel')))")
    reply_field(page).press_sequentially("Typed in a tunnel.")
    expect(page.locator(".composer-state")).to_contain_text("Kept in this browser")
    page.close()
    held = []
    alan.context.route(re.compile(r"/composer[^/]*\.js"), lambda route: held.append(route))
    page = alan.new_tab().go(topic)
    reply_field(page).press_sequentially("Typed at once.")
    held.pop().continue_()
    expect(reply_field(page)).to_have_value("Typed in a tunnel.\n\nTyped at once.")
    expect(page.locator(".composer-state")).to_have_text("Draft saved")
    page.keyboard.type(" And on.")
    expect(reply_field(page)).to_have_value("Typed in a tunnel.\n\nTyped at once. And on.")


@pytest.mark.parametrize("kind", ["reply", "topic"])
def test_what_was_sent_before_the_scripts_had_come_is_not_offered_again(embedded, visit, kind):
    """The browser had kept the words as not sent: the tab was closed before the server said that it has them."""
    ada, alan = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    alan.sign_in("alan@navy.mil")
    topic = f"/forum/t/{start_topic(ada, 'Who is quicker than a script?')}/-/"
    form = {"reply": topic, "topic": "/forum/new/?category=data"}[kind]
    page = alan.go(form)
    if kind == "topic":
        page.get_by_label("Title").fill("Which words came twice?")
    text_field(page).press_sequentially("Once, *and* not twice.")
    page.wait_for_timeout(1_200)
    page.close()
    scripts = re.compile(r"\.js$")
    alan.context.route(scripts, lambda route: route.abort())
    page = alan.new_tab().go(form)
    for _ in range(50):  # until the words are there that the closed tab had sent off
        if text_field(page).input_value():
            break
        page.reload()
    page.get_by_role("button", name={"reply": "Reply", "topic": "Post it"}[kind], exact=True).click()
    expect(page.locator(".post-body").last).to_have_text("Once, and not twice.")
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('typed:')).length"
    assert page.evaluate(kept) == 1
    alan.context.unroute(scripts)
    page.reload()
    for _ in range(100):
        if not page.evaluate(kept):
            break
        page.wait_for_timeout(50)
    page = alan.new_tab().go(form)
    page.wait_for_timeout(500)
    expect(text_field(page)).to_have_value("")


def test_what_had_arrived_after_all_is_not_offered_for_another_topic(embedded, visit):
    """One is quicker at the next topic than the page of the last one is at saying that it is there."""
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    page = alan.go("/forum/new/?category=data")
    page.get_by_label("Title").fill("Who writes two in a row?")
    page.get_by_role("textbox", name="Text").fill("The first.")
    scripts = re.compile(r"\.js$")
    alan.context.route(scripts, lambda route: route.abort())
    page.get_by_role("button", name="Post it", exact=True).click()
    page.wait_for_url(re.compile(r"/forum/t/\d+/"))
    alan.context.unroute(scripts)
    with page.expect_response(lambda response: response.status == 409):
        alan.go("/forum/new/?category=data")
    expect(page.get_by_role("textbox", name="Text")).to_have_value("")
    expect(page.get_by_label("Title")).to_have_value("")
    page.get_by_label("Title").fill("And who reads both?")
    page.get_by_role("textbox", name="Text").fill("The second.")
    expect(page.locator(".composer-state")).to_have_text("Draft saved")
    page.get_by_role("button", name="Post it", exact=True).click()
    expect(page.locator("#post-1 .post-body")).to_have_text("The second.")


def test_a_dead_network_loses_nothing_that_was_typed(embedded, visit):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    topic = f"/forum/t/{start_topic(alan, 'What do you do in a tunnel?')}/-/"
    page = alan.go(topic)
    alan.context.route("**/forum/drafts/**", lambda route: route.abort())
    reply_field(page).click()
    reply_field(page).press_sequentially("Typed in a tunnel.")
    expect(page.locator(".composer-state")).to_contain_text("Kept in this browser")
    page.close()
    alan.context.unroute("**/forum/drafts/**")
    tab = alan.new_tab()
    page = tab.go(topic)
    expect(reply_field(page)).to_have_value("Typed in a tunnel.")
    page.get_by_text("Discard it").click()
    expect(reply_field(page)).to_have_value("")
    page.get_by_role("button", name="Undo").click()
    expect(reply_field(page)).to_have_value("Typed in a tunnel.")
    expect(page.locator(".composer-state")).to_have_text("Draft saved")


def test_one_post_edited_in_two_places_shows_both_texts(embedded, visit, javascript):
    ada = visit(embedded)
    ada.sign_in("ada@gsa.gov")
    start_topic(ada, "Which of the two texts stays?")
    ada.page.locator("#post-1").get_by_role("link", name="Edit").click()
    edit = ada.page.url.removeprefix(embedded.url)
    other = ada.new_tab()
    other.go(edit)
    ada.page.get_by_role("textbox", name="Text").fill("The first text.")
    ada.page.get_by_role("button", name="Save", exact=True).click()
    expect(ada.page.locator("#post-1")).to_contain_text("The first text.")
    other.page.get_by_role("textbox", name="Text").fill("The second text.")
    other.page.get_by_role("button", name="Save", exact=True).click()
    expect(other.page.get_by_role("heading", level=1)).to_contain_text("changed while you were editing")
    expect(other.page.locator("#id_current")).to_have_value("The first text.")
    expect(other.page.locator("#id_body")).to_have_value("The second text.")
    other.page.locator("#id_body").fill("The first text. The second text.")
    other.page.get_by_role("button", name="Save mine over it").click()
    expect(other.page.locator("#post-1")).to_contain_text("The first text. The second text.")
    assert "Which of the two" not in other.go("/forum/drafts/").locator("main").inner_text()


def test_a_slow_server_and_an_impatient_hand_make_one_post(embedded, visit, javascript):
    text = f"Pressed more than once, {'with' if javascript else 'without'} scripts."
    grace = visit(embedded)
    grace.sign_in("grace@nasa.gov")
    page = grace.go(TOPIC)
    reply_field(page).fill(text)
    if javascript:  # ten equal forms at once
        statuses = page.evaluate(
            """async () => {
              const form = document.querySelector("#reply");
              const send = () => fetch(form.action, { method: "POST", body: new FormData(form) });
              return (await Promise.all([...Array(10)].map(send))).map((answer) => answer.status);
            }"""
        )
        assert set(statuses) == {200}
    # The hand, twice, while the server takes its time.
    page.route("**/reply/", lambda route: page.wait_for_timeout(700) or route.continue_())
    page.locator("#reply").get_by_role("button", name="Reply", exact=True).dblclick()
    expect(page.locator(".post-body").filter(has_text=text)).to_have_count(1)
    page.unroute("**/reply/")
    assert said(grace.go(TOPIC + "?view=newest"), text) == 1
    assert reply_field(grace.page).input_value() == ""


def test_what_is_marked_is_quoted_with_its_author_by_the_keyboard(embedded, visit):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    page = alan.go(TOPIC)
    page.evaluate(
        """() => {
          const range = document.createRange();
          range.selectNodeContents(document.querySelector("#post-2 .post-body p"));
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }"""
    )
    expect(page.get_by_role("button", name="Quote", exact=True).first).to_be_visible()
    page.keyboard.press("q")
    expect(reply_field(page)).to_be_focused()
    expect(reply_field(page)).to_have_value("> [Ada Byrne](/p/2/):\n>\n> Point 0 of many.\n\n")
    reply_field(page).press_sequentially("What says @gra")
    expect(page.get_by_role("option", name="Grace Hollis")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+b")
    expect(reply_field(page)).to_have_value(re.compile(r"^\*\*.*@grace.*\*\*\s*$", re.DOTALL))
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".composer-preview blockquote a").first).to_have_text("Ada Byrne")


def test_what_is_typed_before_the_scripts_have_come_gets_its_offers_too(embedded, visit):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    held = []
    alan.context.route(re.compile(r"/writing[^/]*\.js"), lambda route: held.append(route))
    page = alan.go(TOPIC)
    with page.expect_request(re.compile(r"/writing[^/]*\.js")):
        reply_field(page).fill("")
    page.keyboard.type("@gra")
    held.pop().continue_()
    expect(page.get_by_role("option", name="Grace Hollis")).to_be_visible()


def test_a_quick_hand_chooses_while_the_offers_are_on_their_way(embedded, visit):
    ada, alan = visit(embedded), visit(embedded)
    ada.sign_in("ada@gsa.gov")
    alan.sign_in("alan@navy.mil")
    page = alan.go(f"/forum/t/{start_topic(ada, 'Whom do you ask?')}/-/")
    field = reply_field(page)
    field.focus()
    expect(page.locator("markdown-toolbar")).to_be_visible()
    field.press_sequentially("@gr")
    grace = page.get_by_role("option", name="Grace Hollis")
    expect(grace).to_be_visible()
    held = []
    alan.context.route("**/forum/complete/**", lambda route: held.append(route))
    with page.expect_request("**/forum/complete/**"):
        page.keyboard.type("ace")
    page.keyboard.press("Enter")
    expect(field).to_have_value(re.compile(r"^@grace\S* $"))
    alan.context.unroute_all()
    # What comes late is not offered for what is typed by then.
    page.keyboard.type("@a")
    expect(page.get_by_role("option", name="Ada Byrne")).to_be_visible()
    page.keyboard.press("Enter")
    expect(field).to_have_value(re.compile(r"^@grace\S* @ada\S* $"))
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_drafts_quotes_and_previews(embedded, visit, javascript):
    alan = visit(embedded)
    alan.sign_in("alan@navy.mil")
    page = alan.go("/forum/new/?category=data")
    page.get_by_label("Title").fill("May data leave the building?")
    page.get_by_role("textbox", name="Text").fill("**Which** data?")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".composer-preview strong" if javascript else ".post-body strong")).to_have_text(
        "Which"
    )
    if javascript:  # it saves by itself
        expect(page.locator(".composer-state")).to_have_text("Draft saved")
    else:
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_text("The draft is saved.")).to_be_visible()
    alan.go("/forum/drafts/").get_by_role("link", name="May data leave the building?", exact=True).click()
    expect(page.get_by_label("Title")).to_have_value("May data leave the building?")
    page = alan.go("/forum/drafts/")
    page.get_by_role("link", name="Discard May data leave").click()
    page.get_by_role("button", name="Discard it").click()
    expect(page.locator("main")).to_contain_text("The draft is discarded.")
    page = alan.go("/forum/p/3/")
    page.get_by_role("link", name="Quote").click()
    expect(reply_field(page)).to_have_value(re.compile(r"> \[Grace Hollis\]\(/p/3/\):"))


def test_a_draft_saved_by_hand_on_two_devices_loses_neither_text(embedded, visit):
    desk = visit(embedded, javascript=False)
    phone = visit(embedded, javascript=False, viewport={"width": 390, "height": 844})
    desk.sign_in("grace@nasa.gov")
    phone.sign_in_by_form("grace@nasa.gov")
    topic = f"/forum/t/{start_topic(desk, 'Who keeps the keys?')}/-/"
    for device in (desk, phone):
        device.go(topic)
    for device, text in ((desk, "From the desk."), (phone, "From the phone.")):
        reply_field(device.page).fill(text)
        device.page.get_by_role("button", name="Save draft").click()
        if device is desk:
            expect(desk.page.get_by_text("This is your draft")).to_be_visible()
    choice = phone.page.locator("[data-choice]")
    expect(choice).to_contain_text("From the desk.")
    phone.page.get_by_role("button", name="Keep both").click()
    both = "From the desk.\n\nFrom the phone."
    expect(reply_field(phone.page)).to_have_value(both)
    expect(reply_field(desk.go(topic))).to_have_value(both)
    desk.page.locator("#reply").get_by_role("button", name="Reply", exact=True).click()
    expect(desk.page.locator("#post-2")).to_contain_text("From the phone.")
    expect(reply_field(phone.go(topic))).to_have_value("")
