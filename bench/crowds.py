"""One live process with many sockets, against a broadcast that knows nothing but its sockets."""

import json
import socket
import subprocess
import sys
import time
from statistics import median
from typing import Any

from bench.deeds import greetings
from bench.figures import milliseconds, percentile, resident_bytes
from bench.inside import Inside
from bench.load import Unexpected
from bench.site import ROOT, Site
from bench.sockets import CrowdProcess


class Broadcast:
    """The raw server, its crowd and the line that triggers it."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "bench.broadcast", str(port)], cwd=ROOT)
        self.port, self.pid = port, self._process.pid
        deadline = time.monotonic() + 10
        while True:
            try:
                self._trigger = socket.create_connection(("127.0.0.1", port + 1))
                return
            except OSError:
                if time.monotonic() > deadline:
                    self.close()
                    raise
                time.sleep(0.1)

    def send(self, text: str) -> float:
        start = time.monotonic()
        self._trigger.sendall(text.encode() + b"\n")
        return start

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def measure_crowd(site: Site, inside: Inside, topic: int, cookies: list[str], rounds: int) -> dict[str, Any]:
    """Events in turn to as many sockets of the live process as of the raw one."""
    count, room = len(cookies), f"topic:{topic}"
    post = {"id": 90_000, "number": 900, "revision": 1}
    event = {"type": "post.created", "room": room, "topic": topic, "version": 900, "post": post}
    text = json.dumps(event, separators=(",", ":"))
    live_crowd, raw_crowd = CrowdProcess(), CrowdProcess()
    raw = Broadcast(site.port + 10)
    try:
        raw_before = resident_bytes(raw.pid)
        raw_crowd.ask(
            "open", port=raw.port, path="/", host="raw", cookies=[""] * count, greetings=[], ready=set()
        )
        raw_memory = resident_bytes(raw.pid) - raw_before
        live = site.pid("live")
        live_before = resident_bytes(live)
        opening = live_crowd.ask(
            "open",
            port=site.live,
            path="/ws/live/",
            host=f"127.0.0.1:{site.port}",
            cookies=cookies,
            greetings=greetings(topic),
            ready={"welcome", "subscribed"},
        )
        live_memory = resident_bytes(live) - live_before

        live_p99, raw_p99, live_p50 = [], [], []
        for number in range(rounds + 1):
            raw_crowd.ask("expect", awaited=b'"post.created"', count=count)
            start = raw.send(text)
            base = _delays(raw_crowd, start, count)
            live_crowd.ask("expect", awaited=b'"post.created"', count=count)
            [start] = inside.ask("publish", room=room, event=event, times=1, pause=0)
            ours = _delays(live_crowd, start, count)
            if number:  # the first is for warming up
                raw_p99.append(percentile(base, 0.99))
                live_p99.append(percentile(ours, 0.99))
                live_p50.append(percentile(ours, 0.5))
        return {
            "sockets": count,
            "raw_p99_ms": milliseconds([median(raw_p99)], 1),
            "p99_ms": milliseconds([median(live_p99)], 1),
            "p50_ms": milliseconds([median(live_p50)], 1),
            "against_raw": round(
                median(ours / base for ours, base in zip(live_p99, raw_p99, strict=True)), 2
            ),
            "kb_a_socket": round(live_memory / count / 1000, 1),
            "raw_kb_a_socket": round(raw_memory / count / 1000, 1),
            "opened_per_second": round(count / opening),
        }
    finally:
        raw.close()
        live_crowd.close()
        raw_crowd.close()


def _delays(crowd: CrowdProcess, start: float, count: int) -> list[float]:
    arrivals = crowd.ask("heard", patience=20)
    if len(arrivals) != count:
        raise Unexpected(f"{len(arrivals)} of {count} sockets heard the event within 20 s.")
    return [arrival - start for arrival in arrivals]
