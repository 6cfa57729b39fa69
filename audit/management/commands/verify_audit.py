import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.chain import verify


class Command(BaseCommand):
    help = (
        "Check the audit log's integrity. Exit code 1, and the first row that is wrong, if a row was changed, removed, "
        "reordered or added beside the chain. Note the last line elsewhere now and then and give it to --anchor later: "
        "that shows a log rewritten from end to end too."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--anchor", metavar="ROW:HASH", help="a row's place and hash, as this command told them before"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        finding = verify(_anchor(options["anchor"]) if options["anchor"] else None)
        if finding.broken:
            raise CommandError(f"The audit log was altered. {finding.broken}")
        seconds = time.monotonic() - started
        self.stdout.write(f"The audit log is whole: {finding.rows} rows in {seconds:.1f} s.")
        self.stdout.write(f"{finding.rows}:{finding.hash}")


def _anchor(text: str) -> tuple[int, str]:
    position, _colon, hash_ = text.partition(":")
    if not position.isdecimal() or len(hash_) not in (0, 64):
        raise CommandError("--anchor wants ROW:HASH, the last line of an earlier run.")
    return int(position), hash_
