"""Typed readers for the environment. A value that makes no sense stops the start with one line naming it."""

import os
import re
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def refuse(name: str, why: str) -> NoReturn:
    """Stop the process (exit code 1) with one line on standard error."""
    raise SystemExit(f"commons: {name}: {why}")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def boolean(name: str, *, default: bool = False) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    refuse(name, f"must be 1 or 0, not “{value}”.")


def integer(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    value = text(name)
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        refuse(name, f"must be a whole number from {least} to {most}, not “{value}”.")
    return int(value)


def choice(name: str, default: str, allowed: set[str]) -> str:
    value = text(name, default)
    if value not in allowed:
        refuse(name, f"must be one of {', '.join(sorted(allowed))}, not “{value}”.")
    return value


def document(name: str) -> str:
    """The text of a file that the variable names; empty without one."""
    path = text(name)
    if not path:
        return ""
    try:
        return Path(path).expanduser().read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        refuse(name, f"cannot read {path} ({error}).")


def words(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else default


def hosts(name: str, default: list[str]) -> list[str]:
    """Host names without scheme, port or path; `*` is let through for config/checks.py to judge."""
    value = words(name, default)
    for host in value:
        if "/" in host or host.count(":") == 1:
            refuse(name, f"must list host names alone, as in commons.example.gov, not “{host}”.")
    return value


def directory(name: str, default: Path) -> Path:
    path = Path(text(name) or default).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(name, f"cannot make the directory {path} ({error.strerror}).")
    return path


def site_url(name: str, default: str) -> str:
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        refuse(name, f"must look like https://commons.example.gov, not “{value}”.")
    return value


def database_url(name: str, default: Path) -> dict[str, Any]:
    """Django's DATABASES entry for sqlite:///path or postgres://user:password@host:port/name."""
    value = text(name)
    if not value:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default)}
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        refuse(name, "is not a valid URL (check the port).")
    if parts.scheme == "sqlite":
        path = unquote(parts.path[1:] if parts.path.startswith("//") else parts.path)
        if not path.strip("/"):
            refuse(name, "must name a file, as in sqlite:///data/commons.sqlite3.")
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}
    if parts.scheme not in {"postgres", "postgresql"}:
        refuse(name, f"must start with postgres:// or sqlite://, not “{parts.scheme}://”.")
    database = unquote(parts.path.lstrip("/"))
    if not database:
        refuse(name, "must end with the name of the database.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or query.pop("host", "")),
        "PORT": str(port or ""),
        "OPTIONS": query,
    }


def redis_url(name: str) -> str:
    value = text(name)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  (urlsplit checks the port only when asked)
    except ValueError:
        refuse(name, "is not a valid URL (check the port).")
    if parts.scheme not in {"redis", "rediss", "unix"} or not (parts.hostname or parts.path):
        refuse(name, f"must look like redis://host:6379/0, not “{value}”.")
    return value


def email_url(name: str, default: str) -> dict[str, Any]:
    """`file:///dir` (a local outbox), `smtp://user:password@host:port` (`smtps://` for TLS, `?tls=1`)."""
    value = text(name, default)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        refuse(name, "is not a valid URL (check the port).")
    if parts.scheme == "file":
        return {"BACKEND": "core.mail.LocalOutbox", "OPTIONS": {"directory": unquote(parts.path)}}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        refuse(name, "must look like smtp://host:25, smtps://user:password@host or file:///directory.")
    options: dict[str, Any] = {"host": parts.hostname, "timeout": 20}
    options["port"] = port or (465 if parts.scheme == "smtps" else 25)
    if parts.username:
        options |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    if parts.scheme == "smtps":
        options["use_ssl"] = True
    elif dict(parse_qsl(parts.query)).get("tls") in TRUE:
        options["use_tls"] = True
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def issuer_url(name: str) -> str:
    """Exactly as the provider writes it, with or without a slash at the end; http:// on this machine alone."""
    value = text(name)
    if not value:
        return ""
    parts = urlsplit(value)
    is_near = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost"}
    if not (parts.scheme == "https" or is_near) or not parts.hostname or parts.query or parts.fragment:
        refuse(name, f"must look like https://secure.login.gov/, not “{value}”.")
    return value


def private_key(name: str) -> str:
    """The text of a PEM file: RSA of 2048 bits or more, or the curve P-256, without a passphrase."""
    path = text(name)
    if not path:
        return ""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = Path(path).read_text(encoding="ascii")
        key = load_pem_private_key(pem.encode(), None)
    except (OSError, ValueError, TypeError):  # the last for a passphrase
        refuse(name, f"names no private key in PEM without a passphrase: “{path}”.")
    is_curve = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    if not is_curve and not (isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048):
        refuse(name, "must be an RSA key of 2048 bits or more, or one of the curve P-256.")
    return pem


def scanner_url(name: str) -> str:
    value = text(name)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018  (urlsplit checks the port only when asked)
    except ValueError:
        refuse(name, "is not a valid URL (check the port).")
    if parts.scheme != "tcp" or not parts.hostname:
        refuse(name, f"must look like tcp://clamav:3310, not “{value}”.")
    return value


def location(name: str) -> str:
    """A path below which the proxy finds files by their keys, such as /stored/."""
    value = text(name)
    if value and not re.fullmatch(r"/(?:[\w.-]+/)*", value):
        refuse(name, f"must begin and end with a slash, such as /stored/, not “{value}”.")
    return value
