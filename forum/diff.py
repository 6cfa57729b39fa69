"""What changed between two texts, word by word, as HTML that is read aloud as well as seen."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

CONTEXT = 3  # unchanged lines shown beside a change
WORDS_COMPARED = 1_000_000  # pairs: beyond, two passages are shown whole rather than compared for seconds
WORD = re.compile(r"\w+|\s+|[^\w\s]")
Piece = tuple[str, str]  # ("same" | "gone" | "new", text)


def word_diff(old: str, new: str) -> SafeString:
    """`<ins>` and `<del>` around what changed, inside text that keeps its line breaks; long unchanged parts folded."""
    return mark_safe("".join(_shown(kind, text) for kind, text in _joined(_pieces(old, new))))  # noqa: S308  (each piece is escaped)


def _pieces(old: str, new: str) -> Iterator[Piece]:
    """Lines first, then the words of those that differ: so a long post costs little more than what changed in it."""
    before, after = _lines(old), _lines(new)
    blocks = (
        SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if _fits(before, after)
        else [("replace", 0, len(before), 0, len(after))]
    )
    for index, (kind, i, j, k, m) in enumerate(blocks):
        if kind == "equal":
            yield "same", _folded(before[i:j], first=index == 0, last=index == len(blocks) - 1)
        else:
            yield from _words("".join(before[i:j]), "".join(after[k:m]))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").splitlines(keepends=True)


def _folded(lines: list[str], *, first: bool, last: bool) -> str:
    head, tail = (0 if first else CONTEXT), (0 if last else CONTEXT)
    if len(lines) <= head + tail + 1:
        return "".join(lines)
    return "".join([*lines[:head], "⋯\n", *lines[len(lines) - tail :]])


def _words(old: str, new: str) -> Iterator[Piece]:
    before, after = WORD.findall(old), WORD.findall(new)
    if not _fits(before, after):
        yield "gone", old
        yield "new", new
        return
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(before[i:j])
        else:
            yield "gone", "".join(before[i:j])
            yield "new", "".join(after[k:m])


def _fits(before: list[str], after: list[str]) -> bool:
    return len(before) * len(after) <= WORDS_COMPARED


def _joined(pieces: Iterator[Piece]) -> list[Piece]:
    """Changes that only a space parts are one change: easier to read, and to hear."""
    joined: list[list[str]] = []  # "same" or "changed", the old text, the new text
    for kind, text in pieces:
        if not text:
            continue
        if kind == "same":
            joined.append(["same", text, text])
        elif joined and joined[-1][0] == "changed":
            joined[-1][1 if kind == "gone" else 2] += text
        else:
            gap = joined.pop() if _is_gap(joined) else None
            if gap:
                joined[-1][1] += gap[1]
                joined[-1][2] += gap[2]
            else:
                joined.append(["changed", "", ""])
            joined[-1][1 if kind == "gone" else 2] += text
    flat: list[Piece] = []
    for kind, gone, new in joined:
        flat += [("same", gone)] if kind == "same" else [("gone", gone), ("new", new)]
    return [piece for piece in flat if piece[1]]


def _is_gap(joined: list[list[str]]) -> bool:
    return (
        len(joined) > 1
        and joined[-1][0] == "same"
        and joined[-2][0] == "changed"
        and joined[-1][1].isspace()
        and "\n" not in joined[-1][1]
    )


def _shown(kind: str, text: str) -> str:
    if kind == "same":
        return escape(text)
    # Most screen readers pass over ins and del in silence: say it.
    if kind == "gone":
        return format_html('<del><span class="usa-sr-only">{} </span>{}</del>', _("[removed:]"), text)
    return format_html('<ins><span class="usa-sr-only">{} </span>{}</ins>', _("[added:]"), text)
