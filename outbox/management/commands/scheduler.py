from django.core.management.base import BaseCommand

from outbox.management.commands.worker import run
from outbox.worker import Worker


class Command(BaseCommand):
    help = "Enqueues periodic jobs until SIGTERM. Several may run: each slot of time is enqueued once."

    def handle(self, *args, **options) -> None:
        run(self, Worker(threads=0, schedule=True))
