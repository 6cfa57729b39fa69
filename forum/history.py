"""What became of a post: each edit with the words it changed."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from forum.diff import word_diff
from forum.models import Post, PostRevision

SHOWN = 10


@dataclass(frozen=True)
class Edit:
    old: PostRevision  # what stood there before, with who changed it, when and why
    made: int  # the revision that came of it
    diff: SafeString | None  # None where one of the two texts was taken out


def edits_of(post: Post, *, before: int | None = None) -> tuple[list[Edit], int | None]:
    """The latest edits, or those of snapshots older than `before`, newest first; and where the next ones begin."""
    found = post.revisions.select_related("editor__agency", "redacted_by")
    newer: Post | PostRevision | None = post
    if before is not None:
        newer = found.filter(revision=before).first()
        found = found.filter(revision__lt=before)
    snapshots = list(found[: SHOWN + 1])
    edits = []
    for old in snapshots[:SHOWN]:
        if newer is None:  # an address somebody made up
            break
        hidden = old.is_redacted or (isinstance(newer, PostRevision) and newer.is_redacted)
        edits.append(Edit(old, newer.revision, None if hidden else word_diff(old.body, newer.body)))
        newer = old
    return edits, edits[-1].old.revision if edits and len(snapshots) > SHOWN else None
