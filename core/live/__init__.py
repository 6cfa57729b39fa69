"""Telling open pages that something changed: `publish` from any thread of any process, hear it on every socket.

An event says what changed and never what it says; the page asks the ordinary view for that. What is lost on the way
heals at the next pull, so publishing neither raises nor waits.
"""

from core.live.health import is_up
from core.live.publisher import CATCH_UP, publish, publish_to_members, recheck, recheck_everyone
from core.live.rooms import may_listen, register_room

__all__ = [
    "CATCH_UP",
    "is_up",
    "may_listen",
    "publish",
    "publish_to_members",
    "recheck",
    "recheck_everyone",
    "register_room",
]
