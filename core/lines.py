import re
import unicodedata

# Control, format (direction marks, zero width), private use, half surrogates.
UNSEEN = {"Cc", "Cf", "Co", "Cs"}
JOINER = re.compile("(?<=[^\\x00-\\x7f])[\\u200c\\u200d](?=[^\\x00-\\x7f])")  # of emoji, Persian, Hindi …


def one_line(text: str) -> str:
    """The text with one space between its words and without what nobody sees, which turns a name round, makes two
    names look the same, and comes along when text is pasted."""
    joined = {match.start() for match in JOINER.finditer(text)}
    seen = (
        char
        for at, char in enumerate(text)
        if char.isspace() or at in joined or unicodedata.category(char) not in UNSEEN
    )
    return " ".join("".join(seen).split())
