import pytest
from django.test import Client

from outbox.actions import send_mail
from outbox.worker import drain


@pytest.fixture
def local(settings, tmp_path):
    settings.MAIL_OUTBOX_DIR = tmp_path
    settings.LOCAL_OUTBOX = True
    settings.MAILERS = {
        "default": {"BACKEND": "core.mail.LocalOutbox", "OPTIONS": {"directory": str(tmp_path)}}
    }
    return tmp_path


def send(subject: str, text: str) -> None:
    send_mail(to="ada@gsa.gov", subject=subject, text=text, kind="test")
    drain()


@pytest.mark.django_db
def test_a_visitor_finds_the_code_to_finish_signing_up(local):
    send("Older", "Nothing much")
    send("Your code", "Your code is 123-456.\n<script>alert(1)</script>")
    page = Client().get("/outbox/")
    assert page.status_code == 200
    assert page.content.index(b"Your code") < page.content.index(b"Older")
    assert b"123-456" in page.content
    newest = sorted(local.glob("*.eml"))[-1].stem
    mail = Client().get(f"/outbox/{newest}/").content.decode()
    assert "123-456" in mail
    assert "<script>alert" not in mail


@pytest.mark.django_db
def test_an_empty_outbox_says_how_to_fill_it(local):
    assert b"No mail yet" in Client().get("/outbox/").content


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nothing-here", "..", "%2e%2e%2fsecret_key", "a" * 200])
def test_there_is_nothing_but_mail(local, name):
    (local.parent / "secret_key").write_text("secret")
    assert Client().get(f"/outbox/{name}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/outbox/", "/outbox/01234567890123456789-abcdef01/"])
def test_no_such_page_where_mail_really_leaves(settings, path):
    settings.LOCAL_OUTBOX = False
    assert Client().get(path).status_code == 404
