"""Files added to a text: by button, paste and drop, slowly, wrongly, and with JavaScript off."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.axe import faults

pytestmark = pytest.mark.browser

UPLOADS = "**/api/v1/attachments/"
BRING = """(form, [kind, name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: "image/png" }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  form.querySelector("textarea").dispatchEvent(event);
}"""


def png(color: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 600), color).save(out, "PNG")
    return out.getvalue()


def choose(page: Page, name: str, content: bytes) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach files").click()
    chooser.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})


def new_topic(member, title: str) -> str:
    page = member.go("/forum/new/?category=governance")
    page.get_by_label("Title").fill(title)
    page.get_by_role("textbox", name="Text").fill("What do your figures say?")
    page.get_by_role("button", name="Post it", exact=True).click()
    page.wait_for_url(re.compile("/forum/t/"))
    return page.url.removeprefix(member.site.url)


def test_files_arrive_while_one_goes_on_typing(embedded, visit):
    grace, alan = visit(embedded), visit(embedded)
    grace.sign_in("grace@nasa.gov")
    alan.sign_in("alan@navy.mil")
    page = alan.go(new_topic(grace, "Figures, and how to show them"))
    text, form = page.locator("#reply textarea"), page.locator("#reply")
    text.click()
    text.press_sequentially("Before: ")

    # Two files are slow. The text grows meanwhile, one of them is given up, and nothing can be posted without the other.
    held = []
    page.route(UPLOADS, lambda route: held.append(route))
    choose(page, "slow.png", png())
    choose(page, "unwanted.png", png())
    text.click()
    text.press("Control+End")
    text.press_sequentially("after")
    text.press("Control+Enter")
    expect(page.locator(".attachments-note")).to_contain_text("still on their way")
    page.get_by_role("button", name="Cancel attaching “unwanted.png”").click()
    expect(text).to_be_focused()
    expect(page.locator(".attachment")).to_have_count(1)
    held[0].continue_()
    expect(page.get_by_label("What does the picture show?")).to_be_visible()
    expect(text).to_have_value(re.compile(r"^Before: !\[\]\(/forum/a/\d+/\) after$"))
    expect(text).to_be_focused()
    assert text.evaluate("field => field.selectionStart === field.value.length")
    page.get_by_label("What does the picture show?").fill("Reviews [a month]")
    expect(text).to_have_value(re.compile(r"^Before: !\[Reviews \\\[a month\\\]\]\(/forum/a/\d+/\) after$"))

    page.unroute(UPLOADS)

    # What the server refuses, and what does not arrive, say so beside the file; the latter can be tried again.
    choose(page, "page.html", b"<html>")
    expect(page.locator(".attachment--failed")).to_contain_text("“page.html” cannot be shared here")
    page.get_by_role("button", name="Remove “page.html”").click()
    page.route(UPLOADS, lambda route: route.abort())
    text.press("Control+End")
    choose(page, "table.csv", b"a,b\n1,2\n")
    expect(page.locator(".attachment--failed")).to_contain_text("did not arrive")
    expect(page.locator("#announcer")).to_contain_text("did not arrive", timeout=12_000)
    page.unroute(UPLOADS)
    page.get_by_role("button", name="Try again to attach “table.csv”").click()
    expect(text).to_have_value(re.compile(r" after \[table\.csv\]\(/forum/a/\d+/\)\n$"))

    import base64

    for kind, name in (("paste", "pasted.png"), ("drop", "dropped.png")):
        form.evaluate(BRING, [kind, name, base64.b64encode(png("brown")).decode()])
        expect(page.locator(".attachment", has_text=name).locator("img")).to_be_visible()
    # A draft taken up again shows the files it names.
    expect(page.locator(".composer-state")).to_contain_text("saved", timeout=10_000)
    page.reload()
    text.click()
    expect(page.locator(".attachment")).to_have_count(4)
    expect(page.get_by_label("What does the picture show?").first).to_have_value("Reviews [a month]")
    page.get_by_role("button", name="Remove “dropped.png”").click()
    expect(page.locator(".attachment")).to_have_count(3)
    page.evaluate(
        "scrollTo(0, 0)"
    )  # what stands half under the header is measured as if it were half as large
    assert not faults(page)

    page.get_by_role("button", name="Reply", exact=True).last.click()
    for reader in (page, grace.go(page.url.removeprefix(embedded.url))):
        shown = reader.locator("#post-2 .post-body")
        expect(shown.locator("img")).to_have_count(2)
        picture = shown.get_by_role("img", name="Reviews [a month]")
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_attribute("width", "720")
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") == 720
        expect(shown.locator(".post-file-size")).to_have_text("(CSV, 8 B)")
    reader.locator("#post-2").get_by_role("img", name="Reviews [a month]").click()
    reader.wait_for_url(re.compile(r"/forum/a/\d+/$"))
    assert reader.locator("img").evaluate("image => image.naturalWidth") == 1200


def test_files_are_refused_and_taken(embedded, visit, javascript):
    member = visit(embedded, viewport={"width": 390, "height": 844})
    member.sign_in("grace@nasa.gov")
    page = member.go(new_topic(member, "Files, by whatever form"))
    page.locator("#reply textarea").fill("The words are kept.")
    attach(page, javascript, {"page.html": b"<html>"})
    refused = page.locator(".attachment--failed" if javascript else "[data-errors]")
    expect(refused).to_contain_text("“page.html” cannot be shared here")
    expect(page.locator("#reply textarea")).to_have_value("The words are kept.")
    if javascript:
        page.get_by_role("button", name="Remove “page.html”").click()
    attach(page, javascript, {"chart.png": png(), "table.csv": b"a,b\n1,2\n"}, shows="Reviews a month")
    page.get_by_role("button", name="Reply", exact=True).last.click()
    expect(page.locator("#post-2").get_by_role("img", name="Reviews a month")).to_be_visible()
    expect(page.locator("#post-2").get_by_role("link", name="table.csv")).to_be_visible()
    expect(page.locator("#post-2")).to_contain_text("The words are kept.")


def attach(page: Page, javascript: bool, files: dict[str, bytes], shows: str = "") -> None:
    """With scripts they arrive one by one before the post is sent, without them along with it."""
    if javascript:
        for name, content in files.items():
            choose(page, name, content)
            expect(page.locator(".attachment", has_text=name)).to_be_visible()
        if shows:
            page.get_by_label("What does the picture show?").fill(shows)
            for written in (rf"!\[{shows}\]\(", r"\[table\.csv\]\("):  # in the order in which they arrive
                expect(page.locator("#reply textarea")).to_have_value(re.compile(written))
        return
    given = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        for name, content in files.items()
    ]
    page.locator("#id_file").set_input_files(given)
    if shows:
        page.get_by_label("What do the pictures show?").fill(shows)
    else:
        page.get_by_role("button", name="Reply", exact=True).last.click()
