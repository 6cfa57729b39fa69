"""The commands that operators rely on are there, say what they do, and fail with one clear line."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

pytestmark = pytest.mark.alone
ROOT = Path(__file__).resolve().parent.parent
COMMANDS = [
    "check_eligibility",
    "create_admin",
    "render_markdown",
    "scheduler",
    "seed_demo",
    "seed_scale",
    "serve",
    "worker",
]
TARGETS = ["run", "test", "test-services", "test-browser", "lint", "bench", "services"]


def environment(tmp_path: Path, **variables: object) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        **{k: str(v) for k, v in variables.items()},
    }


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_what_it_does(name):
    command = load_command_class(get_commands()[name], name)
    assert len(command.help) > 30
    assert command.create_parser("manage.py", name).format_help()


@pytest.mark.parametrize("target", TARGETS)
def test_make_lists_each_target(target):
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"  make {target} " in done.stdout


def test_serve_names_a_port_that_is_taken_and_the_cure(settings, capsys):
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        settings.COMMONS_PORT = port = listener.getsockname()[1]
        with pytest.raises(SystemExit) as stopped:
            load_command_class("config", "serve").run_from_argv(["manage.py", "serve"])
    assert stopped.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"Port {port} on 127.0.0.1 cannot be used (Address already in use)" in line
    assert f"make run PORT={port + 1}" in line


@pytest.mark.thorough
def test_serve_answers_on_an_empty_data_directory_and_stops_when_asked(tmp_path):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--no-demo"],
        cwd=ROOT,
        env=environment(tmp_path, PORT=port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        answer = wait_for(f"http://127.0.0.1:{port}/readyz", process)
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=30)
    assert '"ready": true' in answer
    assert f"is at http://127.0.0.1:{port}" in output
    assert str(tmp_path / "outbox") in output
    assert "Traceback" not in output
    assert process.returncode in {0, -signal.SIGTERM}
    assert (tmp_path / "commons.sqlite3").exists()


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = 120) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.read().decode()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    return ""
