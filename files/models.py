from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from files import scanning
from files.serving import Served
from files.storage import open_stored

PENDING_LATE = timedelta(minutes=10)
AT_ONCE = 200


class StoredFileQuerySet(models.QuerySet):
    def unscanned(self) -> StoredFileQuerySet:
        return self.filter(scan=StoredFile.Scan.PENDING)

    def overdue(self) -> list[int]:
        """Ids of files whose job gave up, as after a long absence of the scanner: to be asked about again."""
        late = self.unscanned().filter(created_at__lt=timezone.now() - PENDING_LATE)
        return list(late.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


class StoredFile(models.Model):
    """What is known of a file beside its bytes. Each kind of file that members share is a table of this shape."""

    STORED_UNDER: ClassVar[str]  # the root of its keys in storage

    class Scan(models.TextChoices):
        PENDING = "pending", _("Being checked")
        CLEAN = "clean", _("Checked")
        INFECTED = "infected", _("Refused by the scanner")

    # Random: says nothing of name, place or person. Rows of the same content may share one.
    storage_key = models.CharField(max_length=100, db_index=True)
    filename = models.CharField(max_length=150)
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)  # sniffed, never the one the browser claimed
    scan = models.CharField(max_length=10, choices=Scan, default=Scan.PENDING)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def extension(self) -> str:
        return self.filename.rpartition(".")[2].lower()

    @property
    def is_clean(self) -> bool:
        return self.scan == self.Scan.CLEAN

    def await_scan(self) -> bool:
        """Before it is saved: whether the scanner has to see it first. Where there is none it counts as checked."""
        is_waiting = self.scan != self.Scan.CLEAN and scanning.is_needed()
        self.scan = self.Scan.PENDING if is_waiting else self.Scan.CLEAN
        return is_waiting

    def passes_scan(self) -> bool:
        """Has the scanner look at the bytes. Raises ScannerAway without a verdict: the file stays unserved then."""
        with open_stored(self.storage_key) as content:
            return not scanning.is_needed() or scanning.is_clean(content)

    def take_verdict(self, *, is_clean: bool) -> bool:
        """Write it down, unless another one came first: whether it is the one that counts."""
        self.scan = self.Scan.CLEAN if is_clean else self.Scan.INFECTED
        return bool(type(self).objects.unscanned().filter(pk=self.pk).update(scan=self.scan))

    def as_served(self) -> Served:
        return Served(
            self.storage_key, self.size, self.sha256, self.media_type, self.filename, self.created_at
        )
