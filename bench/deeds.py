"""Writing: how long a reply takes, to its author, to an open page, and to those who follow."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from bench.figures import milliseconds, percentile, resident_bytes
from bench.inside import Inside
from bench.load import Line, Unexpected, post
from bench.pages import Track
from bench.site import Site
from bench.sockets import CrowdProcess

BODY = (
    "We did this last year, **with care**, and wrote down what we found.\n\n" + "- one thing we learned\n" * 8
)
PAUSE = 0.02  # seconds between two replies: a person does not answer within a millisecond
CSRF = "c" * 32  # as in community.cookies


class Writer:
    """A member who replies, over one connection."""

    def __init__(self, site: Site, cookies: str) -> None:
        self._line, self._host, self._cookies = Line(site.web), f"127.0.0.1:{site.port}", cookies

    def reply(self, topic: int) -> tuple[float, float]:
        """When the reply was sent, and how many seconds later it was answered."""
        form = {"csrfmiddlewaretoken": CSRF, "body": BODY, "parent": "", "token": uuid4().hex}
        request = post(
            f"/forum/t/{topic}/reply/", urlencode(form).encode(), host=self._host, cookies=self._cookies
        )
        start = time.monotonic()
        status, _head, body = self._line.ask(request)
        taken = time.monotonic() - start
        if status != 302:
            raise Unexpected(f"A reply was answered with {status}: {body[:300]!r}")
        return start, taken


def measure_replies(writer: Writer, topic: int, count: int) -> dict[str, Any]:
    for _ in range(5):
        writer.reply(topic)
    times = []
    for _ in range(count):
        times.append(writer.reply(topic)[1])
        time.sleep(PAUSE)
    return {"median_ms": milliseconds(times, 0.5), "p95_ms": milliseconds(times, 0.95), "replies": count}


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def count_reply(inside: Inside, topic: int, cookies: str) -> int:
    form = {"csrfmiddlewaretoken": CSRF, "body": BODY, "parent": ""}
    answer = inside.ask("count", path=f"/forum/t/{topic}/reply/", cookies=cookies, data=form)
    if answer["status"] != 302:
        raise Unexpected(f"A reply was answered with {answer['status']}.")
    return answer["queries"]


def greetings(topic: int) -> list[str]:
    return [
        json.dumps({"type": "hello", "after": None}),
        json.dumps({"type": "subscribe", "room": f"topic:{topic}"}),
    ]


def measure_events(site: Site, writer: Writer, topic: int, watcher: str, count: int) -> dict[str, Any]:
    """From sending a reply to the event on another member's socket."""
    crowd = CrowdProcess()
    crowd.ask(
        "open",
        port=site.live,
        path="/ws/live/",
        host=f"127.0.0.1:{site.port}",
        cookies=[watcher],
        greetings=greetings(topic),
        ready={"welcome", "subscribed"},
    )
    times = []
    for _ in range(count):
        crowd.ask("expect", awaited=b'"post.created"', count=1)
        start, _taken = writer.reply(topic)
        arrivals = crowd.ask("heard", patience=5)
        if not arrivals:
            raise Unexpected("An event did not come within 5 s.")
        times.append(arrivals[0] - start)
        time.sleep(PAUSE)
    crowd.close()
    return {"median_ms": milliseconds(times, 0.5), "p95_ms": milliseconds(times, 0.95), "events": count}


def measure_fan_out(
    site: Site, inside: Inside, track: Track, writer: Writer, plan: dict[str, Any]
) -> dict[str, Any]:
    """One reply to a topic that many follow, while other members read at an easy pace."""
    worker = site.pid("worker")
    seconds = 3.0
    quiet, _ = track.fire(plan["topic"], seconds=seconds, least=1_000, every=0.1)
    writer.reply(plan["told"])
    busy, _ = track.fire(plan["topic"], seconds=seconds, least=1_000, every=0.1)
    done = inside.ask("wait_for_fan_out", source=f"topic:{plan['told']}", patience=60)
    if done["seconds"] is None:
        raise Unexpected("The fan-out was not done within 60 s.")
    before, meanwhile = percentile(quiet.times, 0.95), percentile(busy.times, 0.95)
    return {
        "seconds": round(done["seconds"], 2),
        "notices": done["notices"],
        "worker_peak_mb": round(resident_bytes(worker, peak=True) / 1e6, 1),
        "page_p95_ms": round(before * 1000, 2),
        "page_p95_meanwhile_ms": round(meanwhile * 1000, 2),
    }
