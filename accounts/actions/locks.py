from __future__ import annotations

from accounts.models import Member


def lock_both(actor: Member, member: Member) -> tuple[Member, Member]:
    """Both rows as of now, locked in one order: of two administrators who act on each other one is first, and the
    other one is judged by what the first has left of them."""
    pks = sorted({actor.pk, member.pk})
    rows = {row.pk: row for row in Member.objects.select_for_update().filter(pk__in=pks).order_by("pk")}
    return rows[actor.pk], rows[member.pk]
