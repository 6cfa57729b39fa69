from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise

from audit import registry
from audit.models import AuditEntry, AuditEntryQuerySet
from audit.origin import current
from audit.permissions import can_read_audit

LONGEST = 500  # characters of a fact: a label, not a text
REFUSED = {"password", "secret", "token", "code", "key", "body", "text", "html", "email", "addresses"}
PRUNED_AT_ONCE = 5_000


def record(*, actor: Any, action: str, target: str, outcome: str = "done", **facts: Any) -> AuditEntry:
    """Write one audit row in the caller's transaction; the database chains it when that commits.

    `actor` is a member or None (the system); `action` a name of the registry; `target` a string key such as
    "group:7". Facts are ids, labels and figures: never a text, an address list or a secret. LookupError for an
    action that is not registered, ValueError or TypeError for a fact that must not be here.
    """
    kept = registry.action(action).retention.value
    if wrong := REFUSED & set(facts):
        raise ValueError(f"The audit log takes no {', '.join(sorted(wrong))}.")
    now = timezone.now()
    origin = current.get()
    return AuditEntry.objects.create(
        at=now,
        actor_id=actor.pk if actor else None,
        actor_label=_plain(str(actor) if actor else "")[:200],
        action=action,
        target=target,
        outcome=outcome,
        facts=_plain(facts),
        address=origin.address if origin else None,
        session=origin.session if origin else "",
        request_id=origin.request_id if origin else "",
        keep_until=now + kept if kept else None,
    )


def _plain(fact: Any) -> Any:
    """What both databases keep and give back exactly as it is."""
    if fact is None or isinstance(fact, bool | int):
        return fact
    if isinstance(fact, str | Promise):
        text = str(fact).replace("\0", "").encode(errors="replace").decode()
        return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    if isinstance(fact, dict):
        return {_plain(str(name)): _plain(value) for name, value in fact.items()}
    if isinstance(fact, list | tuple | set | frozenset):
        return [_plain(each) for each in (sorted(fact) if isinstance(fact, set | frozenset) else fact)]
    raise TypeError(f"A fact of the audit log is text or a whole number, not {type(fact).__name__}.")


@transaction.atomic
def export_entries(*, actor: Any, form: str, criteria: dict[str, Any]) -> AuditEntryQuerySet:
    """What `AuditEntry.objects.search` finds by these criteria, oldest first; the export itself is audited."""
    can_read_audit(actor).enforce()
    told = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in criteria.items()
        if value
    }
    mine = record(actor=actor, action="audit.export", target="audit", form=form, criteria=told)
    return AuditEntry.objects.search(**criteria).filter(pk__lt=mine.pk).order_by("pk")


def prune() -> int:
    """Remove the rows whose time is over; their links stay, so that the chain still proves all that is left.

    The database refuses to remove any other row. Returns how many went.
    """
    removed = 0
    while batch := list(
        AuditEntry.objects.expired().order_by("pk").values_list("pk", flat=True)[:PRUNED_AT_ONCE]
    ):
        with transaction.atomic():
            count, _rows = AuditEntry.objects.expired().filter(pk__in=batch).delete()
            record(actor=None, action="audit.prune", target="audit", count=count, last=batch[-1])
        removed += count
    return removed
