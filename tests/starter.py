"""A process for each environment that a test names, without paying for the libraries each time: this one has loaded
them, knows nothing of our settings, and forks. The fork imports one module of ours and ends as any interpreter does.
"""

import gc
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# What the product imports of others and what needs no settings: for the settings alone, and for all the rest.
FEW = ["cryptography.hazmat.primitives.serialization", "django.utils.csp"]
MANY = [
    "PIL.Image", "bleach", "channels.layers", "django.core.wsgi", "django.db.backends.postgresql.base", "django.forms",
    "django.test.client", "fido2.server", "httpx", "jwt", "psycopg_pool", "redis.asyncio", "rest_framework.serializers",
]  # fmt: skip


class Starter:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.starter"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def load(self, module: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """What `python -c "import module"` says and how it ends, with these variables alone."""
        said = [folder / "stdout", folder / "stderr"]
        order = {"module": module, "environment": variables, "said": [str(path) for path in said]}
        print(json.dumps(order), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(module, code, *(path.read_text() for path in said))

    def close(self) -> None:
        self._process.communicate()


def serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        for name in FEW if order["module"] == "config.settings" else MANY:
            importlib.import_module(name)
        gc.freeze()  # else every fork would walk over all of it when it ends
        if not (child := os.fork()):
            return become(**order)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{code}\n")
        sys.stdout.flush()
    return None


def become(module: str, environment: dict[str, Any], said: list[str]) -> None:
    for number, path in enumerate(said, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(environment)
    importlib.import_module(module)


if __name__ == "__main__":
    serve()
