"""Open topics end with what the server has, whatever breaks on the way."""

import json
import os
import random
import signal
import socket
import time
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_live import start_topic
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("services")]
DEEDS = 100
BREAKS = 6
SEEDS = random.SystemRandom()
TYPED = "Half a reply, with its second half still in my"
WATCH = """() => {
  window.stayed = true;
  window.said = [];
  new MutationObserver(() => said.push(Date.now())).observe(document.getElementById("announcer"), {childList: true, characterData: true, subtree: true});
}"""
# The post that is being read stands below the header; what happens to those above and below it must not move it.
READ = {3, 4}
SCROLL = "() => scrollBy(0, document.querySelector('#post-4').getBoundingClientRect().top - 65)"
SHOWN = """() => [...document.querySelectorAll("[data-post]")].map(
  (post) => [Number(post.dataset.post), Number(post.dataset.version), post.querySelector(".post-body")?.textContent.trim() ?? ""])"""


class Writer:
    """Writes, edits and removes in a topic by plain forms, and knows what must come of it."""

    def __init__(self, visitor, topic: int, chance: random.Random) -> None:
        self.visitor, self.topic, self.chance = visitor, topic, chance
        self.own: dict[int, int] = {}  # post: revision
        self.version = 1
        self.token = visitor.page.locator("meta[name=csrf-token]").get_attribute("content")

    def post(self, path: str, **fields: str) -> str:
        url = self.visitor.site.url
        answer = self.visitor.page.request.post(
            url + path,
            form={"csrfmiddlewaretoken": self.token, **fields},
            headers={"Referer": f"{url}/"},
            max_redirects=0,
        )
        assert answer.status == 302, f"{path}: {answer.status} {answer.text()[:500]}"
        return answer.headers["location"]

    def changes(self, since: int) -> dict:
        path = f"{self.visitor.site.url}/api/v1/topics/{self.topic}/changes/?since={since}"
        answer = self.visitor.page.request.get(path).json()
        self.version = answer["version"]
        return answer

    def list(self) -> list[dict]:
        """What the server has, in the order of the tree."""
        return self.changes(since=0)["posts"]

    def act(self, number: int) -> None:
        deed = self.chance.random() if number > 0 else 1  # the first ones stand beside each other
        if deed < 0.3 and self.own:
            post = self.chance.choice(list(self.own))
            self.post(
                f"/forum/p/{post}/edit/", body=f"Edited by deed {number}.", revision=str(self.own[post])
            )
            self.own[post] += 1
        elif deed < 0.36 and self.own:
            post = self.chance.choice(list(self.own))
            self.post(f"/forum/p/{post}/remove/", reason="Said twice.")
            del self.own[post]
        else:
            parent = str(self.chance.choice(list(self.own))) if self.own and deed < 0.8 else ""
            self.post(
                f"/forum/t/{self.topic}/reply/",
                body=f"Said by deed {number}.",
                parent=parent,
                token=f"deed-{number}",
            )
            # They come in the order of the tree, and edits and removals are among them.
            newest = max(self.changes(since=self.version)["posts"], key=lambda post: post["number"])
            if newest["number"] not in READ:
                self.own[newest["id"]] = newest["revision"]


def kill_sockets(site: Site) -> None:
    """The process that holds them; it is started again. Waits until it is there after the last time."""
    wait_until(lambda: listens(int(site.environment["PORT"]) + 2) and was_killed(site), 30)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def was_killed(site: Site) -> bool:
    """False while the supervisor still names the one that ended before."""
    running = json.loads((Path(site.environment["DATA_DIR"]) / "services.json").read_text())
    try:
        os.kill(running["pids"]["live"], signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


PRESS_PILL = """() => {
  const pill = document.querySelector(".thread-pill button");
  pill?.click();
  return pill !== null;
}"""


def read_all(page: Page) -> None:
    """Press every "2 new replies" until there are none."""
    deadline = time.monotonic() + 30
    while page.evaluate(PRESS_PILL):
        assert time.monotonic() < deadline
        page.wait_for_timeout(150)


# A failure shows the seed; SEED in the environment repeats it.
@pytest.mark.parametrize(
    "seed", [pytest.param(int(os.environ.get("SEED") or SEEDS.randrange(10**6)), id="any")]
)
def test_two_browsers_end_with_the_servers_list_whatever_is_killed(services, redis, visit, seed):
    chance = random.Random(seed)
    ada, alan, grace = visit(services), visit(services), visit(services)
    ada.sign_in("ada@gsa.gov")
    alan.sign_in("alan@navy.mil")
    grace.sign_in("grace@nasa.gov")
    writer = Writer(ada, start_topic(ada, "What breaks, and what comes back?"), chance)
    for number in range(8):
        writer.act(-number - 1)
    pages = [
        alan.go(f"/forum/t/{writer.topic}/-/"),
        grace.go(f"/forum/t/{writer.topic}/-/?view=flat"),
    ]
    for page in pages:
        expect(page.locator("[data-live-text]")).to_have_text("Live")
        page.evaluate(WATCH)
        page.locator("#reply textarea").press_sequentially(TYPED)
        page.evaluate(SCROLL)
    before = [standing(page) for page in pages]
    # As often the one as the other: the supervisor gives up a process that ends at once many times in a row.
    kinds = chance.sample([lambda: kill_sockets(services), redis.kill] * (BREAKS // 2), BREAKS)
    breaks = dict(zip(chance.sample(range(5, DEEDS - 5), BREAKS), kinds, strict=True))
    away = 0
    for number in range(DEEDS):
        if number in breaks:
            breaks[number]()
            away = number + chance.randint(2, 8)
        if redis.is_away() and number >= away:
            redis.start()
        writer.act(number + 1)
    if redis.is_away():
        redis.start()
    expected = {post["id"]: (post["version"], text_of(post)) for post in writer.list()}
    for page, stood in zip(pages, before, strict=True):
        expect(page.locator("[data-live-text]")).to_have_text("Live", timeout=60_000)
        page.wait_for_function(
            "count => [...document.querySelectorAll('.thread-pill')].reduce((n, pill) => n + pill.dataset.ids.split(',').length, 0) "
            "+ document.querySelectorAll('[data-post]').length >= count",
            arg=sum(1 for post in writer.list() if not post["is_removed"]),
            timeout=60_000,
        )
        assert page.evaluate("document.activeElement.matches('#reply textarea')"), "the focus moved"
        assert page.locator("#reply textarea").input_value() == TYPED
        assert abs(standing(page) - stood) <= 2, "what is read moved"
        read_all(page)
        page.wait_for_timeout(500)
        shown = {post: (version, text) for post, version, text in page.evaluate(SHOWN)}
        living = {post: said for post, said in expected.items() if post in shown or said[1]}
        assert shown == living
        assert page.evaluate("window.stayed"), "the page was loaded anew"
        assert page.locator("#reply textarea").input_value() == TYPED
        said = page.evaluate("window.said")
        assert all(later - earlier >= 4_900 for earlier, later in pairwise(said))
    order = [post["id"] for post in writer.list()]
    assert [one[0] for one in pages[0].evaluate(SHOWN)] == [
        one for one in order if one in shown_ids(pages[0])
    ]


def shown_ids(page: Page) -> set[int]:
    return {one[0] for one in page.evaluate(SHOWN)}


def standing(page: Page) -> float:
    """Where on the screen the post stands that was being read."""
    return page.evaluate("document.querySelector('#post-4').getBoundingClientRect().top")


def text_of(post: dict) -> str:
    return "" if post["is_removed"] else post["body"]
