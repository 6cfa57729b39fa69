"""Wakes the workers of this process as soon as a job is committed. Those of other processes look every POLL seconds."""

import threading

POLL = 0.2  # seconds
_waiting = threading.Condition()
_count = 0


def nudge() -> None:
    global _count
    with _waiting:
        _count += 1
        _waiting.notify_all()


def seen() -> int:
    """What to hand to `wait`: taken before looking for jobs, so that a nudge in between is not missed."""
    return _count


def wait(since: int, seconds: float = POLL) -> None:
    with _waiting:
        _waiting.wait_for(lambda: _count != since, timeout=seconds)
