import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = (
        "Serves pages, API, sockets and background jobs from this one process (`make run`): migrates first, "
        "and loads the demo community into an empty database."
    )
    # Django's checks take a second of every start; `manage.py check` and the tests run them.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        parser.add_argument(
            "--port",
            type=int,
            default=settings.COMMONS_PORT,
            help="port to listen on (default: %(default)s, from PORT)",
        )
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *, host: str, port: int, no_demo: bool, **options: Any) -> None:
        listener = self.listen(host, port)
        try:
            self.migrate()
            if settings.EMBEDDED and not no_demo and not get_user_model().objects.exists():
                with self.step("Loading the demo community"):
                    call_command("seed_demo", stdout=self.stdout)
        except DatabaseError as error:
            raise CommandError(f"The database does not answer as it should: {error}".strip()) from error
        self.tell_where(no_demo)
        self.serve(listener)

    def listen(self, host: str, port: int) -> socket.socket:
        """Before anything else, so that a taken port is told at once."""
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            listener.close()
            raise CommandError(
                f"Port {port} on {host} cannot be used ({error.strerror}). Stop the program that uses it, or take "
                f"another: make run PORT={port + 1 if port < 65_535 else 8000}"
            ) from error
        return listener

    def migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            with self.step("Preparing the database"):
                call_command("migrate", interactive=False, verbosity=0)

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        started = time.monotonic()
        self.stdout.write(f"{label} …")
        yield
        self.stdout.write(f"{label}: done in {time.monotonic() - started:.0f} s")

    def tell_where(self, no_demo: bool) -> None:
        lines = ["", f"{settings.SITE_NAME} is at {settings.SITE_URL}", ""]
        if settings.EMBEDDED and not no_demo:
            from pages.demo import PASSWORD, SIGN_INS

            lines += [f"Sign in with the password {PASSWORD} as"]
            lines += [f"  {address:<20} {who}" for address, who in SIGN_INS]
            lines += [""]
        if settings.LOCAL_OUTBOX:
            lines += [f"Mail stays here: {settings.SITE_URL}/outbox/", f"  in {settings.MAIL_OUTBOX_DIR}", ""]
        lines += [f"Data is kept in {settings.DATA_DIR}. Ctrl+C stops.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def serve(self, listener: socket.socket) -> None:
        server = uvicorn.Server(
            uvicorn.Config(
                "config.embedded:application",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=10,
            )
        )
        with suppress(KeyboardInterrupt):  # raised once more when all has stopped
            server.run(sockets=[listener])
        if not server.started:
            raise CommandError("The server did not start; the lines above say why.")
        self.stdout.write("Stopped.")
