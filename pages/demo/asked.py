"""What two topics ask of their readers: to vote in a poll, and to confirm that an announcement was read."""

from datetime import datetime, timedelta

from accounts.models import Member
from forum.models import Acknowledgement, Announcement, Poll, TopicEvent, Vote
from pages.demo.members import AWAY
from pages.demo.threads import Thread

POLL, ANNOUNCED = "next-meeting", "decision-log-v3"
OPTIONS = [
    "Evaluation at three agencies, side by side",
    "What 12 weeks with an assistant did to a help desk",
    "A decision log, live",
]
VOTES = {
    "mei.tanaka": [1, 3, 2],
    "rob.kilgore": [1, 2, 3],
    "samuel.okafor": [1, 3],
    "grace.hollis": [1, 2, 3],
    "amara.sesay": [2, 1],
    "gwen.holt": [2, 3, 1],
    "lin.zhao": [2, 1, 3],
    "rosa.ortiz": [3, 1, 2],
    "tomas.marsh": [3, 2],
    "laura.svensson": [3, 1],
}
NOT_YET = {*AWAY, "paul.wexford", "leah.stroud", "kofi.barnes", "anna.lowry"}


def make_asked(now: datetime, members: dict[str, Member], threads: list[Thread]) -> None:
    by_name = {thread.script.name: thread for thread in threads}
    _poll(by_name[POLL], now, members)
    _announce(by_name[ANNOUNCED], now)


def _poll(thread: Thread, now: datetime, members: dict[str, Member]) -> None:
    topic = thread.topic
    poll = Poll.objects.create(
        topic=topic,
        question="Which showcase for the December meeting?",
        options=OPTIONS,
        kind=Poll.Kind.RANKED,
        max_choices=len(OPTIONS),
        is_secret=False,
        shown=Poll.Shown.ALWAYS,
        created_by=topic.author,
        created_at=topic.created_at,
        closes_at=now + timedelta(days=3),
    )
    Vote.objects.bulk_create(
        [
            Vote(poll=poll, member=members[handle], is_secret=False, choices=choices)
            for handle, choices in VOTES.items()
        ]
    )
    topic.has_poll = True
    topic.save(update_fields=["has_poll"])
    _line(thread, TopicEvent.Kind.ASKED, topic.created_at + timedelta(minutes=5))


def _announce(thread: Thread, now: datetime) -> None:
    topic, post = thread.topic, thread.posts[0]
    at = topic.created_at + timedelta(hours=6)
    announcement = Announcement.objects.create(
        topic=topic,
        announced_by=topic.author,
        announced_at=at,
        told_at=at,
        revision=post.revision,
        due_on=(now + timedelta(days=8)).date(),
    )
    topic.is_announcement = True
    topic.save(update_fields=["is_announcement"])
    read = [member for member in announcement.addressed().order_by("pk") if member.handle not in NOT_YET]
    Acknowledgement.objects.bulk_create(
        [
            Acknowledgement(
                announcement=announcement,
                member=member,
                revision=post.revision,
                at=at + timedelta(minutes=17 * place),
            )
            for place, member in enumerate(read, 1)
        ]
    )
    _line(thread, TopicEvent.Kind.ANNOUNCED, at)


def _line(thread: Thread, kind: TopicEvent.Kind, at: datetime) -> None:
    before = [post.number for post in thread.posts if post.created_at <= at]
    TopicEvent.objects.create(
        topic=thread.topic, kind=kind, actor=thread.topic.author, at=at, after_number=max(before)
    )
