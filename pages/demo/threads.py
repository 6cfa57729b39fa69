"""Makes rows of the topics' scripts: the same numbers, paths and versions as if each had been posted in its turn."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import Member
from forum.actions.posts import render_body
from forum.attachments import placed
from forum.models import (
    MAX_DEPTH,
    Attachment,
    Category,
    Post,
    PostRevision,
    Tag,
    Topic,
    TopicEvent,
    TopicState,
    base36,
)
from pages.demo.attached import attach, hang
from pages.demo.members import AWAY, away
from pages.demo.script import Deed, Line, Script, scripts

LINK = re.compile(r"\{topic:([a-z0-9-]+)\}")


@dataclass
class Thread:
    script: Script
    topic: Topic
    begun_at: datetime
    posts: list[Post] = field(default_factory=list)  # by number
    lines: list[Line] = field(default_factory=list)  # likewise
    mentions: list[tuple[str, ...]] = field(default_factory=list)  # handles named in each post
    files: list[dict[int, Attachment]] = field(default_factory=list)  # of each post
    states: dict[str, TopicState] = field(default_factory=dict)  # by handle


def make_threads(now: datetime, members: dict[str, Member], places: dict[str, Category]) -> list[Thread]:
    threads = [_thread(script, now, members, places) for script in scripts()]
    Topic.objects.bulk_create([thread.topic for thread in threads])
    urls = {thread.script.name: thread.topic.get_absolute_url() for thread in threads}
    for thread in threads:
        _write(thread, members, urls)
    _save_posts(threads)
    _hang_files(threads)
    _save_tags(threads)
    _save_events(threads, members, places)
    _save_revisions(threads, members, urls)
    _save_answers(threads)
    _save_states(threads, now, members)
    return threads


def _thread(script: Script, now: datetime, members: dict[str, Member], places: dict[str, Category]) -> Thread:
    lines = sorted(script.lines, key=lambda line: line.at)
    begun_at = now - script.age
    topic = Topic(
        category=places[script.category],
        title=script.title,
        slug=Topic.slug_for(script.title),
        author=members[lines[0].handle],
        last_author=members[lines[-1].handle],
        created_at=begun_at,
        last_post_at=begun_at + lines[-1].at,
        last_number=len(lines),
        posts_count=sum(line.removed is None for line in lines),
        is_pinned=script.is_pinned,
    )
    if script.locked:
        topic.locked_at = begun_at + script.locked.at
        topic.locked_by, topic.lock_reason = members[script.locked.handle], script.locked.reason
    return Thread(script, topic, begun_at, lines=lines)


def _write(thread: Thread, members: dict[str, Member], urls: dict[str, str]) -> None:
    """The posts in the order of time: each gets the next number, and its place below its parent."""
    made: dict[int, Post] = {}
    for number, line in enumerate(thread.lines, 1):
        author = members[line.handle]
        body, files = attach(_linked(line.body, urls), author)
        rendered = render_body(body)
        post = Post(
            topic=thread.topic,
            number=number,
            author=author,
            agency_id=author.agency_id,
            body=body,
            html=placed(rendered.html, files),
            text=rendered.text,
            created_at=thread.begun_at + line.at,
        )
        _place(post, made[id(line.parent)] if line.parent else None)
        if line.earlier:
            post.revision, post.edited_at = 2, thread.begun_at + line.earlier[1].at
        if line.removed:
            post.removed_at = thread.begun_at + line.removed.at
            post.removed_by, post.removal_reason = members[line.removed.handle], line.removed.reason
        made[id(line)] = post
        thread.posts.append(post)
        thread.mentions.append(tuple(rendered.mentions))
        thread.files.append(files)
    _count_versions(thread)


def _place(post: Post, parent: Post | None) -> None:
    """At the cap a reply becomes a sibling of what it answers."""
    segment, post.parent = base36(post.number), parent
    if parent is None:
        post.depth, post.path = 0, segment
    elif parent.depth < MAX_DEPTH:
        post.depth, post.path = parent.depth + 1, parent.path + segment
    else:
        post.depth, post.path = MAX_DEPTH, parent.path[: -len(segment)] + segment


def _count_versions(thread: Thread) -> None:
    """Every change of a topic raises its version, and a post keeps the version of its own last change."""
    changes = [(post.created_at, post) for post in thread.posts]
    changes += [(post.edited_at, post) for post in thread.posts if post.edited_at]
    changes += [(post.removed_at, post) for post in thread.posts if post.removed_at]
    for version, (_at, post) in enumerate(sorted(changes, key=lambda change: change[0]), 1):
        post.changed_version = version
    others = [thread.script.is_pinned, thread.script.locked, *(line.is_answer for line in thread.lines)]
    thread.topic.version = len(changes) + sum(map(bool, others))


def _linked(body: str, urls: dict[str, str]) -> str:
    return LINK.sub(lambda found: urls[found[1]], body)


def _save_posts(threads: list[Thread]) -> None:
    """In the order of time over all topics, as ids would have come; parents when they have one."""
    posts = sorted((post for thread in threads for post in thread.posts), key=lambda post: post.created_at)
    parents = {id(post): post.parent for post in posts}
    for post in posts:
        post.parent = None
    Post.objects.bulk_create(posts)
    for post in posts:
        post.parent = parents[id(post)]
    Post.objects.bulk_update([post for post in posts if post.parent], ["parent"])
    Topic.objects.bulk_update([thread.topic for thread in threads], ["version"])


def _hang_files(threads: list[Thread]) -> None:
    for thread in threads:
        for files, post in zip(thread.files, thread.posts, strict=True):
            if files:
                hang(files, post)


def _save_tags(threads: list[Thread]) -> None:
    names = sorted({name for thread in threads for name in thread.script.tags})
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    tags = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    Topic.tags.through.objects.bulk_create(
        [
            Topic.tags.through(topic=thread.topic, tag=tags[name])
            for thread in threads
            for name in thread.script.tags
        ]
    )


def _save_events(threads: list[Thread], members: dict[str, Member], places: dict[str, Category]) -> None:
    events = []
    for thread in threads:
        if thread.script.locked:
            events.append(_event(thread, TopicEvent.Kind.LOCKED, thread.script.locked, members))
        if thread.script.moved:
            slug, deed = thread.script.moved
            event = _event(thread, TopicEvent.Kind.MOVED, deed, members)
            event.data = {"from": places[slug].pk, "to": thread.topic.category_id}
            events.append(event)
    TopicEvent.objects.bulk_create(events)


def _event(thread: Thread, kind: TopicEvent.Kind, deed: Deed, members: dict[str, Member]) -> TopicEvent:
    said = sum(line.at <= deed.at for line in thread.lines)
    return TopicEvent(
        topic=thread.topic,
        kind=kind,
        actor=members[deed.handle],
        at=thread.begun_at + deed.at,
        after_number=said,
        reason=deed.reason,
    )


def _save_revisions(threads: list[Thread], members: dict[str, Member], urls: dict[str, str]) -> None:
    revisions = []
    for thread in threads:
        for line, post in zip(thread.lines, thread.posts, strict=True):
            if line.earlier:
                body, edit = line.earlier
                revision = PostRevision(
                    post=post, revision=1, body=_linked(body, urls), editor=members[edit.handle]
                )
                revision.reason, revision.created_at = edit.reason, post.edited_at
                revisions.append(revision)
    PostRevision.objects.bulk_create(revisions)


def _save_answers(threads: list[Thread]) -> None:
    solved = []
    for thread in threads:
        answers = [post for line, post in zip(thread.lines, thread.posts, strict=True) if line.is_answer]
        if answers:
            [thread.topic.solved_by] = answers
            solved.append(thread.topic)
    Topic.objects.bulk_update(solved, ["solved_by"])


def _save_states(threads: list[Thread], now: datetime, members: dict[str, Member]) -> None:
    """Who wrote or follows watches. Those one can sign in as have looked at all they may see, until they left."""
    seen = {
        handle: set(Topic.objects.visible_to(members[handle]).values_list("pk", flat=True)) for handle in AWAY
    }
    for thread in threads:
        levels = dict.fromkeys(thread.script.followed, "chosen")
        levels |= {line.handle: "replied" for line in thread.lines}
        levels[thread.lines[0].handle] = "started"
        looking = [handle for handle in seen if thread.topic.pk in seen[handle] and handle not in levels]
        for handle in [*levels, *looking]:
            read_to = _read_to(thread, handle, now - away(handle))
            if read_to or handle in levels:
                thread.states[handle] = TopicState(
                    member=members[handle],
                    topic=thread.topic,
                    read_to=read_to,
                    level=TopicState.Level.WATCHING if handle in levels else "",
                    why=levels.get(handle, ""),
                )
    TopicState.objects.bulk_create([state for thread in threads for state in thread.states.values()])


def _read_to(thread: Thread, handle: str, until: datetime) -> int:
    """What was there when the member left, and what they had to read to write where they did."""
    there = [post.number for post in thread.posts if post.created_at <= until]
    own = [post.number for post in thread.posts if post.author.handle == handle]
    return max([0, *there, *own])
