import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from accounts.actions import check_address


class Command(BaseCommand):
    help = "Say for each address whether it may be a member's: accept or reject, TAB, address, TAB, rule or reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "addresses", nargs="+", metavar="ADDRESS", help="an address, or - for one a line on stdin"
        )

    def handle(self, *, addresses: list[str], **options) -> None:
        rejected = 0
        for address in self._each(addresses):
            decision = check_address(address)
            rejected += not decision
            verdict = "accept" if decision else "reject"
            self.stdout.write(
                f"{verdict}\t{_one_line(address)}\t{decision.rule if decision else decision.reason}"
            )
        if rejected:
            sys.exit(1)

    def _each(self, addresses: list[str]):
        for address in addresses:
            if address == "-":
                lines = (line.rstrip("\n").removesuffix("\r") for line in sys.stdin)
                yield from (line for line in lines if line.strip())
            else:
                yield address


def _one_line(address: str) -> str:
    """What could break the line or the terminal is shown as an escape."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in address
    )
