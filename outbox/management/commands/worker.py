import signal
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from outbox.worker import Worker, drain


class Command(BaseCommand):
    help = "Runs background jobs, and enqueues the periodic ones, until SIGTERM; then ends the running jobs and stops."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--threads", type=int, default=4, help="jobs at a time (default: 4)")
        parser.add_argument("--no-schedule", action="store_true", help="leave periodic jobs to `scheduler`")
        parser.add_argument("--drain", action="store_true", help="run what is due now and exit")

    def handle(self, *args, **options) -> None:
        if options["drain"]:
            self.stdout.write(f"{drain()} jobs run.")
            return
        run(self, Worker(threads=max(1, options["threads"]), schedule=not options["no_schedule"]))


def run(command: BaseCommand, worker: Worker) -> None:
    """Until a signal says stop."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: worker.ask_to_stop())
    worker.start()
    command.stdout.write(f"{worker.name} is up.")
    worker.wait()
    if not worker.stop():
        command.stderr.write(
            "Some jobs did not end in time; another worker takes them up when their lease is over."
        )
