"""Mails about membership itself: the only ones that also go to people who have lost it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Member
from outbox.actions import send_mails
from outbox.models import Mail


def send_about_membership(kind: str, members: Iterable[tuple[Member, dict[str, Any]]]) -> None:
    """One mail each, in the caller's transaction. templates/accounts/letters/<kind>.txt has the subject in its first
    line."""
    send_mails(mails=[_mail(kind, member, context) for member, context in members])


def _mail(kind: str, member: Member, context: dict[str, Any]) -> Mail:
    about = {
        "member": member,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "contact": settings.COMMONS_CONTACT,
    }
    text = render_to_string(f"accounts/letters/{kind}.txt", about | context)
    subject, _line, body = text.strip().partition("\n")
    return Mail(
        to=member.email,
        subject=subject.strip()[:250],
        text=body.strip() + "\n",
        kind=f"membership.{kind}",
        member_id=member.pk,
    )
