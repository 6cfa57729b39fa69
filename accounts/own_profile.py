"""A profile as its member may write it, and a short name for its state, so that two writers do not undo each other."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from accounts.models import Member

FIELDS = ("name", "handle", "title", "occupation", "about", "time_zone", "is_listed")


def profile_of(member: Member) -> dict[str, Any]:
    """What `update_profile` takes."""
    interests = sorted(each.area for each in member.interests.all())
    return {name: getattr(member, name) for name in FIELDS} | {"interests": interests}


def state_of(profile: dict[str, Any]) -> str:
    """Changes with anything in the profile."""
    return sha256(json.dumps(profile, sort_keys=True).encode()).hexdigest()[:16]
