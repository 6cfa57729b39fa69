"""Passkeys with Chromium's virtual authenticator, an authenticator app, recovery codes, and the session that ends while
somebody is writing."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Site, Visitor

pytestmark = pytest.mark.browser
TOPIC = "/forum/t/1/who-signs-the-impact-assessment/"


@pytest.fixture
def site(embedded: Site) -> Site:
    """Passkeys need an address with a name."""
    return replace(embedded, url=embedded.url.replace("127.0.0.1", "localhost"))


def new_member(site: Site, handle: str) -> str:
    address = f"{handle}@nasa.gov"
    site.python(
        f"from tests.factories import *; make_member({handle.title()!r}, handle={handle!r}, address={address!r})"
    )
    return address


@pytest.fixture
def authenticator(site: Site, visit) -> Iterator[Visitor]:
    """A browser on a device that checks its holder and keeps passkeys."""
    visitor = visit(site)
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield visitor
    devtools.send("WebAuthn.disable")


def sign_out(visitor: Visitor) -> None:
    page = visitor.go("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(visitor.site.url + "/")


def totp(secret: str) -> str:
    digest = hmac.new(
        base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1
    ).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def is_signed_in(page: Page) -> bool:
    return page.locator("html[data-member]").count() == 1


def test_a_passkey_is_made_signs_in_alone_and_confirms(site, authenticator):
    address = new_member(site, "hedy")
    page = authenticator.sign_in_by_form(address)
    authenticator.go("/settings/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("A name to know it by").fill("Work laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    authenticator.go("/settings/security/")
    expect(page.get_by_role("heading", name="Work laptop")).to_be_visible()

    sign_out(authenticator)
    authenticator.go("/accounts/login/?next=/settings/security/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(site.url + "/settings/security/")
    assert is_signed_in(page)
    expect(page.get_by_text("used", exact=False).first).to_be_visible()

    sign_out(authenticator)
    authenticator.go("/accounts/login/")
    page.locator("[name=login]").fill(address)
    page.locator("[name=password]").fill("community-of-practice")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(site.url + "/")
    assert is_signed_in(page)


def test_who_has_no_passkey_here_is_told(site, visit):
    visitor = visit(site)
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page = visitor.go("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")


def test_an_address_of_numbers_is_explained(embedded, visit):
    visitor = visit(embedded)
    page = visitor.go("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Open this site as http://localhost:")


def test_an_app_and_a_recovery_code(site, visit):
    visitor = visit(site)
    address = new_member(site, "mary")
    page = visitor.sign_in_by_form(address)
    visitor.go("/settings/security/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    secret = page.locator("#totp-secret").inner_text()
    page.get_by_label("Code that the app shows").fill(totp(secret))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10

    for code in (lambda: totp(secret), lambda: codes[3]):
        sign_out(visitor)
        visitor.go("/accounts/login/")
        page.locator("[name=login]").fill(address)
        page.locator("[name=password]").fill("community-of-practice")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("Code of your authenticator app").fill(code())
        page.get_by_role("button", name="Sign in with the code").click()
        page.wait_for_url(site.url + "/")
        assert is_signed_in(page)


def test_a_password_typed_while_the_scripts_arrive_is_whole_and_can_be_shown(site, visit):
    visitor = visit(site)
    address = new_member(site, "quickly")
    held = []
    visitor.context.route(re.compile(r"/passwords[^/]*\.js"), lambda route: held.append(route))
    page = visitor.go("/accounts/login/")
    page.locator("[name=login]").fill(address)
    field = page.locator("[name=password]")
    field.press_sequentially(PASSWORD[:9])
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    held.pop().continue_()
    show = page.get_by_role("button", name="Show")
    expect(show).to_be_visible()
    expect(field).to_be_focused()
    page.keyboard.type(PASSWORD[9:])
    show.click()
    expect(field).to_have_attribute("type", "text")
    expect(field).to_have_value(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(site.url + "/")


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_half_written_post_outlives_its_session(site, visit, javascript):
    text = f"Half an hour of thought, {'with' if javascript else 'without'} scripts."
    visitor = visit(site)
    page = visitor.sign_in_by_form("alan@navy.mil")
    visitor.go(TOPIC)
    page.locator("form.composer textarea").last.fill(text)
    visitor.context.clear_cookies(name="session")  # as the browser does when it has expired
    page.locator("form.composer button[type=submit]").last.click()
    page.wait_for_url("**/accounts/login/**")
    page.locator("[name=login]").fill("alan@navy.mil")
    page.locator("[name=password]").fill("community-of-practice")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(site.url + "/accounts/kept/")
    expect(page.get_by_label("Body")).to_have_value(text)
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_url("**/forum/t/1/**")
    expect(page.locator(".post-body", has_text=text)).to_have_count(1)


def test_the_end_of_a_session_is_announced_and_can_be_put_off(site, visit):
    visitor = visit(site)
    page = visitor.sign_in_by_form("alan@navy.mil")

    def answer(route) -> None:
        if route.request.method == "GET":
            route.fulfill(json={"seconds": 110, "extendable": True})
        else:
            route.continue_()

    page.route("**/accounts/session/", answer)
    page.clock.install()
    visitor.go("/settings/profile/")
    expect(page.locator("html:not([data-session])")).to_have_count(1)
    page.clock.fast_forward("28:30")
    note = page.get_by_role("alert")
    expect(note).to_contain_text("You will be signed out in 2 minutes")
    with page.expect_response(lambda response: response.request.method == "POST") as extended:
        note.get_by_role("button", name="Stay signed in").click()
    assert extended.value.json()["seconds"] > 1700
    expect(note).to_have_count(0)


def test_an_ended_session_says_so(site, visit):
    visitor = visit(site)
    page = visitor.sign_in_by_form("alan@navy.mil")
    page.clock.install()
    visitor.go("/settings/profile/")
    visitor.context.clear_cookies(name="session")
    expect(page.locator("html:not([data-session])")).to_have_count(1)
    page.clock.fast_forward("30:00")
    note = page.get_by_role("alert")
    expect(note).to_contain_text("You are signed out")
    assert (
        note.get_by_role("link", name="Sign in again").get_attribute("href")
        == "/accounts/login/?next=%2Fsettings%2Fprofile%2F"
    )
