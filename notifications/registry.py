"""What members can be told of. The app where it happens registers a kind: who should know, who may, what to say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from notifications.models import Notice, NoticeEvent, Preferences


class Why(NamedTuple):
    """What has led to a notice, in words, and where its member changes that: a POST of level=normal to `less`, if
    there is one, or the page at `change`, which shows all there is to choose."""

    text: str
    less: str
    change: str


@dataclass(frozen=True)
class Kind:
    name: str
    label: Any  # for filters; translatable
    # (event, after member id, limit) -> [(member id, strongest reason)], ascending by member id
    audience: Callable[[NoticeEvent, int, int], list[tuple[int, str]]]
    # (event, member ids) -> those who may know of it at this moment
    may_see: Callable[[NoticeEvent, list[int]], set[int]]
    describe: Callable[[Notice], str]  # the sentence a person reads
    # Unread notices of one source for these reasons are one row with a count.
    collapses: frozenset[str] = frozenset()
    # The member's switch that a reason belongs to (Preferences); `else_` for reasons not named.
    switches: Mapping[str, str] = field(
        default_factory=lambda: {
            **dict.fromkeys(("mention", "reply", "quote"), "direct"),
            **dict.fromkeys(("followed", "tag", "category"), "followed"),
        }
    )
    else_: str = "groups"
    why: Callable[[Notice], Why | None] = lambda notice: None

    def switch(self, reason: str) -> str:
        return self.switches.get(reason, self.else_)

    def bucket(self, event: NoticeEvent, reason: str) -> str:
        return f"{self.name}:{reason}" if reason in self.collapses else f"{self.name}:{event.pk}"


_registry: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    unknown = {kind.else_, *kind.switches.values()} - set(Preferences.SWITCHES)
    if unknown:
        raise ValueError(f"{kind.name}: no such switch: {', '.join(sorted(unknown))}")
    _registry[kind.name] = kind


def kind_of(name: str) -> Kind:
    return _registry[name]


def kinds() -> list[Kind]:
    return sorted(_registry.values(), key=lambda kind: kind.name)


def choices() -> list[tuple[str, Any]]:
    """For a filter: (kinds, comma-separated, label) for each label."""
    labels: dict[str, list[str]] = {}
    for kind in kinds():
        labels.setdefault(str(kind.label), []).append(kind.name)
    return [(",".join(names), label) for label, names in labels.items()]
