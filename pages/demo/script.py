"""Reads the demo's topics: one file each under topics/, written as one would read the thread.

A file begins with `name: value` lines and an empty line. Then comes one block for each post:

    ===>> handle +2h30m answer
    The text.

The number of `>` is the depth, the time counts from the post above it in the tree (at depth 0: from the start of
the topic), `answer` marks the post that solved it. Two kinds of block speak of the post before them: `===was +1h
reason` holds the text it had until it was edited, `===removed handle +2h reason` says who took it away.
`{topic:name}` in a text becomes the address of that topic, `{file:name}` that of a file of attached.py.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

TOPICS = Path(__file__).parent / "topics"
BLOCK = re.compile(r"^===(?:(was)|(removed)|(>*))[ ]*(.*)$", re.MULTILINE)
SPAN = re.compile(r"\+?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?\Z")


class Deed(NamedTuple):
    """Something that happened to a post or a topic: by whom, how long after the topic began, why."""

    handle: str
    at: timedelta
    reason: str


@dataclass
class Line:
    """One post, before it is a row. `at` counts from the start of its topic."""

    handle: str
    at: timedelta
    parent: "Line | None"
    body: str = ""
    is_answer: bool = False
    earlier: tuple[str, Deed] | None = None  # the text before the edit, and the edit
    removed: Deed | None = None


@dataclass
class Script:
    name: str
    title: str
    category: str
    tags: list[str]
    age: timedelta  # of the first post, at the moment of seeding
    is_pinned: bool = False
    locked: Deed | None = None
    moved: tuple[str, Deed] | None = None  # from a category, by its slug
    followed: list[str] = field(default_factory=list)  # handles of those who follow without having posted
    lines: list[Line] = field(default_factory=list)  # in reading order


def scripts() -> list[Script]:
    """All topics, the oldest first."""
    found = [read(path.stem, path.read_text()) for path in sorted(TOPICS.glob("*.md"))]
    return sorted(found, key=lambda script: script.age, reverse=True)


def read(name: str, text: str) -> Script:
    """Raises ValueError, naming the file, for what cannot have happened."""
    head, _, rest = text.partition("\n\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    script = Script(
        name=name,
        title=facts["title"],
        category=facts["category"],
        tags=[tag.strip() for tag in facts["tags"].split(",")],
        age=span(facts["started"]) + timedelta(minutes=crc32(name.encode()) % 55),
        is_pinned=facts.get("pinned") == "yes",
        followed=[handle.strip() for handle in facts.get("followed", "").split(",") if handle],
    )
    if "locked" in facts:
        handle, after, reason = facts["locked"].split(" ", 2)
        script.locked = Deed(handle, span(after), reason)
    if "moved" in facts:
        handle, after, slug, reason = facts["moved"].split(" ", 3)
        script.moved = slug, Deed(handle, span(after), reason)
    _read_lines(script, rest)
    _check(script)
    return script


def _read_lines(script: Script, text: str) -> None:
    marks = list(BLOCK.finditer(text))
    trail: list[Line] = []  # the latest post at each depth
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end() : following.start() if following else len(text)].strip() + "\n"
        was, removed, level, words = mark.groups()
        if was or removed:
            last = script.lines[-1]
            by, after, reason = (last.handle, *words.split(" ", 1)) if was else words.split(" ", 2)
            deed = Deed(by, last.at + span(after), reason)
            if was:
                last.earlier = (body, deed)
            else:
                last.removed = deed
            continue
        handle, *marks_of_post = words.split()
        parent = trail[len(level) - 1] if level else None
        line = Line(handle, timedelta(), parent, body)
        for word in marks_of_post:
            if word == "answer":
                line.is_answer = True
            else:
                line.at = (parent.at if parent else timedelta()) + _lifelike(span(word), script, handle)
        del trail[len(level) :]
        trail.append(line)
        script.lines.append(line)


def _lifelike(after: timedelta, script: Script, handle: str) -> timedelta:
    """Nobody answers on the full hour: some minutes and seconds more, the same each time."""
    more = crc32(f"{script.name}{handle}{after}{len(script.lines)}".encode())
    return after + timedelta(seconds=more % (540 if after >= timedelta(hours=1) else 60))


def span(words: str) -> timedelta:
    found = SPAN.match(words)
    if not found or not any(found.groups()):
        raise ValueError(f"Not a span of time: {words}")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _check(script: Script) -> None:
    """Time must pass: nothing lies in the future, no reply before what it answers, reading order is path order."""
    latest: dict[int, timedelta] = {}
    for line in script.lines:
        before = latest.get(id(line.parent))
        if line.at >= script.age or (line.parent and line.at <= line.parent.at):
            raise ValueError(f"{script.name}: {line.handle} at {line.at} comes too early or too late.")
        if before is not None and line.at <= before:
            raise ValueError(f"{script.name}: {line.handle} at {line.at} stands below a later reply.")
        latest[id(line.parent)] = line.at
