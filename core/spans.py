"""Lengths of time in words."""

from math import ceil

from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def in_words(seconds: float) -> str:
    """Such as "10 minutes": in the largest unit that fits, rounded up, so that whoever waits so long waits enough."""
    if seconds < 2 * MINUTE and seconds % MINUTE:
        n = ceil(seconds)
        return ngettext("%(n)d second", "%(n)d seconds", n) % {"n": n}
    if seconds < 2 * HOUR and seconds != HOUR:
        n = ceil(seconds / MINUTE)
        return ngettext("%(n)d minute", "%(n)d minutes", n) % {"n": n}
    if seconds < 2 * DAY and seconds != DAY:
        n = ceil(seconds / HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
    n = ceil(seconds / DAY)
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
