"""Verifies the chain: reads every row once, in the order of the chain, and hashes again what the database hashed.

One statement in one direction, so that a million rows take seconds and little memory. The expressions are those of
migrations/0002_append_only.py; here the database only puts the columns in a row, and Python does the hashing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import connection

ROWS_AT_ONCE = 5_000

POSTGRESQL = """
    SELECT l.position, l.entry_id, l.digest, l.hash,
        coalesce(to_char(l.keep_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), ''),
        coalesce(l.keep_until < now(), false),
        CASE WHEN e.id IS NOT NULL THEN jsonb_build_array(
            to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), e.actor_id, e.actor_label, e.action,
            e.target, e.outcome, e.facts, host(e.address), e.session, e.request_id,
            to_char(e.keep_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'))::text END
    FROM audit_auditlink l LEFT JOIN audit_auditentry e ON e.id = l.entry_id
    WHERE l.position <= %s ORDER BY l.position
"""
COLUMNS = ["at", "actor_id", "actor_label", "action", "target", "outcome", "facts", "address", "session"]
COLUMNS += ["request_id", "keep_until"]
CONTENT = " || ',' || ".join(f"typeof(e.{name}) || hex(e.{name})" for name in COLUMNS)
SQLITE = f"""
    SELECT l.position, l.entry_id, hex(l.digest), hex(l.hash), hex(ifnull(l.keep_until, '')),
        ifnull(l.keep_until < strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'), 0),
        CASE WHEN e.id IS NOT NULL THEN {CONTENT} END
    FROM audit_auditlink l LEFT JOIN audit_auditentry e ON e.id = l.entry_id
    WHERE l.position <= %s ORDER BY l.position
"""  # noqa: S608  (the names are the ones above)
UNCHAINED = """
    SELECT min(e.id) FROM audit_auditentry e WHERE NOT EXISTS (
        SELECT 1 FROM audit_auditlink l WHERE l.entry_id = e.id)
"""


@dataclass(frozen=True)
class Link:
    position: int
    entry_id: int
    digest: str
    hash: str
    keep_until: str
    is_over: bool  # the entry's time, so that it may be gone
    content: str | None


@dataclass(frozen=True)
class Finding:
    """`broken` is a sentence about the first row that is wrong, empty when all is well."""

    rows: int
    hash: str
    broken: str = ""


def verify(anchor: tuple[int, str] | None = None) -> Finding:
    """`anchor` is a position and the hash it had when somebody noted it elsewhere: proof against a new chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, hash FROM audit_audithead WHERE id = 1")
        head = cursor.fetchone()
    if head is None:
        return Finding(0, "", "The head of the chain was removed.")
    rows, last = 0, ""
    for link in _links(head[0]):
        if broken := _what_is_wrong(link, rows + 1, last):
            return Finding(rows, last, broken)
        rows, last = link.position, link.hash
        if anchor and rows == anchor[0] and last != anchor[1]:
            return Finding(rows, last, f"{_name(link)}: the chain is not the one that was noted.")
    return Finding(rows, last, _wrong_at_the_end(rows, last, head, anchor))


def _what_is_wrong(link: Link, expected: int, before: str) -> str:
    if link.position != expected:
        return f"Row {expected} of the chain was removed. The next one there is {_name(link)}."
    if link.content is None:
        if not link.is_over:
            return f"{_name(link)} was removed."
    elif sha256(link.content.encode()).hexdigest() != link.digest:
        return f"{_name(link)} was changed."
    parts = (before, str(link.position), str(link.entry_id), link.keep_until, link.digest)
    if sha256(",".join(parts).encode()).hexdigest() != link.hash:
        return f"{_name(link)} was reordered, or its link was changed."
    return ""


def _wrong_at_the_end(rows: int, last: str, head: tuple[int, str], anchor: tuple[int, str] | None) -> str:
    if rows < head[0]:
        return f"Row {rows + 1} of the chain was removed, and all up to row {head[0]}, the last."
    if last != head[1]:
        return f"The head of the chain was changed: it does not end as row {rows} does."
    if anchor and anchor[0] > rows:
        return f"Row {rows + 1} of the chain was removed, and all up to row {anchor[0]}, which was noted."
    with connection.cursor() as cursor:
        # One statement sees one moment, whatever is added meanwhile.
        cursor.execute(
            "SELECT coalesce((SELECT max(position) FROM audit_auditlink), 0), position"
            " FROM audit_audithead WHERE id = 1"
        )
        links, told = cursor.fetchone()
        cursor.execute(UNCHAINED)
        [unchained] = cursor.fetchone()
    if links != told:
        return f"The head of the chain was changed: it says {told} rows, and there are {links}."
    if unchained is not None:
        return f"Entry {unchained} was added beside the chain."
    return ""


def _name(link: Link) -> str:
    return f"Row {link.position} (entry {link.entry_id})"


def _links(upto: int) -> Iterator[Link]:
    is_postgresql = connection.vendor == "postgresql"
    with connection.chunked_cursor() as cursor:
        cursor.execute(POSTGRESQL if is_postgresql else SQLITE, [upto])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            for row in rows:
                yield Link(*row) if is_postgresql else _from_sqlite(*row)


def _from_sqlite(
    position: Any, entry: Any, digest: str, hash_: str, until: str, is_over: Any, content: Any
) -> Link:
    """Text comes as hexadecimal figures, for it may be no text any more."""
    digest, hash_, until = (bytes.fromhex(text).decode(errors="replace") for text in (digest, hash_, until))
    return Link(position, entry, digest, hash_, until, bool(is_over), content)
