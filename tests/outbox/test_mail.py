import pytest
from django.db import transaction

from outbox import composers
from outbox.actions import send_mail, send_mails
from outbox.composers import Message
from outbox.models import Job, Mail
from outbox.tasks import MAIL_ATTEMPTS
from outbox.worker import drain

pytestmark = pytest.mark.django_db


def send(**fields) -> Mail:
    return send_mail(
        **{"to": "ada@gsa.gov", "subject": "Hello", "text": "Good day.", "kind": "test", **fields}
    )


def test_a_mail_goes_out_as_text_and_html(mail_server):
    mail = send(html="<p>Good <b>day</b>.</p>", headers={"List-Id": "test"})
    drain()
    [message] = mail_server.messages
    assert (message["To"], message["Subject"], message["List-Id"]) == ("ada@gsa.gov", "Hello", "test")
    assert message["Message-ID"] == mail.message_id
    assert message.get_body(("plain",)).get_content().strip() == "Good day."
    assert "<b>day</b>" in message.get_body(("html",)).get_content()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("sent", 1)
    assert mail.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_mail_vanishes_with_the_deed_that_failed(mail_server):
    with transaction.atomic():
        send()
        transaction.set_rollback(True)
    drain()
    assert (mail_server.messages, Mail.objects.count()) == ([], 0)


def test_a_subject_stays_on_one_line(mail_server):
    send(subject="Hello\nBcc: everybody@example.gov")
    drain()
    [message] = mail_server.messages
    assert message["Subject"] == "Hello Bcc: everybody@example.gov"
    assert message["Bcc"] is None


def test_an_outage_delays_and_loses_nothing(mail_server, clock):
    mail_server.down()
    mails = send_mails(
        mails=[Mail(to=f"m{n}@gsa.gov", subject=str(n), text="x", kind="test") for n in range(3)]
    )
    for _ in range(6):  # about an hour
        drain()
        clock.shift(600)
    waiting = Mail.objects.filter(state="waiting", error__contains="Refused")
    assert waiting.count() == 3
    mail_server.up()
    clock.shift(3600)
    drain()
    drain()
    assert sorted(message["Message-ID"] for message in mail_server.messages) == sorted(
        mail.message_id for mail in mails
    )
    assert Mail.objects.filter(state="sent", error="").count() == 3


def test_a_server_that_asks_to_wait_is_tried_again(mail_server, clock):
    mail_server.answers = ["451 4.3.0 Try later"]
    send()
    drain()
    assert Mail.objects.get().state == "waiting"
    clock.shift(10)
    drain()
    assert Mail.objects.get().state == "sent"
    assert len(mail_server.messages) == 1


def test_a_refusal_for_good_is_not_tried_again(mail_server, clock):
    mail_server.refused = {"ada@gsa.gov"}
    send()
    drain()
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts) == ("failed", 1)
    assert "No such person" in mail.error
    assert Job.objects.get().state == "done"


def test_a_mail_nobody_takes_for_a_day_has_failed(mail_server, clock):
    mail_server.down()
    send()
    for _ in range(MAIL_ATTEMPTS + 3):
        drain()
        clock.shift(4600)
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts) == ("failed", MAIL_ATTEMPTS)


def test_a_mail_sent_twice_after_a_crash_is_one_mail_for_its_reader(mail_server, clock):
    mail = send()
    drain()
    # As if the worker had been killed after the server took the mail and before it was noted.
    Mail.objects.update(state="waiting")
    Job.objects.update(state="running", leased_until="2020-01-01T00:00:00Z")
    drain()
    assert [message["Message-ID"] for message in mail_server.messages] == [mail.message_id] * 2


def test_a_job_done_twice_sends_once(mail_server):
    send()
    drain()
    Job.objects.update(state="ready")
    drain()
    assert len(mail_server.messages) == 1


def test_a_delayed_mail_waits(mail_server, clock):
    send(delay=300)
    drain()
    assert mail_server.messages == []
    clock.shift(301)
    drain()
    assert len(mail_server.messages) == 1


def test_text_can_be_made_at_sending_or_the_mail_be_dropped(mail_server, monkeypatch):
    monkeypatch.setattr(composers, "_registry", {})
    composers.register_composer(
        "thing", lambda mail: Message(f"About {mail.about}", "text") if mail.about == "thing:1" else None
    )
    send_mails(mails=[Mail(to="a@gsa.gov", kind="test", about=f"thing:{n}") for n in (1, 2)])
    drain()
    assert [message["Subject"] for message in mail_server.messages] == ["About thing:1"]
    assert list(Mail.objects.order_by("about").values_list("state", flat=True)) == ["sent", "dropped"]
