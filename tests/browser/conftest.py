"""Real servers and a real browser: one embedded process for the whole run, and the services layout beside it."""

import email
import email.policy
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.database import copy_in

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PASSWORD = "community-of-practice"
START_SECONDS = 90
WORLD = """
from tests.factories import *
ada = make_member("Ada Byrne", handle="ada", address="ada@gsa.gov", roles=("administrator", "moderator"))
grace = make_member("Grace Hollis", handle="grace", address="grace@nasa.gov")
alan = make_member("Alan Marsh", handle="alan", address="alan@navy.mil")
governance = make_category("Governance", color=1)
make_category("Data", color=2)
group = make_group("Responsible AI", slug="responsible-ai", lead=grace, color=3)
make_group("Generative AI", slug="generative-ai", lead=grace, kind="members")
join(group, alan)
topic = make_topic("Who signs the impact assessment?", category=governance, author=ada)
for number in range(24):
    make_post(topic, author=(ada, grace, alan)[number % 3], body=f"Point **{number}** of many.")
first = make_post(topic, author=grace, parent=topic.posts.get(number=1), body="> who signs\\n\\nThe owner.\\n\\n`code`")
topic.solved_by = first
topic.version += 1
topic.save()
make_topic("Draft charter of the sub-group", category=group.categories.get(), author=grace)
"""

expect.set_options(timeout=10_000)


@dataclass
class Site:
    """A running server and the folder in which its mail lands."""

    url: str
    outbox: Path
    is_embedded: bool
    environment: dict[str, str]
    sessions: dict[tuple[str, str], list] = field(
        default_factory=dict
    )  # cookies by address of site and member

    def mail_to(self, address: str) -> str:
        """The text of the newest message to an address; waits for it."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for path in sorted(self.outbox.glob("*.eml"), reverse=True):
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                if address in str(message["To"]):
                    return message.get_body(("plain",)).get_content()
            time.sleep(0.2)
        raise AssertionError(f"no mail to {address}")

    def python(self, code: str) -> None:
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)


def free_port(neighbours: int = 0) -> int:
    """A port with as many free ones after it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            for offset in range(neighbours + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        return port


def base_environment(data: Path, port: int) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **keep,
        "DATA_DIR": str(data),
        "PORT": str(port),
        "EMAIL_URL": f"file://{data / 'outbox'}",
        "POST_RATE": "1000000",
    }


def wait_until_up(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise AssertionError(f"{url} did not come up:\n{log.read_text()}")


def run_server(command: list[str], site: Site, data: Path) -> subprocess.Popen:
    log = data / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=site.environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until_up(site.url, process, log)
    return process


def stop(process: subprocess.Popen) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def embedded(request: pytest.FixtureRequest) -> Iterator[Site]:
    data, port = Path(tempfile.mkdtemp(prefix="commons-browser-")), free_port()
    if (migrated := copy_in(request.config.cache.mkdir("database"))).exists():
        shutil.copyfile(migrated, data / "commons.sqlite3")  # else the server migrates, which takes longer
    site = Site(f"http://127.0.0.1:{port}", data / "outbox", True, base_environment(data, port))
    process = run_server([sys.executable, "manage.py", "serve", "--no-demo"], site, data)
    try:
        site.python(WORLD)
        yield site
    finally:
        stop(process)
        shutil.rmtree(data, ignore_errors=True)


class OwnRedis:
    """Nobody else's, to be taken away and given back."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def is_away(self) -> bool:
        return self.process.poll() is not None

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def redis() -> Iterator[OwnRedis]:
    redis = OwnRedis()
    yield redis
    redis.kill()


@pytest.fixture(scope="session")
def services(redis: OwnRedis) -> Iterator[Site]:
    """web, live, worker and proxy as processes of their own, on PostgreSQL and Redis."""
    import psycopg

    name, port = f"commons_browser_{os.getpid()}_{secrets.token_hex(3)}", free_port(4)
    data = Path(tempfile.mkdtemp(prefix="commons-browser-"))
    with psycopg.connect("postgres://postgres@127.0.0.1:5432/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    environment = base_environment(data, port) | {
        "DATABASE_URL": f"postgres://postgres@127.0.0.1:5432/{name}",
        "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
        "SECRET_KEY": "for-the-browser-tests-alone-" + "0123456789" * 4,
        "WEB_WORKERS": "1",
    }
    site = Site(f"http://127.0.0.1:{port}", data / "outbox", False, environment)
    process = run_server([sys.executable, "bin/services.py"], site, data)
    try:
        site.python(WORLD)
        yield site
    finally:
        stop(process)
        with psycopg.connect("postgres://postgres@127.0.0.1:5432/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """One person at one browser. What the page's console complains of is kept and fails the test."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str]
    javascript: bool = True

    def catch_up(self) -> None:
        """What others did meanwhile: the page shows it by itself where it has scripts, else when it is loaded again."""
        if not self.javascript:
            self.page.reload()

    def wait_until_live(self) -> None:
        if self.javascript:
            expect(self.page.locator("[data-live-text]")).to_have_text("Live")

    def go(self, path: str) -> Page:
        self.page.goto(self.site.url + path)
        return self.page

    def sign_in(self, address: str) -> Page:
        """By the form the first time; later browsers of this member share that session, and have no page open yet."""
        key = (self.site.url, address)
        if key in self.site.sessions:
            self.context.add_cookies(self.site.sessions[key])
        else:
            self.sign_in_by_form(address)
            self.site.sessions[key] = self.context.cookies()
        return self.page

    def sign_in_by_form(self, address: str) -> Page:
        """In a session of one's own, which may be ended; opens the start page."""
        page = self.go("/accounts/login/")
        page.get_by_label("Address").or_(page.locator("[name=login]")).first.fill(address)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_url(self.site.url + "/")
        return page

    def sign_up(self, name: str, address: str) -> Page:
        """The whole way of a newcomer: the form, the code by mail, home."""
        page = self.go("/")
        page.get_by_role("link", name="Join", exact=True).first.click()
        page.get_by_label("Work email address").fill(address)
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Your role").select_option("data_scientist")
        page.get_by_label("Government employee").check()
        page.get_by_label("Password").fill("three unrelated words here")
        page.get_by_role("button", name="Mail me the code").click()
        code = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{2,})\s*$", self.site.mail_to(address), re.MULTILINE)
        assert code, self.site.mail_to(address)
        page.locator("[name=code]").fill(code[1])
        page.locator("main form button[type=submit]").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name.split()[0])
        return page

    def new_tab(self) -> "Visitor":
        return watch(self.site, self.context, self.complaints, self.javascript)


def watch(site: Site, context: BrowserContext, complaints: list[str], javascript: bool = True) -> Visitor:
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))

    def heard(message) -> None:
        # A refused deed is part of some tests, and the browser logs its status; everything else is a defect.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", heard)
    return Visitor(site, context, page, complaints, javascript)


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """For what also works by plain forms: every browser of the test has scripts, and then none has."""
    return request.param


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Browser) -> Iterator:
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    javascript = "javascript" not in request.fixturenames or request.getfixturevalue("javascript")

    def visit(site: Site, javascript: bool = javascript, **options) -> Visitor:
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        context = chromium.new_context(java_script_enabled=javascript, **options)
        contexts.append(context)
        return watch(site, context, complaints, javascript)

    yield visit
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)
