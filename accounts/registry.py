"""What apps above lend to the pages of members: filters of the directory, parts of a profile, practice areas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.models import Member, MemberQuerySet

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Filter:
    """A choice above the directory."""

    name: str  # in the address
    label: Any
    everyone: Any  # what the empty choice says
    choices: Callable[[Member], Choices]  # those the viewer may know of; one query at most
    narrow: Callable[[MemberQuerySet, Member, str], MemberQuerySet]  # (people, viewer, value)


@dataclass(frozen=True)
class Section:
    """A part of a profile: the template gets what `gather` answers; nothing is shown where that is empty."""

    template: str
    gather: Callable[[Member, Member], dict[str, Any]]  # (person, viewer)


_filters: list[Filter] = []
_sections: list[Section] = []
_areas: list[Callable[[], Choices]] = []


def add_filter(new: Filter) -> None:
    _filters.append(new)


def filters() -> list[Filter]:
    return list(_filters)


def add_section(section: Section) -> None:
    _sections.append(section)


def sections() -> list[Section]:
    return list(_sections)


def add_areas(areas: Callable[[], Choices]) -> None:
    """Practice areas to be interested in, as (slug, name)."""
    _areas.append(areas)


def areas() -> Choices:
    return [area for source in _areas for area in source()]


# --- Addresses --------------------------------------------------------------------------------------
_readers: list[Callable[[Member, Member], bool]] = []


def add_reader_of_addresses(reads: Callable[[Member, Member], bool]) -> None:
    """Who else may see somebody's address: (viewer, person)."""
    _readers.append(reads)


def reads_address(viewer: Member, person: Member) -> bool:
    return any(reads(viewer, person) for reads in _readers)


# --- Closing an account -----------------------------------------------------------------------------
_obstacles: list[Callable[[Member], list[str]]] = []
_closers: list[Callable[[Member], None]] = []


def before_close(obstacles: Callable[[Member], list[str]]) -> None:
    """What has to be done first, one sentence each; none when nothing stands in the way."""
    _obstacles.append(obstacles)


def on_close(close: Callable[[Member], None]) -> None:
    """A deed within the transaction that closes the account, while the member is still a member. May refuse."""
    _closers.append(close)


def obstacles_of(member: Member) -> list[str]:
    return [sentence for obstacles in _obstacles for sentence in obstacles(member)]


def close_all(member: Member) -> None:
    for close in _closers:
        close(member)
