import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import Refused
from pages.demo.community import is_here, make_community


class Command(BaseCommand):
    help = (
        "Loads the demo community (60 invented members, three working groups, some forty topics) into the database "
        "of the embedded default. Loading it twice changes nothing."
    )

    def handle(self, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "The demo's password is known to everybody, so it is loaded on the embedded default only: "
                "unset DATABASE_URL and REDIS_URL. For a large community without sign-ins there is seed_scale."
            )
        if is_here():
            self.stdout.write("The demo community is here already; nothing changed.")
            return
        started = time.monotonic()
        try:
            make_community(now=timezone.now(), tell=self.tell)
        except Refused as refused:
            raise CommandError(f"{refused} Use a fresh DATA_DIR for the demo.") from refused
        self.tell(f"loaded in {time.monotonic() - started:.1f} s")

    def tell(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
