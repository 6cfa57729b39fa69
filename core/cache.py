"""Redis as a cache that may be away: reads miss, writes are dropped, and nobody gets an error page."""

import logging
import time
from collections import OrderedDict
from threading import Lock
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)
AWAY_SECONDS = 1.0  # after a failure Redis is left alone this long, so that requests do not queue on it
# Whatever starts so is counted by this process beside Redis, so that throttles of signing in stay closed without it.
THROTTLES = "allauth:rl:"
AWAY = object()
NOTHING = DummyCache("nothing", {})


class OneClient(RedisCacheClient):
    """Making a client costs nearly as much as asking Redis; this one, of the only server, is kept."""

    _kept: Redis | None = None

    def get_client(self, *args: Any, **kwargs: Any) -> Redis:
        if self._kept is None:
            self._kept = super().get_client(*args, **kwargs)
        return self._kept


class ResilientRedisCache(RedisCache):
    _away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient

    def _attempt(self, method: str, otherwise: Any, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() < self._away_until:
            return otherwise
        try:
            return getattr(super(), method)(*args, **kwargs)
        except (RedisConnectionError, RedisTimeoutError) as error:
            type(self)._away_until = time.monotonic() + AWAY_SECONDS
            logger.warning("The cache is away: %s", error)
            return otherwise

    def get(self, key, default=None, version=None):
        found = self._attempt("get", AWAY, key, default, version)
        return _beside(key).get(key, default, version) if found is AWAY else found

    def get_many(self, keys, version=None):
        return self._attempt("get_many", {}, keys, version)

    def add(self, key, value, *args, **kwargs):
        found = self._attempt("add", AWAY, key, value, *args, **kwargs)
        return _beside(key).add(key, value, *args, **kwargs) if found is AWAY else found

    def set(self, key, value, *args, **kwargs):
        _beside(key).set(key, value, *args, **kwargs)
        return self._attempt("set", None, key, value, *args, **kwargs)

    def set_many(self, data, *args, **kwargs):
        return self._attempt("set_many", [], data, *args, **kwargs)

    def touch(self, key, *args, **kwargs):
        return self._attempt("touch", False, key, *args, **kwargs)

    def delete(self, key, version=None):
        _beside(key).delete(key, version)
        return self._attempt("delete", False, key, version)

    def delete_many(self, keys, version=None):
        return self._attempt("delete_many", None, keys, version)

    def incr(self, key, delta=1, version=None):
        return self._attempt("incr", delta, key, delta, version)

    def has_key(self, key, version=None):
        return self._attempt("has_key", False, key, version)


def _beside(key: str) -> BaseCache:
    return caches["throttles"] if key.startswith(THROTTLES) else NOTHING


class LocalCache(BaseCache):
    """Of one process, which gets back the very objects that it put in: to pickle a page costs more than to send it.

    So nothing that is kept here is ever changed; who has to, copies it first.
    """

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        # Each thread has a cache of its own, and all of them these.
        self._values, self._lock = _stores.setdefault(name, (OrderedDict(), Lock()))
        self._most = int(params["OPTIONS"]["MAX_ENTRIES"])

    def get(self, key, default=None, version=None):
        with self._lock:
            if not self._has(key):
                return default
            self._values.move_to_end(key)
            return self._values[key][0]

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        with self._lock:
            self._set(key, value, timeout)

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        with self._lock:
            is_new = not self._has(key)
            if is_new:
                self._set(key, value, timeout)
            return is_new

    def delete(self, key, version=None):
        with self._lock:
            return self._values.pop(key, None) is not None

    def clear(self):
        with self._lock:
            self._values.clear()

    def _has(self, key: str) -> bool:
        kept = self._values.get(key)
        return kept is not None and (kept[1] is None or kept[1] > time.time())

    def _set(self, key: str, value: Any, timeout: Any) -> None:
        if key not in self._values and len(self._values) >= self._most:
            for _ in range(self._most // 4):  # those that nobody has asked for lately
                self._values.popitem(last=False)
        self._values[key] = (value, self.get_backend_timeout(timeout))
        self._values.move_to_end(key)


_stores: dict[str, tuple[OrderedDict[str, tuple[Any, float | None]], Lock]] = {}
