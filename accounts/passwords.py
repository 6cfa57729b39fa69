"""What Django's own validators leave out: a greatest length, and passwords that only look long."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Words an attacker of this very site tries first, beside those of the person and the site's own name.
CONTEXTUAL = frozenset(
    """
    artificialintelligence communityofpractice community practice commons forum workinggroup government federal
    agency password passwort passphrase welcome letmein changeme admin administrator login secret iloveyou monkey
    dragon baseball football sunshine correcthorsebatterystaple spring summer autumn winter fall gov mil edu usa
    united states of america
    """.split()  # noqa: SIM905  (a list of fifty quoted words is harder to read)
)
RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LEFT_OVER = 6  # letters and digits that must remain when everything guessable is taken away


def least_length(user, min_length: int, with_second_factor: int) -> int:
    """Characters a password must have."""
    return with_second_factor if getattr(user, "has_second_factor", False) else min_length


class MinimumLengthValidator:
    """A password that is the only factor has to be longer than one beside a passkey or an app."""

    def __init__(self, min_length: int, with_second_factor: int) -> None:
        self.lengths = (min_length, with_second_factor)

    def validate(self, password, user=None) -> None:
        least = least_length(user, *self.lengths)
        if len(password) < least:
            raise ValidationError(
                _("This password is too short. It must contain at least %(n)d characters.") % {"n": least},
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        return _("At least %(alone)d characters; %(beside)d beside a passkey or an authenticator app.") % {
            "alone": self.lengths[0],
            "beside": self.lengths[1],
        }


class MaximumLengthValidator:
    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def validate(self, password, user=None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("Your password can have up to %(max)d characters of any kind.") % {"max": self.max_length}


class GuessableValidator:
    """Refuses what is made of known words, of the person's own, of one piece repeated, or of runs of the keyboard.

    Silent about what is too short: one reason is enough.
    """

    def __init__(self, min_length: int, with_second_factor: int) -> None:
        self.lengths = (min_length, with_second_factor)

    def validate(self, password, user=None) -> None:
        if len(password) < least_length(user, *self.lengths):
            return
        if len(set(password)) < 5 or re.fullmatch(r"(.{1,8}?)\1+.{0,7}", password):
            raise ValidationError(
                _("This password repeats itself. Choose one that does not."), code="password_repeats"
            )
        plain = re.sub(r"[\W_]+", "", password.casefold())
        left, found = plain, []
        for word in sorted(self._words(user), key=len, reverse=True):
            if word in left:
                left = left.replace(word, " ")
                found.append(word)
        left = re.sub(r"\d{1,4}", "", _without_runs(left))
        if password.isascii() and len(re.sub(r"\s", "", left)) < LEFT_OVER:
            raise ValidationError(_reason(found), code="password_guessable")

    def get_help_text(self) -> str:
        return _(
            "Your password can’t be made of your name, this site’s name, common words or neighbouring keys."
        )

    def _words(self, user) -> set[str]:
        own = " ".join(
            [settings.SITE_NAME, *(getattr(user, name, "") or "" for name in ("email", "name", "handle"))]
        )
        return {*CONTEXTUAL, *(word for word in re.split(r"[\W_]+", own.casefold()) if len(word) > 2)}


def _without_runs(text: str) -> str:
    """The text without pieces of four and more neighbours of the alphabet, the digits or the keyboard."""
    kept, start = [], 0
    while start < len(text):
        end = start + 4
        if _is_run(text[start:end]):
            while end < len(text) and _is_run(text[start : end + 1]):
                end += 1
            start = end
        else:
            kept.append(text[start])
            start += 1
    return "".join(kept)


def _is_run(piece: str) -> bool:
    return len(piece) > 3 and any(piece in run or piece in run[::-1] for run in RUNS)


def _reason(found: list[str]) -> str:
    if not found:
        return _("This password follows the keyboard or the alphabet. Choose one that does not.")
    return _("This password is made of words that are tried first (%(words)s). Add words of your own.") % {
        "words": ", ".join(found[:3])
    }
