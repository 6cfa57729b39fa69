import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.markup import MarkupError, render


class Command(BaseCommand):
    help = "Prints the exact safe HTML that a post with this Markdown would store."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", default="-", metavar="FILE", help="Markdown; standard input without it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(render(read(options["file"])).html)
        except MarkupError as error:
            raise CommandError(error.sentence) from error


def read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name}: this is not UTF-8 text.") from error
