"""What axe and a ruler find wrong with a page as it stands."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The rules that look at colours; no other could find something in one theme alone, as long as both show the same.
COLORS = ["color-contrast", "link-in-text-block"]
VISIBLE = """() => [...document.querySelectorAll("body, body *")].map(
  (one) => [one.localName, one.checkVisibility({visibilityProperty: true, opacityProperty: true})].join()).join(" ")"""

# Colours change over some frames, one level of the page after the other.
SETTLED = """() => new Promise((done) => {
  const changes = () => document.getAnimations().some((one) => one.playState === "running");
  const look = () => (changes() ? requestAnimationFrame(look) : done());
  requestAnimationFrame(() => requestAnimationFrame(look));
})"""


def faults(page: Page, rules: list[str] | None = None) -> list[str]:
    """By all rules of WCAG 2.2 AA and good practice, or by those named."""
    if not page.evaluate("window.axe !== undefined"):
        page.evaluate(AXE_SCRIPT)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    answer = page.evaluate("options => axe.run(options)", {"runOnly": only, "resultTypes": ["violations"]})
    assert rules or answer["passes"], "axe looked at nothing"
    found = [
        f"{each['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for each in answer["violations"]
        for node in each["nodes"][:3]
    ]
    return found + too_wide(page)


def too_wide(page: Page) -> list[str]:
    is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return ["wider than the screen"] if is_wide else []
