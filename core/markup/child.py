"""The process that renders what may take long: `python -m core.markup.child FD`, started by pool.py.

It has no settings, no database and no secrets. The kernel ends it when one text takes too much processor time,
whatever it is doing then; highlighting alone is given up earlier and the code shown plain.
"""

import logging
import resource
import signal
import socket
import sys
import traceback
from dataclasses import asdict
from types import FrameType
from typing import Any

from core.markup.code import Piece, highlight
from core.markup.engine import render_here
from core.markup.limits import MarkupError
from core.markup.wire import receive, send

CPU_SECONDS = 1.5  # for a text
HIGHLIGHT_SECONDS = 0.4  # for all its code
IDLE_SECONDS = 300  # then the child goes, and its memory with it
MEMORY = 1024 * 1024 * 1024

logger = logging.getLogger(__name__)


class OutOfTime(BaseException):
    """Highlighting has used up its time."""


def out_of_time(number: int, frame: FrameType | None) -> None:
    raise OutOfTime


class Highlighter:
    def __init__(self) -> None:
        self.left = HIGHLIGHT_SECONDS

    def __call__(self, code: str, language: str) -> list[Piece] | None:
        if self.left <= 0:
            return None
        # Python's regular expressions look for signals as they go: even one that runs wild ends here.
        signal.setitimer(signal.ITIMER_VIRTUAL, self.left)
        try:
            return highlight(code, language)
        except OutOfTime:
            return None
        except Exception:
            logger.exception("The lexer for %s failed; its code is shown plain.", language)
            return None
        finally:
            self.left = signal.setitimer(signal.ITIMER_VIRTUAL, 0)[0]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    source, anchor = request["source"], request["anchor"]
    try:
        try:
            return {"rendered": asdict(render_here(source, anchor, Highlighter()))}
        except OutOfTime:  # it rang between two statements of the highlighter
            return {"rendered": asdict(render_here(source, anchor))}
    except MarkupError as refusal:
        return {"refused": refusal.code, "figures": refusal.figures}
    except Exception:
        return {"failed": traceback.format_exc()}


def serve(sock: socket.socket) -> None:
    sock.settimeout(IDLE_SECONDS)
    send(sock, {"ready": True})
    while True:
        try:
            request = receive(sock)
        except (EOFError, TimeoutError, ConnectionError):
            return
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # nobody handles SIGPROF: it ends the process
        reply = answer(request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        try:
            send(sock, reply)
        except (TimeoutError, ConnectionError):
            return


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; we end when it does
    signal.signal(signal.SIGVTALRM, out_of_time)
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    with socket.socket(fileno=int(sys.argv[1])) as sock:
        serve(sock)


if __name__ == "__main__":
    main()
