"""`make services`: the layout of docker-compose.yml as plain processes behind the same Caddyfile.

proxy (Caddy) on PORT, web (granian, WSGI) on PORT+1, live (uvicorn, ASGI, sockets only) on PORT+2, worker and
scheduler. A process that ends is started again, as a container would be. Ctrl+C or SIGTERM stops all gracefully.
While it runs, DATA_DIR/services.json tells the process ids.

Environment: PORT, DATA_DIR, DATABASE_URL and REDIS_URL, WEB_WORKERS (2), WEB_THREADS (4), and all of
docs/configuration.md.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import psycopg
import reach_services
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
START_SECONDS = 60.0
STOP_SECONDS = 30.0
RESTART_SECONDS = 1.0
QUICK_SECONDS = 3.0  # a process that ends sooner than this did not come up
QUICK_MOST = 5  # times in a row, then all is stopped


def fail(message: str) -> NoReturn:
    raise SystemExit(f"commons: {message}")


class Part:
    """One process of the layout."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name, self.command, self.environment = name, command, environment
        self.quick_ends = 0
        self.start()

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl+C reaches the supervisor alone, which stops all in order
        )
        Thread(target=self._echo, args=(self.process,), daemon=True).start()

    def _echo(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            print(f"{self.name:<9} | {line}", end="", flush=True)

    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def kill_group(self) -> None:
        """What a killed process leaves behind, as the workers of its server."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def start_again(self) -> None:
        print(f"{self.name:<9} | ended with {self.process.returncode}; starting it again", flush=True)
        quick = time.monotonic() - self.started_at < QUICK_SECONDS
        self.quick_ends = self.quick_ends + 1 if quick else 0
        if self.quick_ends >= QUICK_MOST:
            fail(f"{self.name} does not come up; its lines above say why.")
        self.kill_group()
        self.start()

    def stop(self, deadline: float) -> None:
        """SIGTERM was sent; what does not end in time is killed."""
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"{self.name:<9} | did not stop in time", flush=True)
        self.kill_group()
        self.process.wait()


def make_environment(port: int) -> dict[str, str]:
    data = Path(os.environ.get("DATA_DIR") or ROOT / "data" / "services").resolve()
    data.mkdir(parents=True, exist_ok=True)
    key = data / "secret_key"
    if not os.environ.get("SECRET_KEY") and not key.exists():
        key.write_text(secrets.token_urlsafe(50))
        key.chmod(0o600)
    return {
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": key.read_text().strip() if key.exists() else "",
        "EMAIL_URL": f"file://{data / 'outbox'}",
        "STATIC_ROOT": str(data / "static"),
        "MEDIA_ROOT": str(data / "media"),
        **{name: value for name, value in os.environ.items() if value},
        "DATA_DIR": str(data),
        "PORT": str(port),
        "WEB": f"127.0.0.1:{port + 1}",
        "LIVE": f"127.0.0.1:{port + 2}",
        "TRUSTED_PROXIES": "1",
        "ACCEL_REDIRECT": "/stored/",
        "PYTHONUNBUFFERED": "1",
        # Caddy keeps its own files with the rest.
        "XDG_CONFIG_HOME": str(data / "caddy"),
        "XDG_DATA_HOME": str(data / "caddy"),
    }


def check_ports(port: int) -> None:
    for number in (port, port + 1, port + 2):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", number))
            except OSError as error:
                fail(
                    f"port {number} cannot be used ({error.strerror}). Stop the program that uses it, or take other "
                    f"ports: make services PORT={port + 100} (it takes that one and the two after it)."
                )


def make_database(url: str) -> None:
    """Make the database if the server does not have it yet."""
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    server = parts._replace(scheme="postgresql", path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            print(f"Making the database {name}", flush=True)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def run_step(label: str, command: list[str], environment: dict[str, str]) -> None:
    started = time.monotonic()
    print(f"{label} …", flush=True)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        fail(f"{label} failed; the lines above say why.")
    print(f"{label}: done in {time.monotonic() - started:.0f} s", flush=True)


def start_parts(environment: dict[str, str], caddy: str) -> list[Part]:
    """The proxy last, so that it never answers for processes that are not there yet."""
    web_host, _, web_port = environment["WEB"].partition(":")
    live_host, _, live_port = environment["LIVE"].partition(":")
    web = [
        str(TOOLS / "granian"), "--interface", "wsgi", "--host", web_host, "--port", web_port,
        "--workers", environment.get("WEB_WORKERS", "2"),
        "--blocking-threads", environment.get("WEB_THREADS", "4"),
        "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "25", "--log-level", "warning",
        "config.wsgi:application",
    ]  # fmt: skip
    live = [
        str(TOOLS / "uvicorn"), "--host", live_host, "--port", live_port, "--ws-per-message-deflate", "false",
        "--no-server-header", "--timeout-graceful-shutdown", "20", "--log-level", "warning",
        "config.asgi:application",
    ]  # fmt: skip
    commands = {
        "web": web,
        "live": live,
        "worker": [*MANAGE, "worker", "--no-schedule"],
        "scheduler": [*MANAGE, "scheduler"],
        "proxy": [caddy, "run", "--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"],
    }
    return [Part(name, command, environment) for name, command in commands.items()]


def is_ready(site: str) -> bool:
    try:
        with urllib.request.urlopen(f"{site}/readyz", timeout=5) as response:  # noqa: S310  (our own address)
            return response.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def look_after(parts: list[Part], environment: dict[str, str], stopping: Event) -> None:
    """Until told to stop: start again what ended, and say once when the site answers."""
    site = f"http://127.0.0.1:{environment['PORT']}"
    ids = Path(environment["DATA_DIR"]) / "services.json"
    told = False
    deadline = time.monotonic() + START_SECONDS
    known: dict[str, int] = {}
    while not stopping.wait(0.2):
        for part in parts:
            if part.has_ended() and not stopping.wait(RESTART_SECONDS):
                part.start_again()
        if known != (known := {part.name: part.process.pid for part in parts}):
            new = ids.with_suffix(".new")
            new.write_text(json.dumps({"url": site, "pids": known}) + "\n")
            new.replace(ids)  # nobody reads half of it
        if not told and is_ready(site):
            told = True
            print(f"\n{environment['SITE_URL']} is ready. Mail: {environment['EMAIL_URL']}", flush=True)
            print(
                "An administrator: .venv/bin/python manage.py create_admin ADDRESS. Ctrl+C stops.\n",
                flush=True,
            )
        elif not told and time.monotonic() > deadline:
            fail(f"{site}/readyz did not answer within {START_SECONDS:.0f} s; the lines above say why.")


def stop_parts(parts: list[Part]) -> None:
    """The proxy first: it takes no more requests and waits for those under way."""
    deadline = time.monotonic() + STOP_SECONDS
    *rest, proxy = parts
    for group in ([proxy], rest):
        for part in group:
            if not part.has_ended():
                part.process.send_signal(signal.SIGTERM)
        for part in group:
            part.stop(deadline)


def main() -> int:
    if not (caddy := shutil.which(os.environ.get("CADDY", "caddy"))):
        fail(
            "caddy is missing. Install it (Debian: apt-get install caddy), or name it: "
            "make services CADDY=/path/to/caddy"
        )
    port = os.environ.get("PORT", "8000")
    if not port.isdigit() or not 1 <= int(port) <= 65_533:
        fail(f"PORT: must be a whole number from 1 to 65533, not “{port}”.")
    if reach_services.main():
        return 1
    check_ports(int(port))
    environment = make_environment(int(port))
    make_database(environment["DATABASE_URL"])
    run_step("Preparing the database", [*MANAGE, "migrate", "--no-input"], environment)
    run_step(
        "Collecting static files",
        [*MANAGE, "collectstatic", "--no-input", "--verbosity", "0", "--ignore", "redoc"],
        environment,
    )

    stopping = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    parts = start_parts(environment, caddy)
    try:
        look_after(parts, environment, stopping)
    finally:
        print("Stopping …", flush=True)
        stop_parts(parts)
        (Path(environment["DATA_DIR"]) / "services.json").unlink(missing_ok=True)
    print("Stopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
