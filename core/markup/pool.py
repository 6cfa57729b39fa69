"""Rendering under a hard limit: a few child processes that are killed when a text takes too long.

A thread cannot be stopped, and a regular expression that runs wild holds all threads of its process. So whatever
is long, or runs the expressions of Pygments' lexers, is rendered in a child. Children are started when needed,
kept for the next text, and go by themselves after some idle minutes. Any thread may call; at most SIZE texts of
this process are rendered at a time.
"""

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from core.markup.engine import Rendered
from core.markup.limits import MarkupError
from core.markup.wire import receive, send

SIZE = 2
WAIT_SECONDS = 0.5  # for a free child
START_SECONDS = 5.0  # for a child to be ready; a third of one is usual
RENDER_SECONDS = 1.6  # of wall time for a text

ROOT = Path(__file__).resolve().parent.parent.parent
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")  # of the environment: no secrets

logger = logging.getLogger(__name__)


class ChildGone(Exception):
    """The child ended without an answer; the return code says why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The rendering child ended with code {code}.")
        self.code = code


class Child:
    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  (our own module, no input in the command)
                [sys.executable, "-m", "core.markup.child", str(theirs.fileno())],
                cwd=ROOT,
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def greet(self) -> None:
        """Wait until it is ready: its start is not held against the text."""
        self.socket.settimeout(START_SECONDS)
        receive(self.socket)
        self.socket.settimeout(None)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer; TimeoutError after RENDER_SECONDS, ChildGone when it ended instead."""
        timer = threading.Timer(RENDER_SECONDS, self.process.kill)
        started = time.monotonic()
        timer.start()
        try:
            send(self.socket, request)
            return receive(self.socket)
        except (EOFError, ConnectionError) as end:
            code = self.process.wait()
            if code == -signal.SIGKILL and time.monotonic() - started >= RENDER_SECONDS:
                raise TimeoutError from end
            raise ChildGone(code) from end
        finally:
            timer.cancel()

    def end(self) -> None:
        self.socket.close()
        self.process.kill()
        self.process.wait()


class Pool:
    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.idle: list[Child] = []
        self.slots = threading.BoundedSemaphore(SIZE)

    def render(self, source: str, anchor: str) -> Rendered:
        """Render in a child. Refuses with `too_slow` or `busy` in WAIT_SECONDS and RENDER_SECONDS, and a start."""
        if not self.slots.acquire(timeout=WAIT_SECONDS):
            raise MarkupError("busy")
        try:
            reply = self.ask({"source": source, "anchor": anchor})
        finally:
            self.slots.release()
        if "refused" in reply:
            raise MarkupError(reply["refused"], **reply["figures"])
        if "failed" in reply:
            logger.error("The renderer failed on a text of %s characters:\n%s", len(source), reply["failed"])
            raise MarkupError("failed")
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in reply["rendered"].items()
        }
        return Rendered(**fields)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        while True:
            child, is_fresh = self.take()
            try:
                reply = child.ask(request)
            except TimeoutError as end:
                child.end()
                raise MarkupError("too_slow") from end
            except ChildGone as end:
                child.end()
                if end.code == -signal.SIGPROF:
                    raise MarkupError("too_slow") from end
                if is_fresh:
                    logger.error("%s", end)
                    raise MarkupError("failed") from end
                continue  # an idle child that went just now; a fresh one comes next or soon
            except BaseException:
                child.end()
                raise
            self.idle.append(child)
            return reply

    def take(self) -> tuple[Child, bool]:
        """An idle child, or a fresh one."""
        while self.idle:
            try:
                child = self.idle.pop()  # atomic: two threads never get the same
            except IndexError:
                break
            if child.process.poll() is None:
                return child, False
            child.end()
        child = Child()
        try:
            child.greet()
        except (OSError, EOFError) as error:
            child.end()
            logger.exception("A rendering child did not start.")
            raise MarkupError("busy") from error
        return child, True

    def end(self) -> None:
        while self.idle:
            self.idle.pop().end()

    def after_fork(self) -> None:
        """A forked process leaves its parent's children alone and starts its own."""
        for child in self.idle:
            child.socket.close()
            child.process.returncode = 0
        self.begin()


children = Pool()
atexit.register(children.end)
os.register_at_fork(after_in_child=children.after_fork)
