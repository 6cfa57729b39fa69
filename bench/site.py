"""The services layout, started as `make services` starts it, on a database of the benchmark's own."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 180.0
STOP_SECONDS = 40.0
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "WEB_WORKERS", "WEB_THREADS", "CADDY")


def make_environment(*, database: str, redis_url: str, port: int, data: Path) -> dict[str, str]:
    """Nothing of the caller's own settings, so that two runs measure the same."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(data),
        "STATIC_ROOT": str(data / "static"),
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "only-for-benchmarks-" + "0123456789" * 4,
        "EMAIL_URL": f"file://{data / 'outbox'}",
        "LOG_LEVEL": "WARNING",
        "POST_RATE": "1000000",  # what a few members post here is what a thousand would
    }


def empty_database(url: str) -> None:
    """Drop and make it. Only a database whose name says that it is the benchmark's."""
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    if "bench" not in name:
        raise SystemExit(
            f"bench: the database must have “bench” in its name, since it is emptied; not “{name}”."
        )
    server = parts._replace(scheme="postgresql", path="/postgres").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def empty_redis(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        if client.dbsize() and not client.get("commons-bench"):
            raise SystemExit(f"bench: {url} holds something that is not ours; name another with --redis.")
        client.flushdb()
        client.set("commons-bench", "1")


def settle(url: str) -> None:
    """Statistics and a clean table, as in a database that has been up for a while."""
    with psycopg.connect(urlsplit(url)._replace(scheme="postgresql").geturl(), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


class Site:
    """The supervisor of bin/services.py with all its processes: proxy on `port`, web on `web`, sockets on `live`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = int(environment["PORT"])
        self.web, self.live = self.port + 1, self.port + 2
        self._ids = Path(environment["DATA_DIR"]) / "services.json"
        self.log = Path(environment["DATA_DIR"]) / "services.log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "bin" / "services.py")],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if "is ready" in self.log.read_text():
                return
            time.sleep(0.2)
        tail = "\n".join(self.log.read_text().splitlines()[-40:])
        self.stop()
        raise SystemExit(f"{tail}\nbench: the services did not come up; the lines above say why.")

    def pid(self, name: str) -> int:
        """Of "proxy", "web", "live", "worker" or "scheduler"."""
        return json.loads(self._ids.read_text())["pids"][name]

    def complaints(self) -> list[str]:
        """What the processes logged as errors."""
        return [
            line for line in self.log.read_text().splitlines() if " ERROR " in line or "Traceback" in line
        ]

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                for pid in [*json.loads(self._ids.read_text())["pids"].values(), self._process.pid]:
                    with suppress(ProcessLookupError):
                        os.killpg(pid, signal.SIGKILL)
