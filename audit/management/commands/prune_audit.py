from typing import Any

from django.core.management.base import BaseCommand

from audit.actions import prune


class Command(BaseCommand):
    help = (
        "Remove the audit rows whose time is over. The database refuses to remove any other, the links of the chain "
        "stay, and verify_audit keeps proving what is left. The scheduler does this every day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{prune()} rows removed.")
