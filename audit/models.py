"""The record of deeds, and the chain that shows whether anybody touched it.

Rows are only ever added: the database itself refuses to change them, or to remove them before their time
(migrations/0002_append_only.py). When a transaction with audit rows commits, the database gives each row the next
link of the chain, whose hash covers the link before it and what the row says. `audit/chain.py` verifies.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AuditEntryQuerySet(models.QuerySet):
    def search(
        self,
        *,
        actor: str = "",
        action: str = "",
        target: str = "",
        outcome: str = "",
        since: date | None = None,
        until: date | None = None,
    ) -> AuditEntryQuerySet:
        """All that is given must hold. Days are whole days in UTC, the last one included.

        `actor` is a member's number or a part of the name; `target` a key ("group:7") or a kind ("group").
        """
        found = self.by(actor) if actor else self
        if action:
            found = found.filter(action=action)
        if target:
            is_key = ":" in target or target == "site"
            found = found.filter(target=target) if is_key else found.filter(target__startswith=f"{target}:")
        if outcome:
            found = found.filter(outcome=outcome)
        if since:
            found = found.filter(at__gte=_midnight(since))
        if until:
            found = found.filter(at__lt=_midnight(until) + timedelta(days=1))
        return found

    def by(self, actor: str) -> AuditEntryQuerySet:
        if actor.isdecimal() and len(actor) < 19:
            return self.filter(actor_id=int(actor))
        return self.filter(actor_label__icontains=actor)

    def expired(self) -> AuditEntryQuerySet:
        """What may be removed by now."""
        return self.filter(keep_until__lt=timezone.now())


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class AuditEntry(models.Model):
    """Who did what to what, from where, and how it ended. Ids and labels only, so that a row outlives what it names.

    The digest in the chain covers these columns as they are. A further fact belongs in `facts`, not in a new column.
    """

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor_id = models.BigIntegerField(null=True)  # None: the system, or nobody that is known
    actor_label = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)  # a name of audit/registry.py
    target = models.CharField(max_length=80)  # a string key, such as "group:7"
    outcome = models.CharField(max_length=20, default="done")
    facts = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)  # where the request came from
    session = models.CharField(
        max_length=32, blank=True
    )  # a keyed hash: one session's deeds can be told together
    request_id = models.CharField(max_length=64, blank=True)
    keep_until = models.DateTimeField(null=True, db_index=True)  # None: for ever

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["actor_id", "id"], name="audit_by_actor"),
            models.Index(fields=["action", "id"], name="audit_by_action"),
            models.Index(fields=["target", "id"], name="audit_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"

    def as_dict(self) -> dict[str, Any]:
        """What an export tells."""
        return {
            "id": self.pk,
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "actor_id": self.actor_id,
            "actor": self.actor_label,
            "action": self.action,
            "target": self.target,
            "outcome": self.outcome,
            "address": self.address,
            "session": self.session,
            "request_id": self.request_id,
            "facts": self.facts,
        }


class AuditLink(models.Model):
    """An entry's place in the chain. Written by the database at commit; it stays when the entry's time is over."""

    position = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    keep_until = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64)  # SHA-256 of what the entry says
    hash = models.CharField(max_length=64)  # SHA-256 of the hash before, and all of the above

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.hash}"


class AuditHead(models.Model):
    """The one row that says where the chain ends, so that a chain cut short does not pass for a whole one.

    Commits wait for each other on it, which is why the chain has no forks.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="the_chain_has_one_head")]

    def __str__(self) -> str:
        return f"{self.position}: {self.hash}"
