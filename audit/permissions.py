from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.errors import YES, Verdict, no


def can_read_audit(member: Any) -> Verdict:
    """The audit role alone: administrators are among those the log is about."""
    if member.is_member and member.is_auditor:
        return YES
    return no(_("The audit log is for those who hold the audit role."))
