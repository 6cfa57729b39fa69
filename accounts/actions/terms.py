from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import terms
from accounts.models import Member
from audit.actions import record


@transaction.atomic
def accept_terms(*, actor: Member, versions: Mapping[str, str]) -> None:
    """`versions` are those the member read, by name. ValidationError when a text is missing or has changed since."""
    locked = Member.objects.select_for_update().get(pk=actor.pk)
    for each in terms.outstanding(locked):
        if versions.get(each.name) != each.version:
            raise ValidationError(_("Please read “%(title)s” and tick its box.") % {"title": each.title})
        setattr(locked, each.field, each.version)
        record(
            actor=locked,
            action="terms.accept",
            target=f"member:{locked.pk}",
            document=each.name,
            version=each.version,
        )
    locked.save(update_fields=["accepted_notice", "accepted_guidelines"])
