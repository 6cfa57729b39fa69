from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import avatars, registry
from accounts.handles import RESERVED
from accounts.models import HandleHistory, Interest, Member, Mute
from accounts.own_profile import profile_of, state_of
from accounts.permissions import can_edit_profile, can_mute
from audit.actions import record
from core.errors import Conflict
from core.markup import MarkupError, render

RENAMES = 3  # in RENAMES_IN: handles given up are lost to everyone else, so nobody may collect them
RENAMES_IN = timedelta(days=30)


@transaction.atomic
def update_profile(
    *,
    actor: Member,
    member: Member,
    name: str,
    handle: str,
    title: str,
    occupation: str,
    about: str,
    time_zone: str,
    interests: list[str],
    is_listed: bool,
    seen: str = "",
) -> Member:
    """ValidationError on `about` when its Markdown can't be rendered, on `handle` when it is not to be had.

    Conflict when the profile is not in the state `seen` any more.
    """
    locked = _own(actor, member)
    if seen and seen != state_of(profile_of(locked)):
        raise Conflict(locked)
    try:
        locked.about_html = render(about).html if about.strip() else ""
    except MarkupError as error:
        raise ValidationError({"about": str(error)}) from error
    locked.name, locked.title, locked.occupation = name, title, occupation
    locked.about, locked.time_zone, locked.is_listed = about, time_zone, is_listed
    locked.save(
        update_fields=["name", "title", "occupation", "about", "about_html", "time_zone", "is_listed"]
    )
    if handle.lower() != locked.handle:
        _rename(locked, handle.lower())
    _write_interests(locked, interests)
    record(actor=actor, action="profile.update", target=f"member:{locked.pk}")
    return locked


def _own(actor: Member, member: Member) -> Member:
    locked = Member.objects.select_for_update().get(pk=member.pk)
    can_edit_profile(actor, locked).enforce()
    return locked


def _rename(member: Member, handle: str) -> None:
    """The old handle goes on leading to the member. Whether the new one is free is asked after taking it: the one
    who has just given it up may have committed meanwhile."""
    taken = ValidationError({"handle": _("Somebody has, or had, this handle. Choose another.")})
    if handle in RESERVED or handle.startswith("former-"):
        raise taken
    lately = member.handles_before.filter(ended_at__gt=timezone.now() - RENAMES_IN)
    if lately.count() >= RENAMES:
        raise ValidationError(
            {"handle": _("You changed your handle three times this month. Please wait a while.")}
        )
    old, member.handle = member.handle, handle
    try:
        with transaction.atomic():
            member.save(update_fields=["handle"])
    except IntegrityError:
        raise taken from None
    if HandleHistory.objects.filter(handle=handle).exclude(member=member).exists():
        raise taken
    HandleHistory.objects.filter(handle=handle).delete()  # back to one of their own
    HandleHistory.objects.create(handle=old, member=member)
    record(actor=member, action="member.handle", target=f"member:{member.pk}", old=old, new=handle)


def _write_interests(member: Member, areas: list[str]) -> None:
    """What is no practice area any more goes."""
    wanted = {slug for slug, _name in registry.areas()} & set(areas)
    member.interests.exclude(area__in=wanted).delete()
    Interest.objects.bulk_create(
        [Interest(member=member, area=area) for area in sorted(wanted)], ignore_conflicts=True
    )


@transaction.atomic
def change_avatar(*, actor: Member, member: Member, pictures: Mapping[int, bytes]) -> Member:
    """`pictures` come from `avatars.prepare`."""
    locked = _own(actor, member)
    old = locked.avatar_version
    # Never one that was: an address that a browser keeps for ever shows one picture.
    locked.avatar_version = secrets.randbelow(2**31 - 2) + 1
    avatars.store(locked.pk, locked.avatar_version, pictures)
    locked.save(update_fields=["avatar_version"])
    record(actor=actor, action="profile.avatar", target=f"member:{locked.pk}", version=locked.avatar_version)
    _delete_later(locked.pk, old)
    return locked


@transaction.atomic
def remove_avatar(*, actor: Member, member: Member) -> Member:
    locked = _own(actor, member)
    old, locked.avatar_version = locked.avatar_version, 0
    locked.save(update_fields=["avatar_version"])
    record(actor=actor, action="profile.avatar", target=f"member:{locked.pk}", version=0)
    _delete_later(locked.pk, old)
    return locked


def _delete_later(member_id: int, version: int) -> None:
    if version:
        transaction.on_commit(partial(avatars.delete, member_id, version), robust=True)


def mute_member(*, actor: Member, member: Member) -> None:
    """Idempotent. Hear nothing from somebody; they are not told."""
    can_mute(actor, member).enforce()
    Mute.objects.get_or_create(member=actor, muted=member)


def unmute_member(*, actor: Member, member: Member) -> None:
    Mute.objects.filter(member=actor, muted=member).delete()
