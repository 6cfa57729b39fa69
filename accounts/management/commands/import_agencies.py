from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.actions import import_agencies
from accounts.dotgov import NotTheRegistry, read_registry

STEP = 1_000


class Command(BaseCommand):
    help = (
        "Load agencies and their domains from the public registry of .gov domains (CSV). May be run again with a newer "
        "file; rules that staff made stay as they are. Rows that can't be used are told, one line each."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.csv")
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would be done and change nothing"
        )

    def handle(self, *, file: str, dry_run: bool, **options) -> None:
        try:
            with Path(file).open(encoding="utf-8-sig", newline="") as lines:
                entries, bad = read_registry(lines)
        except (OSError, UnicodeDecodeError, NotTheRegistry) as error:
            raise CommandError(f"{file}: {error}") from None
        self._of = len(entries)
        done = import_agencies(entries=entries, dry_run=dry_run, progress=self._progress)
        for line, reason in sorted(bad + done.refused):
            self.stderr.write(f"line {line}: {reason}")
        self.stdout.write(
            f"{'Dry run: ' if dry_run else ''}{done.agencies_made} agencies made; "
            f"rules: {done.rules_made} made, {done.rules_changed} changed, {done.unchanged} unchanged, "
            f"{done.kept} kept as staff made them; {len(bad) + len(done.refused)} bad rows"
        )

    def _progress(self, done: int) -> None:
        if done % STEP == 0 or done == self._of:
            self.stderr.write(f"{done} of {self._of}")
