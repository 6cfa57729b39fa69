"""What a topic asks of its readers, in a browser: a poll that two people watch, an announcement, slow mode, feeds."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("asked")]  # one world for all of them
WORLD = """
from accounts.models import Member
from forum.models import Category, Topic
from tests.factories import *
ada, grace = Member.objects.get(handle="ada"), Member.objects.get(handle="grace")
place = Category.objects.get(slug="governance")
for title in ("Where do we meet?", "When do we meet?"):
    asked = make_topic(title, category=place, author=ada)
    make_poll(asked, "Room one", "Room two", "Online", question="Which place?", shown="always")
ranked = make_topic("What comes first?", category=place, author=grace)
make_poll(ranked, "Data", "People", question="Which first?", kind="ranked", max_choices=2, is_secret=True)
told = make_topic("New rules for pilots", category=place, author=ada)
make_announcement(told)
make_member("Lise Wills", handle="lise", address="lise@va.gov")
Topic.objects.filter(pk=told.pk).update(slow_seconds=300, slow_reason="Let us breathe.")
"""


@pytest.fixture(scope="module")
def topics(embedded) -> dict[str, str]:
    """Address by the first word of the title."""
    embedded.python(WORLD)
    return {
        "Where": "where-do-we-meet",
        "When": "when-do-we-meet",
        "What": "what-comes-first",
        "New": "new-rules-for-pilots",
    }


def path_of(visitor, slug: str) -> str:
    link = visitor.go("/forum/").locator(f'a[href*="/{slug}/"]').first
    return link.get_attribute("href").split("#")[0]


def test_a_vote_reaches_the_other_reader_and_leaves_a_choice_alone(embedded, visit, topics, javascript):
    voter, watcher = visit(embedded), visit(embedded)
    voter.sign_in("grace@nasa.gov")
    path = path_of(voter, topics["Where" if javascript else "When"])
    watcher.sign_in("alan@navy.mil")
    page, other = voter.go(path), watcher.go(path)
    votes = other.locator(".poll-result tbody tr td:first-of-type")
    expect(votes).to_have_text(["0", "0", "0"])
    watcher.wait_until_live()
    page.get_by_label("Room one").check()
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_text("Your vote is counted.")).to_be_visible()
    expect(page.get_by_text("You have voted.")).to_be_visible()
    watcher.catch_up()
    expect(votes).to_have_text(["1", "0", "0"])
    other.get_by_label("Online").check()
    page.get_by_text("Change your vote").click()
    page.get_by_label("Room two").check()
    page.get_by_role("button", name="Change the vote").click()
    expect(page.locator(".poll-result tbody tr td:first-of-type")).to_have_text(["0", "1", "0"])
    if javascript:
        other.wait_for_timeout(2_500)  # longer than an open page waits before it asks
        expect(other.get_by_label("Online")).to_be_checked()
    other.get_by_role("button", name="Vote").click()
    expect(votes).to_have_text(["0", "1", "1"])


@pytest.mark.parametrize(
    ("width", "javascript", "who"),
    [
        pytest.param(1280, False, "alan@navy.mil", id="wide-plain"),
        pytest.param(390, False, "grace@nasa.gov", id="phone-plain"),
        pytest.param(390, True, "lise@va.gov", id="phone-scripts"),
    ],
)
def test_one_votes_in_secret_confirms_and_waits_for_ones_turn(
    embedded, visit, topics, width, javascript, who
):
    options = {"javascript": javascript, "viewport": {"width": width, "height": 844}}
    member, keeper = visit(embedded, **options), visit(embedded, **options)
    member.sign_in(who)
    keeper.sign_in("ada@gsa.gov")
    told = path_of(member, topics["New"])

    page = member.go(path_of(member, topics["What"]))
    page.get_by_label("People").select_option("1")
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_text("Nobody can see how")).to_be_visible()
    expect(page.get_by_text("fewer than 5 have voted")).to_be_visible()

    member.go(told)
    page.get_by_role("button", name="I have read this").click()
    expect(page.get_by_text("You confirmed that you have read this")).to_be_visible()
    page.locator("#id_body").fill("First thought")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator(".post-body").filter(has_text="First thought").last).to_be_visible()
    page.locator("#id_body").fill("Second thought")
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.locator("[data-errors]")).to_contain_text("You can post again in")
    expect(page.locator("#id_body")).to_have_value("Second thought")

    number = re.search(r"/t/(\d+)/", told)[1]
    expect(keeper.go(f"/forum/t/{number}/announcement/").get_by_text("have read it").first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_where_something_is_asked(embedded, visit, topics, width):
    seen = visit(embedded, viewport={"width": width, "height": 844})
    seen.sign_in("ada@gsa.gov")
    ranked, told = path_of(seen, topics["What"]), path_of(seen, topics["New"])
    number, announced = (re.search(r"/t/(\d+)/", path)[1] for path in (ranked, told))
    found = {}
    for path in (
        ranked, told, f"/forum/t/{number}/poll/", f"/forum/t/{announced}/poll/", f"/forum/t/{announced}/announcement/",
        f"/forum/t/{announced}/pin/", f"/forum/t/{announced}/slow/", f"/forum/t/{announced}/lock/",
        f"/forum/t/{number}/announcement/", f"/forum/t/{number}/poll/close/", f"/settings/feeds/?topic={number}",
    ):  # fmt: skip
        if faulty := faults(seen.go(path)):
            found[path] = faulty
    assert not found
