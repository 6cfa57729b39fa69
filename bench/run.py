"""`make bench`: the benchmarks on the services layout. Prints a table, writes bench/results/<time>.json.

Figures are ratios within one run on one machine; see bench/README.md for what is measured and how.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from bench import crowds, deeds, pages, scale
from bench.inside import ROOT, Inside
from bench.load import Clients
from bench.pages import Page, Track
from bench.site import Site, empty_database, empty_redis, make_environment, settle

PARTS = ("topic", "list", "home", "group", "notices", "reply", "event", "fanout", "sockets")
SCALE = "scale"  # takes some minutes to load, so it runs only when it is named
CLIENTS = 8


@dataclass(frozen=True)
class Size:
    """How much of everything: a whole run takes some minutes, a quick one half of one."""

    rounds: int
    seconds: float
    followers: int
    replies: int
    events: int
    sockets: int
    broadcasts: int


WHOLE = Size(rounds=7, seconds=2.0, followers=12_000, replies=300, events=200, sockets=1_000, broadcasts=15)
QUICK = Size(rounds=3, seconds=0.7, followers=3_000, replies=60, events=40, sockets=300, broadcasts=5)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="smaller and shorter: half a minute, rough figures"
    )
    parser.add_argument(
        "--only", default="", help=f"some of {', '.join(PARTS)}, separated by commas; or {SCALE}"
    )
    parser.add_argument(
        "--posts",
        type=int,
        default=1_000_000,
        help=f"what {SCALE} compares with 10,000 (default: %(default)s)",
    )
    parser.add_argument("--sockets", type=int, help="how many sockets hear the broadcast (default: 1000)")
    parser.add_argument("--rounds", type=int, help="rounds of floor and page in turn (default: 7)")
    parser.add_argument(
        "--port", type=int, default=8300, help="the first of twelve ports (default: %(default)s)"
    )
    parser.add_argument(
        "--database", default="postgres://postgres@127.0.0.1:5432/commons_bench", help="is emptied"
    )
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/7", help="is emptied")
    arguments = parser.parse_args()
    arguments.parts = [part for part in arguments.only.split(",") if part] or list(PARTS)
    if unknown := set(arguments.parts) - {*PARTS, SCALE}:
        parser.error(f"unknown part {', '.join(sorted(unknown))}; there are {', '.join((*PARTS, SCALE))}")
    return arguments


def step(text: str) -> None:
    print(f"{text} …", file=sys.stderr, flush=True)


def verdict(value: float, limit: float, *, least: bool = False) -> str:
    return "ok" if (value >= limit if least else value <= limit) else "MISSED"


def print_row(name: str, *cells: object) -> None:
    print(f"{name:<10}" + "".join(f"{cell:>9}" for cell in cells), flush=True)


class Report:
    """The lines of the table, and the same as data."""

    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}
        self._missed: list[str] = []

    def target(self, what: str, value: float, limit: float, unit: str = "", *, least: bool = False) -> str:
        found = verdict(value, limit, least=least)
        if found != "ok":
            self._missed.append(what)
        self.figures.setdefault("targets", []).append(
            {"what": what, "value": value, "limit": limit, "unit": unit, "met": found == "ok"}
        )
        return found

    def print_pages(self, floor: Page, measured: list[Page]) -> None:
        print()
        print_row("page", "req/s", "share", "p50 ms", "p99 ms", "CPU ms", "of CPU", "queries", "KB")
        row = pages.told(floor)
        self.figures["floor"] = row
        print_row(
            "floor",
            row["requests_per_second"],
            "100%",
            row["p50_ms"],
            row["p99_ms"],
            row["web_cpu_ms"],
            "100%",
        )
        for page in measured:
            row = pages.told(page)
            self.figures[page.name] = row
            found = [
                self.target(f"{page.name}: share of the floor", row["share"], pages.SHARE, least=True),
                self.target(f"{page.name}: queries", row["queries"], pages.QUERIES),
            ]
            if page.most_bytes:
                found.append(self.target(f"{page.name}: bytes", row["bytes"], page.most_bytes))
                found.append(self.target(f"{page.name}: p99", row["p99_ms"], 60, "ms"))
            print_row(
                page.name,
                row["requests_per_second"],
                f"{row['share']:.0%}",
                row["p50_ms"],
                row["p99_ms"],
                row["web_cpu_ms"],
                f"{row['cpu_share']:.0%}",
                f"{row['queries']}/{row['queries_first']}",
                f"{row['bytes'] / 1000:.1f}",
                " ok" if set(found) == {"ok"} else " MISSED",
            )
        print(
            "queries: of a later request / of the first in a process. of CPU: the floor's CPU time in the page's."
        )

    def print_deed(self, name: str, figures: dict[str, Any], *targets: tuple[str, float]) -> None:
        self.figures[name] = figures
        found = [self.target(f"{name}: {key}", figures[key], limit) for key, limit in targets]
        told = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in figures.items())
        print(f"{name:<16}  {told}  {'ok' if set(found) <= {'ok'} else 'MISSED'}", flush=True)

    def print_scale(self, few: int, many: int, at_few: dict[str, float], at_many: dict[str, float]) -> None:
        """What each page costs among many posts, as a ratio to what it costs among few; the floor moves with both."""
        print()
        print_row("scale", f"{few:,}", f"{many:,}", "ratio")
        drift = at_many["floor"] / at_few["floor"]
        for name, before in at_few.items():
            ratio = round(at_many[name] / before / drift, 2)
            found = "" if name == "floor" else self.target(f"scale: {name}", ratio, scale.MOST)
            print_row(name, before, at_many[name], ratio, found)
        self.figures["scale"] = {"posts": [few, many], "few": at_few, "many": at_many}

    def close(self) -> None:
        met = len(self.figures.get("targets", [])) - len(self._missed)
        print(
            f"\n{met} targets met, {len(self._missed)} missed{': ' + '; '.join(self._missed) if self._missed else ''}"
        )


@dataclass
class Ground:
    """A community of the benchmark's own, the site that serves it, and clients to read it."""

    plan: dict[str, Any]
    inside: Inside
    site: Site
    track: Track
    readers: list[str]
    writers: list[str]


def lay(arguments: argparse.Namespace, size: Size, stack: ExitStack, *, posts: int = 0) -> Ground:
    """With `posts`, a synthetic community of so many lies beneath."""
    data = Path(tempfile.mkdtemp(prefix="commons-bench-"))
    stack.callback(shutil.rmtree, data, ignore_errors=True)
    environment = make_environment(
        database=arguments.database, redis_url=arguments.redis, port=arguments.port, data=data
    )
    step("Preparing the database")
    empty_database(arguments.database)
    empty_redis(arguments.redis)
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--no-input", "--verbosity", "0"], env=environment, check=True)
    if posts:
        step(f"Loading {posts:,} posts")
        subprocess.run([*manage, *scale.seeding(posts)], env=environment, check=True, stdout=sys.stderr)

    step(f"Loading the benchmark's community ({size.followers} followers)")
    inside = Inside(environment)
    stack.callback(inside.close)
    plan = inside.ask("seed", followers=size.followers, clients=CLIENTS)
    readers = inside.ask("sign_in", members=plan["readers"])
    writers = inside.ask("sign_in", members=plan["writers"])
    settle(arguments.database)

    step("Starting the services")
    site = Site(environment)
    stack.callback(site.stop)
    clients = Clients(CLIENTS, site.web)
    stack.callback(clients.close)
    return Ground(plan, inside, site, Track(site, clients, readers), readers, writers)


def bench(arguments: argparse.Namespace, size: Size) -> Report:
    report = Report()
    if set(arguments.parts) & set(PARTS):
        with ExitStack() as stack:
            _measure(arguments, size, report, lay(arguments, size, stack))
    if SCALE in arguments.parts:
        sizes = (scale.SMALL, arguments.posts)
        report.print_scale(*sizes, *(_at_size(arguments, size, posts) for posts in sizes))
    report.close()
    return report


def _measure(arguments: argparse.Namespace, size: Size, report: Report, ground: Ground) -> None:
    inside, site, plan = ground.inside, ground.site, ground.plan
    _pages(arguments, size, report, inside, ground.track, plan, ground.readers)
    _deeds(arguments, size, report, inside, ground.track, plan, site, ground.writers, ground.readers)
    if "sockets" in arguments.parts:
        step(f"Opening {size.sockets} sockets, twice")
        cookies = inside.ask("sign_in", members=plan["crowd"][: size.sockets])
        figures = crowds.measure_crowd(site, inside, plan["quiet"], cookies, size.broadcasts)
        report.print_deed("fan-out", figures, ("against_raw", 1.5), ("kb_a_socket", 30))
    if complaints := site.complaints():
        print(f"\nThe services complained {len(complaints)} times; the first:\n{complaints[0]}")
    report.figures["complaints"] = len(complaints)


def _at_size(arguments: argparse.Namespace, size: Size, posts: int) -> dict[str, float]:
    """Milliseconds of every page and of a reply with so many posts beneath; the floor's CPU time with them."""
    with ExitStack() as stack:
        ground = lay(arguments, size, stack, posts=posts)
        measured = [*_known_pages(ground.plan), *scale.pages_of(ground.plan)]
        for page in measured:
            page.counted = ground.inside.ask("count", path=page.path, cookies=ground.readers[0])
        step(f"Reading: {size.rounds} rounds of {size.seconds:g} s, {CLIENTS} clients")
        floor = pages.measure(ground.track, measured, rounds=size.rounds, seconds=size.seconds)
        figures = {page.name: pages.told(page)["web_cpu_ms"] for page in (floor, *measured)}
        step("Replying")
        times = deeds.measure_replies(
            deeds.Writer(ground.site, ground.writers[0]), ground.plan["quiet"], size.replies
        )
        return figures | {"reply": times["median_ms"]}


def _known_pages(plan: dict[str, Any]) -> list[Page]:
    return [
        Page("topic", plan["topic"], most_bytes=pages.TOPIC_BYTES),
        Page("list", "/forum/"),
        Page("home", "/"),
        Page("group", plan["group"]),
        Page("notices", "/notifications/"),
    ]


def _pages(
    arguments: argparse.Namespace,
    size: Size,
    report: Report,
    inside: Inside,
    track: Track,
    plan: dict[str, Any],
    readers: list[str],
) -> None:
    measured = [page for page in _known_pages(plan) if page.name in arguments.parts]
    if not measured:
        return
    for page in measured:
        page.counted = inside.ask("count", path=page.path, cookies=readers[0])
        if page.counted["status"] != 200:
            raise SystemExit(f"bench: {page.path} answers {page.counted['status']}.")
    step(f"Reading: {size.rounds} rounds of {size.seconds:g} s, {CLIENTS} clients")
    report.print_pages(pages.measure(track, measured, rounds=size.rounds, seconds=size.seconds), measured)


def _deeds(
    arguments: argparse.Namespace,
    size: Size,
    report: Report,
    inside: Inside,
    track: Track,
    plan: dict[str, Any],
    site: Site,
    writers: list[str],
    readers: list[str],
) -> None:
    if "reply" in arguments.parts:
        step("Replying")
        writer = deeds.Writer(site, writers[0])
        queries = deeds.count_reply(inside, plan["quiet"], writers[0])
        figures = deeds.measure_replies(writer, plan["quiet"], size.replies) | {"queries": queries}
        report.print_deed("reply", figures, ("median_ms", 12), ("p95_ms", 20), ("queries", 12))
        # What the worker has to do for the followers is measured below; here it stands still.
        inside.ask("wait_for_jobs")
        with deeds.standing_still(site.pid("worker")):
            queries = deeds.count_reply(inside, plan["followed"], writers[0])
            figures = deeds.measure_replies(writer, plan["followed"], size.replies) | {"queries": queries}
            inside.ask("forget_fan_out", topic_id=plan["followed"])
        figures["followers"] = size.followers
        report.print_deed("reply, followed", figures, ("median_ms", 12), ("p95_ms", 20), ("queries", 12))
    if "event" in arguments.parts:
        step("Replying before an open page")
        writer = deeds.Writer(site, writers[0])
        figures = deeds.measure_events(site, writer, plan["quiet"], readers[0], size.events)
        report.print_deed("reply to event", figures, ("median_ms", 15), ("p95_ms", 40))
    if "fanout" in arguments.parts:
        step(f"Telling {size.followers} followers")
        inside.ask("wait_for_jobs")
        writer = deeds.Writer(site, writers[0])
        figures = deeds.measure_fan_out(site, inside, track, writer, plan)
        rise = figures["page_p95_meanwhile_ms"] / figures["page_p95_ms"] - 1
        figures["page_p95_rise"] = round(rise, 2)
        report.print_deed(
            "notices", figures, ("seconds", 3 * size.followers / 12_000), ("page_p95_rise", 0.2)
        )


def write(report: Report, arguments: argparse.Namespace, size: Size) -> Path:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
    now = datetime.now(UTC)
    told = {
        "at": now.isoformat(timespec="seconds"),
        "commit": commit,
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": os.getloadavg(),
        "quick": arguments.quick,
        "size": vars(size),
        "figures": report.figures,
    }
    path = ROOT / "bench" / "results" / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(told, indent=2) + "\n")
    return path


def stop(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.strsignal(number))


def main() -> int:
    arguments = read_arguments()
    chosen = QUICK if arguments.quick else WHOLE
    size = Size(
        **{
            **vars(chosen),
            "sockets": arguments.sockets or chosen.sockets,
            "rounds": arguments.rounds or chosen.rounds,
            "followers": max(chosen.followers, arguments.sockets or 0),
        }
    )
    signal.signal(signal.SIGTERM, stop)
    started = time.monotonic()
    try:
        report = bench(arguments, size)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    path = write(report, arguments, size)
    print(f"{time.monotonic() - started:.0f} s; {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
