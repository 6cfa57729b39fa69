"""The product's own processes, started on the test database, and clients that talk to them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.db import connection
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
CUT_OFF = 1006  # no close frame came
UVICORN = ["-m", "uvicorn", "--no-access-log", "--ws-per-message-deflate", "false", "--log-level", "warning"]


def wait_until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """The first true answer."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.05)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url() -> str:
    """Of the test database, for another process."""
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{parts['NAME']}"
    login = f"{parts['USER']}:{parts['PASSWORD']}@" if parts["USER"] else ""
    return f"postgres://{login}{parts['HOST']}:{parts['PORT'] or 5432}/{parts['NAME']}"


class Process:
    """One process of the product. Ends with the test, however that ends."""

    def __init__(self, *arguments: str, port: int | None = None, **environment: str) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._arguments = arguments
        self._environment = {
            **os.environ,
            "POST_RATE": "1000000",
            "DATABASE_URL": database_url(),
            "SECRET_KEY": settings.SECRET_KEY,
            "LOG_LEVEL": "WARNING",
            **environment,
        }
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, *self._arguments], cwd=ROOT, env=self._environment)
        if self.port:
            wait_until(self._answers, 20)

    def _answers(self) -> bool:
        assert self._process.poll() is None, "The process ended by itself."
        try:
            return urlopen(f"{self.url}/healthz", timeout=2).status == 200
        except (URLError, OSError):
            return False

    def kill(self) -> None:
        """As the kernel does it: no word, no clean-up."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self, seconds: float = 15) -> int:
        """As an operator does it. Answers the exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@contextmanager
def running(*arguments: str, port: int | None = None, **environment: str) -> Iterator[Process]:
    process = Process(*arguments, port=port, **environment)
    try:
        yield process
    finally:
        process.stop()


def embedded(**environment: str):
    """Everything in one process."""
    port = free_port()
    arguments = [*UVICORN, "--port", str(port), "config.embedded:application"]
    return running(*arguments, port=port, **environment)


def live(**environment: str):
    """Sockets only."""
    port = free_port()
    return running(*UVICORN, "--port", str(port), "config.asgi:application", port=port, **environment)


def worker(**environment: str):
    return running("manage.py", "worker", **environment)


class Tab:
    """A browser's socket: what a member's open page hears."""

    def __init__(
        self,
        server: Process,
        member: Any = None,
        *,
        client: Client | None = None,
        host: str = "",
        **options: Any,
    ) -> None:
        if client is None:
            client = Client()
            client.force_login(member)
        self.client = client
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie.value}"} if cookie else {}
        options = {"origin": server.url, "compression": None, "additional_headers": headers, **options}
        uri = f"ws://{host or f'127.0.0.1:{server.port}'}/ws/live/"
        self._open = ExitStack()
        self.socket: ClientConnection = self._open.enter_context(connect(uri, **options))
        self.heard: list[dict] = []

    def __enter__(self) -> "Tab":
        return self

    def __exit__(self, *args: object) -> None:
        self._open.close()

    def say(self, frame: dict | str) -> None:
        self.socket.send(frame if isinstance(frame, str) else json.dumps(frame))

    def hello(self, after: int | None = None) -> dict:
        """Answers the welcome."""
        welcome = self.hear("welcome")
        self.say({"type": "hello", "after": after})
        return welcome

    def subscribe(self, room: str) -> dict:
        self.say({"type": "subscribe", "room": room})
        return self.hear("subscribed", "refused")

    def hear(self, *types: str, seconds: float = 10) -> dict:
        """The next frame of one of these types."""
        deadline = time.monotonic() + seconds
        while True:
            frame = json.loads(self.socket.recv(timeout=max(0.01, deadline - time.monotonic())))
            self.heard.append(frame)
            if not types or frame["type"] in types:
                return frame

    def silence(self, seconds: float = 0.4) -> bool:
        """Whether nothing comes."""
        try:
            self.heard.append(json.loads(self.socket.recv(timeout=seconds)))
        except TimeoutError:
            return True
        return False

    def closed(self, seconds: float = 10) -> int:
        """The code the server closes with."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                self.heard.append(
                    json.loads(self.socket.recv(timeout=max(0.01, deadline - time.monotonic())))
                )
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else CUT_OFF
