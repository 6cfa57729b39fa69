from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone


class JobQuerySet(models.QuerySet):
    def due(self, now: datetime) -> JobQuerySet:
        """Jobs to take up, the most urgent first: waiting ones whose time has come, and running ones whose
        worker let the lease run out."""
        return self.filter(
            Q(state=Job.State.READY, run_at__lte=now) | Q(state=Job.State.RUNNING, leased_until__lt=now)
        ).order_by("-priority", "run_at", "id")


class Job(models.Model):
    """A promise to run a task, written in the transaction of the deed that needs it."""

    class State(models.TextChoices):
        READY = "ready"
        RUNNING = "running"
        DONE = "done"
        PARKED = "parked"  # gave up after its attempts; a person must look

    task = models.CharField(max_length=200)  # dotted path of the django.tasks Task
    args = models.JSONField(default=list)
    kwargs = models.JSONField(default=dict)
    queue = models.CharField(max_length=40, default="default")
    priority = models.SmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    run_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["-priority", "run_at", "id"],
                name="jobs_waiting",
                condition=Q(state__in=["ready", "running"]),
            ),
            # Polling asks these two whether anything is due at all, however many wait for later.
            models.Index(fields=["run_at"], name="jobs_ready", condition=Q(state="ready")),
            models.Index(fields=["leased_until"], name="jobs_leased", condition=Q(state="running")),
            models.Index(fields=["finished_at"], name="jobs_finished", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.state}"


class Tick(models.Model):
    """The last slot a periodic task was enqueued for: claimed by a conditional UPDATE, so once however many workers."""

    name = models.CharField(max_length=100, primary_key=True)
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Mail(models.Model):
    """One outgoing message and its fate."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DROPPED = "dropped"  # not needed any more: what it told was read meanwhile, or may not be told
        FAILED = "failed"

    to = models.EmailField(max_length=254)
    member_id = models.BigIntegerField(null=True, db_index=True)
    kind = models.CharField(max_length=60)
    # Either a finished message …
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    # … or the key of what it is about ("notice:12"): then the text is made, and the right to it checked, at sending.
    about = models.CharField(max_length=60, blank=True, db_index=True)
    message_id = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Answer(models.Model):
    """The answer given to a POST that carried an Idempotency-Key, to be given again when it is repeated."""

    member_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of path and body: one key is for one request
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_id", "key"], name="one_answer_per_member_and_key")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.key}"
