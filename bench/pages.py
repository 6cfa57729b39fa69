"""Pages of a member against the floor: rounds of the one and the other in turn, so that what else the machine does
hits both."""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.figures import cpu_seconds, milliseconds
from bench.load import Clients, Order, Sample, get
from bench.site import Site

FLOOR_PATH = "/bench/floor/"
SHARE = 0.45
QUERIES = 6
TOPIC_BYTES = 60_000


@dataclass
class Page:
    name: str
    path: str
    most_bytes: int = 0
    counted: dict[str, Any] = field(default_factory=dict)  # queries and bytes, from inside
    shares: list[float] = field(default_factory=list)
    cpu_shares: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # seconds of the web processes a request


class Track:
    """The clients with their members' sessions, and the site they run on."""

    def __init__(self, site: Site, clients: Clients, cookies: list[str]) -> None:
        self._site, self._clients, self._cookies = site, clients, cookies
        self._host = f"127.0.0.1:{site.port}"

    def fire(self, path: str, *, seconds: float, least: int, every: float = 0.0) -> tuple[Sample, float]:
        """What the clients saw, and the web processes' CPU seconds a request."""
        orders = [
            Order([get(path, host=self._host, cookies=cookie)], least, seconds, every=every)
            for cookie in self._cookies
        ]
        web = self._site.pid("web")
        before = cpu_seconds(web)
        sample = self._clients.fire(orders)
        return sample, (cpu_seconds(web) - before) / max(1, len(sample.times))


def measure(track: Track, pages: list[Page], *, rounds: int, seconds: float) -> Page:
    """Fills the pages; the answer is the floor."""
    floor = Page("floor", FLOOR_PATH)
    for page in (floor, *pages):
        track.fire(page.path, seconds=0.5, least=1_000)
    for _ in range(rounds):
        for page in pages:
            base, base_cpu = track.fire(floor.path, seconds=seconds, least=60_000)
            sample, cpu = track.fire(page.path, seconds=seconds, least=page.counted["bytes"] * 9 // 10)
            for which, got, spent in ((floor, base, base_cpu), (page, sample, cpu)):
                which.rates.append(got.rate)
                which.times += got.times
                which.cpu.append(spent)
            page.shares.append(sample.rate / base.rate)
            page.cpu_shares.append(base_cpu / cpu)
    return floor


def told(page: Page) -> dict[str, Any]:
    """The figures of a page, for the table and the file."""
    figures: dict[str, Any] = {
        "requests_per_second": round(median(page.rates), 1),
        "p50_ms": milliseconds(page.times, 0.5),
        "p99_ms": milliseconds(page.times, 0.99),
        "web_cpu_ms": round(median(page.cpu) * 1000, 2),
    }
    if page.shares:
        figures |= {
            "share": round(median(page.shares), 3),
            "cpu_share": round(median(page.cpu_shares), 3),
            "queries": page.counted["queries"],
            "queries_first": page.counted["first_queries"],
            "bytes": page.counted["bytes"],
        }
    return figures
