"""What a member accepts before the first access, and again when the text has changed: the system-use notice and the
community guidelines. A site that sets neither asks for nothing.

Which version was accepted last is kept on the member's row, so that the gate needs no query of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from core.markup import render


@dataclass(frozen=True)
class Terms:
    name: str
    title: Any
    agreement: Any  # what the box says
    field: str  # of the member's row
    text: str

    @property
    def version(self) -> str:
        return _version(self.text)

    @property
    def html(self) -> str:
        return _html(self.text)


@lru_cache(maxsize=8)
def _version(text: str) -> str:
    """Any change of the text makes another one."""
    return sha256(text.encode()).hexdigest()[:12]


@lru_cache(maxsize=8)
def _html(text: str) -> str:
    return render(text).html


def in_force() -> list[Terms]:
    notice, guidelines = settings.COMMONS_SYSTEM_USE_NOTICE, settings.COMMONS_GUIDELINES
    found = []
    if notice:
        agreement = _("I have read the notice and agree to it")
        found.append(Terms("notice", _("System-use notice"), agreement, "accepted_notice", notice))
    if guidelines:
        agreement = _("I will keep to the guidelines")
        found.append(
            Terms("guidelines", _("Community guidelines"), agreement, "accepted_guidelines", guidelines)
        )
    return found


def outstanding(member: Member) -> list[Terms]:
    return [terms for terms in in_force() if getattr(member, terms.field) != terms.version]
