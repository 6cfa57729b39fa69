from collections.abc import Callable
from typing import Any

# (member, id) -> whether the member may hear of that thing
MayListen = Callable[[Any, int], bool]
_registry: dict[str, MayListen] = {}


def register_room(prefix: str, may_listen: MayListen) -> None:
    """Rooms named "prefix:<id>". Asked at every subscription, every minute, and when something was taken away."""
    _registry[prefix] = may_listen


def may_listen(member: Any, room: str) -> bool:
    prefix, _, number = room.partition(":")
    if prefix not in _registry or not number.isascii() or not number.isdigit() or len(number) > 18:
        return False
    return _registry[prefix](member, int(number))
