"""axe on the pages people use, at both widths and in both themes; nothing wider than the screen."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import COLORS, SETTLED, VISIBLE, faults, too_wide
from tests.browser.conftest import Site, Visitor, watch

pytestmark = pytest.mark.browser

TOPIC = "/forum/t/1/who-signs-the-impact-assessment/"
PAGES = [
    "/", "/forum/", "/forum/c/governance/", TOPIC, "/forum/new/", "/groups/", "/groups/responsible-ai/",
    "/groups/responsible-ai/discussions/", "/groups/responsible-ai/resources/", "/groups/responsible-ai/members/",
    "/groups/responsible-ai/settings/", "/groups/new/", "/notifications/", "/search/?q=impact", "/search/",
    "/members/", "/members/ada/", "/settings/profile/", "/settings/security/", "/settings/notifications/", "/settings/avatar/", "/settings/data/",
    "/settings/data/close/",
    "/settings/tokens/", "/accounts/factors/webauthn/add/", "/accounts/factors/totp/activate/", "/accounts/reauthenticate/",
    "/accounts/email/", "/accounts/sessions/", "/accounts/password/change/", "/forum/p/2/history/", "/forum/p/2/", f"{TOPIC}map/", f"{TOPIC}people/", f"{TOPIC}?branch=1", "/forum/drafts/", "/forum/scheduled/", "/nowhere/",
    "/forum/tags/", "/forum/categories/", "/forum/following/", "/forum/c/governance/follow/", "/forum/t/1/follow/",
    "/forum/t/1/unread/", "/forum/?filter=unread&category=governance",
]  # fmt: skip
STAFF = [
    "/moderation/", "/moderation/members/", "/moderation/members/alan/", "/moderation/members/alan/suspend/",
    "/moderation/members/alan/proof/", "/moderation/members/alan/roles/", "/moderation/appeals/", "/moderation/roles/",
    "/moderation/rules/", "/moderation/rules/add/",
    "/forum/t/1/moves/", "/forum/t/1/split/", "/forum/t/1/move/?category=data", "/forum/t/1/merge/?to=draft",
    "/forum/categories/new/", "/forum/c/governance/edit/",
    "/forum/tags/new/",
]  # fmt: skip
PUBLIC = [
    "/",
    "/about/",
    "/about/steering/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/outbox/",
]
WIDE, PHONE, SMALLEST = ({"width": width, "height": 844} for width in (1280, 390, 320))
LOOKED_AT = [
    (who, path)
    for who, paths in (("", PUBLIC), ("grace@nasa.gov", PAGES), ("ada@gsa.gov", STAFF))
    for path in paths
]


@pytest.fixture(scope="module")
def look_at(embedded: Site, chromium: Browser) -> Iterator[Callable[[str, str], Visitor]]:
    """Opens a page for a member, or for nobody; each stays at the same browser, which keeps the site's files."""
    lookers: dict[str, Visitor] = {}

    def look_at(who: str, path: str) -> Visitor:
        if who not in lookers:
            context = chromium.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
            lookers[who] = watch(embedded, context, [])
            if who:
                lookers[who].sign_in(who)
        looker = lookers[who]
        looker.complaints.clear()
        looker.page.set_viewport_size(WIDE)
        looker.page.emulate_media(color_scheme="light")
        looker.go(path)
        return looker

    yield look_at
    for looker in lookers.values():
        looker.context.close()


def faults_by_theme(page: Page) -> list[str]:
    """By all rules in the light; in the dark, which may show and hide nothing, by those that look at colours."""
    light = faults(page)
    for _attempt in range(3):  # a page may just be hearing from the server
        show_theme(page, "light")
        shown = page.evaluate(VISIBLE)
        show_theme(page, "dark")
        if is_same := page.evaluate(VISIBLE) == shown:
            break
    dark = faults(page, COLORS)
    if not is_same:
        dark.append("shows something else")
    show_theme(page, "light")
    return [f"light: {each}" for each in light] + [f"dark: {each}" for each in dark]


def show_theme(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    page.evaluate(SETTLED)


# Each worker begins with one half of them, on a site where nobody has written yet.
@pytest.mark.parametrize(
    ("who", "path"),
    [
        pytest.param(*each, marks=pytest.mark.xdist_group(f"axe-{number % 2}"), id=f"{each[0].split('@')[0] or 'anyone'} {each[1]}")
        for number, each in enumerate(LOOKED_AT)
    ],
)  # fmt: skip
def test_a_page_is_without_fault(look_at, who, path):
    looker = look_at(who, path)
    page, found = looker.page, []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        found += [f"{size['width']}, {each}" for each in faults_by_theme(page)]
    page.set_viewport_size(SMALLEST)
    found += [f"320: {each}" for each in too_wide(page)]
    assert not found + looker.complaints
    assert not who or page.locator("h1").count() == 1


def test_every_page_has_a_title_of_its_own(embedded, visit):
    member = visit(embedded)
    member.sign_in("grace@nasa.gov")
    titles: dict[str, str] = {}
    for path in PAGES:
        title = re.search(
            r"<title>(.*?)</title>", member.page.request.get(embedded.url + path).text(), re.DOTALL
        )[1]
        assert title not in titles, f"{path} and {titles.get(title)}"
        titles[title] = path
