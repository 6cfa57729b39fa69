"""The services layout sends the bytes of files from the proxy's disk; the web process decides who has them."""

import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.test import Client

from forum.models import Attachment
from tests.factories import make_member
from tests.forum.test_attachments import upload
from tests.processes import ROOT, free_port, running, wait_until

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("faults"),
]
TEXT = b"month,reviews\n" + b"".join(b"2026-%02d,%d\n" % (n, n * n) for n in range(1, 80))


@pytest.fixture
def site(own_storage, tmp_path) -> Iterator[str]:
    """The Caddyfile as it is, in front of one web process."""
    proxy, web = free_port(), free_port()
    address = f"http://127.0.0.1:{proxy}"
    granian = (
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--port",
        str(web),
        "--no-ws",
        "config.wsgi:application",
    )
    # DEBUG, so that no static files need be collected for the pages of errors.
    own = {"SITE_URL": address, "MEDIA_ROOT": str(own_storage), "ACCEL_REDIRECT": "/stored/", "DEBUG": "1"}
    places = {"WEB": f"127.0.0.1:{web}", "LIVE": "127.0.0.1:1", "STATIC_ROOT": str(tmp_path)}
    homes = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    command = [
        shutil.which("caddy"),
        "run",
        "--config",
        str(ROOT / "deploy/Caddyfile"),
        "--adapter",
        "caddyfile",
    ]
    with running(*granian, port=web, **own):
        caddy = subprocess.Popen(command, env=os.environ | own | places | homes)
        try:
            wait_until(lambda: answers(f"{address}/healthz"), 20)
            yield address
        finally:
            caddy.terminate()
            caddy.wait(20)


def answers(url: str) -> bool:
    try:
        return urlopen(url, timeout=2).status == 200
    except OSError:
        return False


def fetch(url: str, client: Client, method: str = "GET", **headers: str):
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = Request(url, method=method, headers={"Cookie": f"{cookie.key}={cookie.value}", **headers})
    try:
        return urlopen(asked, timeout=10)
    except HTTPError as error:
        return error


def test_the_proxy_sends_the_bytes_and_says_what_the_web_process_says(site, own_storage):
    client, stranger = Client(), Client()
    client.force_login(make_member())
    stranger.force_login(make_member())
    upload(client, "figures.csv", TEXT)
    file = Attachment.objects.get()
    url = f"{site}{file.get_absolute_url()}"

    whole = fetch(url, client)
    assert (whole.status, whole.read(), whole.headers["Content-Length"]) == (200, TEXT, str(len(TEXT)))
    assert whole.headers["Content-Disposition"] == 'attachment; filename="figures.csv"'
    assert whole.headers["Content-Type"].startswith("text/csv")
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert whole.headers["Cache-Control"] == "private, no-cache"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Accel-Redirect" not in whole.headers
    [etag] = whole.headers.get_all("ETag")
    assert len(whole.headers.get_all("Last-Modified")) == 1

    piece = fetch(url, client, Range="bytes=6-12")
    assert (piece.status, piece.read()) == (206, TEXT[6:13])
    assert piece.headers["Content-Range"] == f"bytes 6-12/{len(TEXT)}"
    assert fetch(url, client, Range="bytes=6-12", If_Range='"another"').read() == TEXT
    assert fetch(url, client, Range="bytes=6-12", If_Range=etag).status == 206
    assert fetch(url, client, If_None_Match=etag).status == 304
    head = fetch(url, client, method="HEAD")
    assert (head.status, head.read(), head.headers["Content-Length"]) == (200, b"", str(len(TEXT)))
    assert head.headers["Content-Disposition"] == whole.headers["Content-Disposition"]
    assert "X-Accel-Redirect" not in head.headers
    small = fetch(url, client, Accept_Encoding="gzip")
    assert (small.headers["Content-Encoding"], gzip.decompress(small.read())) == ("gzip", TEXT)
    assert fetch(url, client, Accept_Encoding="gzip", If_None_Match=small.headers["ETag"]).status == 304

    assert fetch(url, stranger).status == 404
    for path in (f"/stored/{file.storage_key}", f"/stored/{quote('../')}db.sqlite3"):
        assert fetch(f"{site}{path}", client).status == 404
    (own_storage / file.storage_key).unlink()
    assert fetch(url, client).status == 404
