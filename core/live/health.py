from functools import cache

from django.conf import settings

TIMEOUT = 2.0  # seconds


@cache
def _redis():
    from redis import Redis  # here: importing it takes a tenth of the embedded default's start

    return Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)


def is_up() -> bool:
    """Whether the channel layer takes an event now; always so within one process."""
    if not settings.REDIS_URL:
        return True
    from redis import RedisError

    try:
        _redis().publish("readyz", "")
    except RedisError:
        return False
    return True
