"""The download of everything of one's own: asked for, made in the background, kept a few days."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from os import SEEK_END
from tempfile import TemporaryFile

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import exports
from accounts.models import DataExport, Member
from audit.actions import record
from outbox.actions import send_mail

KEPT = timedelta(days=7)


def request_export(*, actor: Member) -> DataExport:
    """Answers the one that is under way already, if there is one. The last one made goes."""
    from accounts.tasks import make_export  # tasks call actions

    try:
        with transaction.atomic():
            export = DataExport.objects.create(member=actor)
            _discard(DataExport.objects.filter(member=actor).exclude(pk=export.pk))
            record(actor=actor, action="data.export", target=f"member:{actor.pk}")
            make_export.enqueue(export.pk)
    except IntegrityError:
        return DataExport.objects.get(member=actor, state__in=DataExport.UNDER_WAY)
    return export


def write_export(*, export_id: int) -> None:
    """Makes the zip. May be killed and repeated: it starts anew."""
    asked = DataExport.objects.filter(pk=export_id, state__in=DataExport.UNDER_WAY)
    export = asked.select_related("member__agency").first()
    if export is None or not export.member.is_member:
        asked.delete()
        return
    asked.update(state=DataExport.State.RUNNING, progress=0)
    with TemporaryFile() as target:
        exports.write_all(export.member, target, partial(_note_progress, asked))
        size = target.seek(0, SEEK_END)
        target.seek(0)
        key = default_storage.save(f"exports/{secrets.token_hex(16)}.zip", File(target))
    if not _finish(export, key, size):
        default_storage.delete(key)


def _note_progress(asked: QuerySet, part: str, done: int) -> None:
    asked.update(part=part, progress=done)


@transaction.atomic
def _finish(export: DataExport, key: str, size: int) -> bool:
    """False when the export is not wanted any more, as when the account was closed meanwhile."""
    now = timezone.now()
    changed = DataExport.objects.filter(pk=export.pk, state=DataExport.State.RUNNING).update(
        state=DataExport.State.READY,
        progress=100,
        part="",
        key=key,
        size=size,
        ready_at=now,
        expires_at=now + KEPT,
    )
    if changed:
        context = {"member": export.member, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
        subject, _line, text = (
            render_to_string("accounts/letters/export_ready.txt", context).strip().partition("\n")
        )
        send_mail(
            to=export.member.email,
            subject=subject,
            text=text.strip() + "\n",
            kind="data.export",
            member_id=export.member_id,
        )
    return bool(changed)


def fail_export(*, export_id: int) -> None:
    DataExport.objects.filter(pk=export_id, state__in=DataExport.UNDER_WAY).update(
        state=DataExport.State.FAILED
    )


def note_download(*, actor: Member, export: DataExport) -> None:
    record(actor=actor, action="data.download", target=f"member:{actor.pk}", export=export.pk)


@transaction.atomic
def discard_expired() -> int:
    return _discard(DataExport.objects.filter(expires_at__lte=timezone.now()))


def discard_exports(*, member: Member) -> None:
    _discard(DataExport.objects.filter(member=member))


def _discard(found: QuerySet) -> int:
    rows = list(found)
    for export in rows:
        if export.key:
            transaction.on_commit(partial(default_storage.delete, export.key), robust=True)
    found.filter(pk__in=[export.pk for export in rows]).delete()
    return len(rows)
