"""How often somebody did something in the running minute. Counted for all processes together, and by this one for
itself: when the shared cache is away, the own count still closes."""

import math
import time

from django.core.cache import caches

WINDOW = 60  # seconds


def times(key: str) -> int:
    """This time and those before it in the same minute."""
    key = f"{key}:{int(time.time()) // WINDOW}"
    return max(_count("default", key), _count("throttles", key))


def seconds_left() -> int:
    """Until the next minute begins to be counted."""
    return math.ceil(WINDOW - time.time() % WINDOW)


def _count(alias: str, key: str) -> int:
    cache = caches[alias]
    try:
        return cache.incr(key)
    except ValueError:  # the first one in this minute
        return 1 if cache.add(key, 1, 2 * WINDOW) else cache.incr(key)
