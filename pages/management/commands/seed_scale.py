import time
from argparse import ArgumentTypeError
from functools import partial
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import Member
from audit.actions import record
from forum.models import Category, Post, Topic, TopicState
from pages.demo import PASSWORD
from pages.scale.bulk import ease_checks, settle
from pages.scale.groups import load_places
from pages.scale.people import load_people
from pages.scale.topics import load_topics, plan
from workinggroups.models import Group, Membership

BAR = 30  # characters


def count(words: str) -> int:
    number = int(words.replace(",", "").replace("_", ""))
    if number < 0:
        raise ArgumentTypeError("must not be negative.")
    return number


class Command(BaseCommand):
    help = (
        "Loads a large synthetic community by bulk inserts: a few hot topics and a long tail. All of it or nothing. "
        "A million posts take minutes on PostgreSQL."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--members", type=count, default=1_000, help="default: %(default)s")
        parser.add_argument("--groups", type=count, default=20, help="default: %(default)s")
        parser.add_argument("--topics", type=count, default=1_000, help="default: %(default)s")
        parser.add_argument(
            "--posts", type=count, default=10_000, help="at least one a topic; default: %(default)s"
        )
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same community")
        parser.add_argument(
            "--force", action="store_true", help="also beside the members of a production database"
        )

    def handle(
        self, *, members: int, groups: int, topics: int, posts: int, seed: int, force: bool, **options: Any
    ) -> None:
        self.refuse_nonsense(members, topics, posts)
        is_play = settings.EMBEDDED or settings.DEBUG
        if not (is_play or force) and Member.objects.exists():
            raise CommandError(
                "This database has members, and this is no playground (neither the embedded default nor DEBUG). "
                "Invented people are hard to tell from real ones afterwards: use --force if you mean it."
            )
        rng, now, started = Random(seed), timezone.now(), time.monotonic()  # noqa: S311  (nothing secret)
        bars = partial(Bar, self.stdout)
        with transaction.atomic():
            ease_checks()
            crowd = load_people(rng, now, members, sign_in=is_play, bars=bars)
            places = load_places(rng, now, groups, crowd, bars=bars)
            made = plan(rng, crowd, places, topics=topics, posts=posts)
            load_topics(rng, now, made, crowd, places, bars=bars)
            settle(Member, Group, Membership, Category, Topic, Post, TopicState)
            record(
                actor=None, action="scale.seed", target="site", members=members, topics=topics, posts=posts
            )
        self.tell(crowd.people[0], is_play, posts, time.monotonic() - started)

    def refuse_nonsense(self, members: int, topics: int, posts: int) -> None:
        if not members:
            raise CommandError("--members must be at least 1.")
        if not topics:
            raise CommandError("--topics must be at least 1.")
        if posts < topics:
            raise CommandError(
                f"--posts must be at least as many as --topics ({topics:,}): a topic is its first post."
            )

    def tell(self, person: Any, is_play: bool, posts: int, seconds: float) -> None:
        self.stdout.write(f"Loaded in {seconds:.1f} s: {posts / seconds:,.0f} posts a second, all told.")
        sign_in = f"signs in with {PASSWORD}" if is_play else "has no password"
        self.stdout.write(f"Member {person.pk}, {person.email}, is a plain member and {sign_in}.")


class Bar:
    """A bar that grows in place on a terminal, and a line for every tenth elsewhere."""

    def __init__(self, out: Any, label: str, total: int) -> None:
        self.out, self.label, self.total, self.done = out, label, total, 0
        self.started = time.monotonic()

    def __call__(self, more: int) -> None:
        before, self.done = self.done, self.done + more
        part = self.done / self.total
        on_terminal = self.out.isatty()
        if not on_terminal and self.done < self.total and int(before * 10 / self.total) == int(part * 10):
            return
        rate = self.done / max(time.monotonic() - self.started, 0.001)
        filled = "█" * int(part * BAR)
        line = f"{self.label:<13} {filled:<{BAR}} {part:4.0%}  {self.done:>11,}  {rate:>9,.0f}/s"
        end = "\n" if not on_terminal or self.done >= self.total else ""
        self.out.write(f"\r{line}" if on_terminal else line, ending=end)
        self.out.flush()
