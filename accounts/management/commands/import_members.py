from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.actions import Newcomer, NothingImported, import_members

NEEDED = ("address", "name")
OPTIONAL = ("title", "employment", "occupation", "leadership_role")
STEP = 500


class Command(BaseCommand):
    help = (
        "Make accounts from a CSV file with the columns address and name and, as you like, "
        f"{', '.join(OPTIONAL)}. Every address meets the domain rules. Each gets a mail and proves the address with a "
        "code. One line each: line number, TAB, made, there or refused, TAB, address, TAB, reason. If a line is "
        "refused, nothing is imported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.csv")
        parser.add_argument("--dry-run", action="store_true", help="report and change nothing")
        parser.add_argument(
            "--skip-refused", action="store_true", help="import the lines that are not refused"
        )
        parser.add_argument(
            "--vouch",
            action="store_true",
            help="you have checked the addresses: they are members without a code",
        )

    def handle(self, *, file: str, dry_run: bool, skip_refused: bool, vouch: bool, **options) -> None:
        newcomers = _read(file)
        try:
            results = import_members(
                newcomers=newcomers,
                skip_refused=skip_refused,
                vouched=vouch,
                dry_run=dry_run,
                progress=lambda done: self._progress(done, len(newcomers)),
            )
            imported = True
        except NothingImported as nothing:
            results, imported = nothing.results, False
        for result in results:
            self.stdout.write(f"{result.line}\t{result.outcome}\t{result.address}\t{result.reason}".rstrip())
        refused = sum(result.outcome == "refused" for result in results)
        made = sum(result.outcome == "made" for result in results)
        if dry_run:
            self.stdout.write(f"Dry run: {made} would be made, {refused} refused. Nothing was imported.")
        elif not imported:
            raise CommandError(f"{refused} of {len(results)} lines are refused. Nothing was imported.")
        else:
            self.stdout.write(f"{made} made, {refused} refused.")

    def _progress(self, done: int, of: int) -> None:
        if done % STEP == 0:
            self.stderr.write(f"{done} of {of}")


def _read(file: str) -> list[Newcomer]:
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            columns = rows.fieldnames or []
            missing = [name for name in NEEDED if name not in columns]
            unknown = [name for name in columns if name not in NEEDED + OPTIONAL]
            if missing or unknown:
                told = (
                    f"no column “{missing[0]}”"
                    if missing
                    else f"a column “{unknown[0]}” that means nothing here"
                )
                raise CommandError(f"{file}: the file has {told}.")
            return [_newcomer(row, rows.line_num) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file}: {error}") from None


def _newcomer(row: dict, line: int) -> Newcomer:
    told = {name: (row.get(name) or "").strip() for name in NEEDED + OPTIONAL}
    return Newcomer(line, **{name: text for name, text in told.items() if text or name in NEEDED})
