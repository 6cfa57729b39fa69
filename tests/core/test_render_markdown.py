"""`manage.py render_markdown` prints what a post would store."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.alone
ROOT = Path(__file__).resolve().parents[2]


def run(given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "manage.py", "render_markdown"]
    return subprocess.run(command, input=given, capture_output=True, cwd=ROOT, check=False)


def test_it_reads_standard_input() -> None:
    done = run("*Café* <b>\n".encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == "<p><em>Café</em> &lt;b&gt;</p>\n"


def test_a_refusal_is_one_line_and_exit_code_1() -> None:
    done = run(b"x" * 20_001)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1
    assert b"20,001 characters; the limit is 20,000" in done.stderr


def test_it_reads_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "post.md"
    path.write_text("# Head\r\n\r\n@ada")
    call_command("render_markdown", str(path))
    assert (
        capsys.readouterr().out == '<h3>Head</h3>\n<p><a class="mention" href="/members/ada/">@ada</a></p>\n'
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    path.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(CommandError, match="bytes: this is not UTF-8 text"):
        call_command("render_markdown", str(path))
    with pytest.raises(CommandError, match=r"missing\.md: No such file or directory"):
        call_command("render_markdown", str(tmp_path / "missing.md"))
