import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from accounts.actions import note_hard_bounce


class Command(BaseCommand):
    help = (
        "Note that mail to these addresses came back for good. Twice in a week, and the member has to prove the "
        "address again. One line each: ended or noted, TAB, address. For the program that reads bounces: with -, one "
        "address a line on stdin, and after a TAB the Message-ID, so that a report read twice counts once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("addresses", nargs="+", metavar="ADDRESS")

    def handle(self, *, addresses: list[str], **options) -> None:
        for line in addresses if addresses != ["-"] else filter(str.strip, sys.stdin):
            address, _tab, message_id = line.strip().partition("\t")
            ended = note_hard_bounce(address=address, message_id=message_id.strip())
            self.stdout.write(f"{'ended' if ended else 'noted'}\t{address}")
