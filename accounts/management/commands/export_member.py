from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryFile
from zipfile import ZipFile

from django.core.management.base import BaseCommand, CommandError

from accounts import exports
from accounts.models import Member
from audit.actions import record


class Command(BaseCommand):
    help = "Write everything of one member's into a folder: JSON, Markdown and the files they shared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS")
        parser.add_argument("folder", metavar="DIR", type=Path, help="a new or an empty folder")

    def handle(self, *, address: str, folder: Path, **options) -> None:
        member = Member.objects.select_related("agency").filter(email__iexact=address).first()
        if member is None:
            raise CommandError(f"There is no member with the address {address}.")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise CommandError(f"{folder} is not empty.")
        except OSError as error:
            raise CommandError(f"Cannot use {folder}: {error.strerror}.") from None
        record(actor=None, action="data.export", target=f"member:{member.pk}")
        with TemporaryFile() as target:
            exports.write_all(member, target)
            with ZipFile(target) as archive:
                archive.extractall(folder)
                count = len(archive.namelist())
        self.stdout.write(f"{count} files of {member.name} are in {folder}.")
