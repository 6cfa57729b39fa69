"""Every check that needs no running test, two at a time; prints what failed in full and the seconds of each."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv" / "bin"
MANAGE = [TOOLS / "python", ROOT / "manage.py"]
# A public site as an operator would set it up. Its database is a file: some checks ask the server for its version.
PUBLIC = {
    "SITE_URL": "https://commons.example.gov",
    "REDIS_URL": "redis://redis.example.gov:6379/0",
    "EMAIL_URL": "smtp://mail.example.gov:25",
    "SECRET_KEY": "only-for-the-deployment-check-0123456789-abcdefghijklmnop",
}


def checks(scratch: Path) -> dict[str, tuple[list[str | Path], dict[str, str]]]:
    """Label to (command, additions to the environment), the slow ones first."""
    embedded = {"DATA_DIR": str(scratch)}
    public = PUBLIC | embedded | {"DATABASE_URL": f"sqlite://{scratch}/commons.sqlite3"}
    return {
        "types": ([TOOLS / "mypy"], embedded),
        "formatting": (
            [TOOLS / "ruff", "format", "--check", "--quiet", "--output-format", "concise", "."],
            {},
        ),
        "linting": ([TOOLS / "ruff", "check", "--quiet", "--output-format", "concise", "."], {}),
        "import contracts": ([TOOLS / "lint-imports"], {}),
        "templates": ([TOOLS / "djlint", "templates", "--lint", "--quiet"], {}),
        "migrations": ([*MANAGE, "makemigrations", "--check", "--dry-run"], embedded),
        "API schema": (
            [*MANAGE, "spectacular", "--validate", "--fail-on-warn", "--file", scratch / "schema.yml"],
            embedded,
        ),
        "settings": ([*MANAGE, "check"], embedded),
        "deployment": ([*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], public),
    }


def run(label: str, command: list[str | Path], additions: dict[str, str]) -> bool:
    started = time.monotonic()
    environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}} | additions
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    passed = done.returncode == 0
    report = f"{'passed' if passed else 'FAILED'}  {label} ({time.monotonic() - started:.1f} s)"
    if not passed:
        report += "\n" + (done.stdout + done.stderr).strip() + "\n"
    print(report, flush=True)
    return passed


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="commons-lint-") as scratch, ThreadPoolExecutor(2) as pool:
        wanted = checks(Path(scratch))
        results = list(pool.map(lambda item: run(item[0], *item[1]), wanted.items()))
    failed = results.count(False)
    print(f"lint: {len(results) - failed} of {len(results)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
