"""Says in one line each whether PostgreSQL (DATABASE_URL) and Redis (REDIS_URL) answer; exit code 1 if not."""

import os
import re
import sys

import psycopg
import redis


def without_password(url: str) -> str:
    return re.sub(r"://([^:/@]*):[^@]*@", r"://\1:…@", url)


def why_not_database(url: str) -> str:
    """The server is asked, not the database of that name: the tests make their own."""
    scheme, _, rest = url.partition("://")
    if scheme not in {"postgres", "postgresql"}:
        return "is not a PostgreSQL URL"
    try:
        with psycopg.connect(
            f"postgresql://{rest.rpartition('/')[0]}/postgres", connect_timeout=5
        ) as connection:
            number = connection.info.server_version
    except psycopg.Error as error:
        return " ".join(str(error).split())
    return "" if number >= 150_000 else f"is PostgreSQL {number // 10_000}; 15 or newer is needed"


def why_not_redis(url: str) -> str:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return str(error)
    return ""


def main() -> int:
    asked = [
        ("DATABASE_URL", why_not_database, "PostgreSQL (Debian: apt-get install postgresql)"),
        ("REDIS_URL", why_not_redis, "Redis (Debian: apt-get install redis-server)"),
    ]
    failed = False
    for name, why_not, cure in asked:
        url = os.environ[name]
        if why := why_not(url):
            failed = True
            print(f"commons: {name} {without_password(url)} does not answer: {why}", file=sys.stderr)
            print(f"  Start {cure}, or name another: {name}=… make …", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
