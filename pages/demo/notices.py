"""What those one can sign in as were told: as the fan-out would have, but at the time of the deed and without mail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from accounts.models import Member
from forum.audience import ASKED, FOLLOWED, MENTION, REPLY
from forum.models import Announcement, Post
from notifications.models import Notice, NoticeEvent
from notifications.registry import kind_of
from pages.demo.groups import GROUPS
from pages.demo.members import AWAY, away
from pages.demo.threads import Thread
from workinggroups.models import Group, Membership

KEPT = timedelta(days=14)


class Told(NamedTuple):
    event: NoticeEvent
    at: datetime
    member: Member
    reason: str
    read_at: datetime | None


def make_notices(
    now: datetime, members: dict[str, Member], groups: dict[str, Group], threads: list[Thread]
) -> int:
    told = [each for thread in threads for each in _of_thread(thread, now, members)]
    told += _of_groups(now, members, groups)
    told += _of_announcements()
    told.sort(key=lambda each: each.at)
    events = {id(each.event): (each.event, each.at) for each in told}
    NoticeEvent.objects.bulk_create([event for event, _at in events.values()])
    bundles: dict[tuple[int, str, str, bool], Notice] = {}
    for each in told:
        notice = _notice(each)
        key = (each.member.pk, notice.source, notice.bucket, each.read_at is None)
        if key in bundles:
            # A bundle moves to its newest event, and to the end of the list.
            notice.count = bundles.pop(key).count + 1
        bundles[key] = notice
    notices = Notice.objects.bulk_create(bundles.values())
    _date(events, notices)
    return len(notices)


def _notice(told: Told) -> Notice:
    event = told.event
    return Notice(
        member=told.member,
        kind=event.kind,
        reason=told.reason,
        actor=event.actor,
        source=event.source,
        bucket=kind_of(event.kind).bucket(event, told.reason),
        url=event.url,
        data=event.data,
        event=event,
        read_at=told.read_at,
    )


def _date(events: dict[int, tuple[NoticeEvent, datetime]], notices: list[Notice]) -> None:
    """The models date their rows when they are made; these were made long ago."""
    for event, at in events.values():
        event.created_at = event.done_at = at
    NoticeEvent.objects.bulk_update([event for event, _at in events.values()], ["created_at", "done_at"])
    for notice in notices:
        notice.created_at = notice.event.created_at
    Notice.objects.bulk_update(notices, ["created_at"])


def _of_thread(thread: Thread, now: datetime, members: dict[str, Member]) -> Iterator[Told]:
    following = set(thread.script.followed)
    for line, post, mentions in zip(thread.lines, thread.posts, thread.mentions, strict=True):
        reasons = dict.fromkeys(following, FOLLOWED) if post.number > 1 else {}
        if line.parent:
            reasons[line.parent.handle] = REPLY
        reasons |= {handle: MENTION for handle in mentions if handle in members}
        following.add(line.handle)
        if post.created_at < now - KEPT or post.is_removed:
            continue
        event = _event_of(post, mentions, members)
        for handle in AWAY.keys() & reasons.keys() - {line.handle}:
            if handle not in thread.states:  # may not see it
                continue
            is_read = post.number <= thread.states[handle].read_to
            read_at = max(now - away(handle), post.created_at) if is_read else None
            yield Told(event, post.created_at, members[handle], reasons[handle], read_at)


def _event_of(post: Post, mentions: tuple[str, ...], members: dict[str, Member]) -> NoticeEvent:
    return NoticeEvent(
        kind="post",
        actor=post.author,
        source=f"topic:{post.topic_id}",
        url=post.get_permalink(),
        data={
            "topic": post.topic_id,
            "title": post.topic.title,
            "post": post.pk,
            "number": post.number,
            "parent_author": post.parent.author_id if post.parent else None,
            "mentioned": sorted(members[handle].pk for handle in mentions if handle in members),
        },
        cursor=max(member.pk for member in members.values()),
    )


def _of_groups(now: datetime, members: dict[str, Member], groups: dict[str, Group]) -> Iterator[Told]:
    """Leads of requests that wait, the invited of their invitations."""
    for cast in GROUPS:
        group = groups[cast.slug]
        data = {"group": group.pk, "name": group.name}
        rows = {row.member_id: row for row in Membership.objects.filter(group=group)}
        for handle, _note in cast.asking:
            at = rows[members[handle].pk].requested_at
            event = _group_event("group.requested", group, members[handle], "members/", data)
            for lead in (cast.lead, cast.co_lead):
                yield Told(event, at, members[lead], "lead", None)
        for handle in cast.invited:
            told = {**data, "member": members[handle].pk}
            event = _group_event("group.invited", group, members[cast.lead], "", told)
            yield Told(event, rows[members[handle].pk].since, members[handle], "group", None)


def _of_announcements() -> Iterator[Told]:
    """Those one can sign in as who have not confirmed yet."""
    for announcement in Announcement.objects.select_related("topic__category", "announced_by"):
        topic = announcement.topic
        due = announcement.due_on.isoformat() if announcement.due_on else ""
        event = NoticeEvent(
            kind="announcement",
            actor=announcement.announced_by,
            source=announcement.source,
            url=topic.get_absolute_url(),
            data={"topic": topic.pk, "title": topic.title, "due": due},
            cursor=announcement.announced_by_id,
        )
        for member in announcement.waiting().filter(handle__in=AWAY):
            yield Told(event, announcement.announced_at, member, ASKED, None)


def _group_event(kind: str, group: Group, actor: Member, page: str, data: dict) -> NoticeEvent:
    url = f"{group.get_absolute_url()}{page}"
    return NoticeEvent(
        kind=kind, actor=actor, source=f"group:{group.pk}", url=url, data=data, cursor=actor.pk
    )
