"""Highlighting of code blocks: Pygments' tokens under their short class names, no inline style.

The expressions of Pygments' 600 lexers are not ours to vouch for: this runs under a limit only (child.py).
"""

from functools import cache

from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import STANDARD_TYPES
from pygments.util import ClassNotFound

Piece = tuple[str, str]  # class (or nothing), text
PIECES = 3_000  # a block that falls into more is shown plain


@cache
def _aliases() -> frozenset[str]:
    return frozenset(alias for lexer in get_all_lexers(plugins=False) for alias in lexer[1])


def highlight(code: str, language: str) -> list[Piece] | None:
    """The code in pieces, or None when the language is unknown or there is nothing to gain."""
    if language not in _aliases():
        return None
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    pieces: list[Piece] = []
    for kind, text in lexer.get_tokens(code):
        while kind not in STANDARD_TYPES:
            kind = kind.parent
        name = STANDARD_TYPES[kind] if text.strip() else ""
        if pieces and pieces[-1][0] == name:
            pieces[-1] = (name, pieces[-1][1] + text)
        else:
            pieces.append((name, text))
        if len(pieces) > PIECES:
            return None
    return pieces
