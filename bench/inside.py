"""The site's own code in a process of its own, asked over pipes: seeds, signs members in, counts queries, publishes.

It counts queries in process, with Django's test client and no header or hook in the product.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK")  # what every transaction has is not counted


class Inside:
    """`ask("seed", followers=…)` calls the function of that name below, in the other process."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.inside"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, name: str, **arguments: Any) -> Any:
        self._process.stdin.write(json.dumps([name, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("bench: the site's own code failed; the lines above say why.")
        return json.loads(line)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)


# --- In the other process ---------------------------------------------------------------------------


def count(path: str, cookies: str, data: dict[str, str] | None = None) -> dict[str, Any]:
    """Queries and milliseconds of the first and of a later request in one process, and the size of the answer."""
    from django.core.cache import caches
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"cookie": cookies, "host": "127.0.0.1"})
    caches["local"].clear()
    answers = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            response = client.post(path, {**data, "token": uuid4().hex}) if data else client.get(path)
            body = response.content
        asked = [query["sql"] for query in captured if not query["sql"].startswith(CONTROL)]
        answers.append(
            {"status": response.status_code, "queries": len(asked), "bytes": len(body), "sql": asked}
        )
    first, later = answers[0], answers[-1]
    return {**later, "first_queries": first["queries"]}


def publish(room: str, event: dict[str, Any], times: int, pause: float) -> list[float]:
    """When each event was handed over, on the clock of time.monotonic()."""
    from core import live

    handed = []
    for _ in range(times):
        handed.append(time.monotonic())
        live.publish(room, event)
        time.sleep(pause)
    return handed


def wait_for_fan_out(source: str, patience: float) -> dict[str, Any]:
    """How long the newest event of a source took from its deed to its last notice, and how many there are."""
    from notifications.models import Notice, NoticeEvent

    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        event = NoticeEvent.objects.filter(source=source).order_by("-id").first()
        if event is not None and event.done_at:
            seconds = (event.done_at - event.created_at).total_seconds()
            return {"seconds": seconds, "notices": Notice.objects.filter(event=event).count()}
        time.sleep(0.02)
    return {"seconds": None, "notices": 0}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the site prints is no answer
    import django

    django.setup()
    from bench import community

    functions = {
        "seed": community.seed,
        "sign_in": community.sign_in,
        "forget_fan_out": community.forget_fan_out,
        "wait_for_jobs": community.wait_for_jobs,
        "count": count,
        "publish": publish,
        "wait_for_fan_out": wait_for_fan_out,
    }
    for line in sys.stdin:
        name, arguments = json.loads(line)
        answers.write(json.dumps(functions[name](**arguments)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
