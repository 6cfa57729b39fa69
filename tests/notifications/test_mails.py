import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from notifications.actions import read, switch_off
from notifications.mails import make_token
from notifications.models import Notice, Preferences
from outbox.models import Mail
from outbox.worker import drain
from tests.factories import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(time_machine):
    """Put the clock forward and run what is due by then."""
    time_machine.move_to(timezone.now())

    def later(**delta) -> None:
        drain()
        time_machine.shift(timedelta(**delta))
        drain()

    return later


def test_an_unread_notice_is_mailed_after_some_minutes(kind, member, actor, later, mailoutbox):
    kind.tell({member: "mention"}, actor=actor, what="something")
    later(seconds=60)
    assert mailoutbox == []
    later(minutes=5)
    [mail] = mailoutbox
    assert mail.to == [member.email]
    assert mail.subject.endswith("Grace Hall did something ×1")
    for text in (mail.body, mail.alternatives[0].content):
        assert "Hello Rosa Ortiz" in text
        assert "Grace Hall did something" in text
        assert "http://127.0.0.1:8000/thing/1/" in text
        assert "somebody spoke to you" in text
    assert Mail.objects.get().state == "sent"


def test_what_was_read_meanwhile_is_not_mailed(kind, member, later, mailoutbox):
    kind.tell({member: "mention"})
    later(seconds=60)
    read(member_id=member.pk, up_to=Notice.objects.get().pk)
    later(hours=1)
    assert mailoutbox == []


def test_what_is_read_while_the_mail_waits_is_dropped(kind, member, later, mailoutbox, mail_server):
    mail_server.down()
    kind.tell({member: "mention"})
    later(minutes=5)
    assert "Refused" in Mail.objects.get().error
    read(member_id=member.pk, up_to=Notice.objects.get().pk)
    mail_server.up()
    later(minutes=5)
    assert mail_server.messages == []
    assert Mail.objects.get().state == "dropped"


def test_what_may_not_be_told_any_more_is_not_mailed(kind, member, hidden_from, later, mailoutbox):
    kind.tell({member: "mention"})
    later(seconds=1)
    hidden_from.add(member.pk)
    later(minutes=5)
    assert mailoutbox == []
    assert Mail.objects.get().state == "dropped"


def test_who_is_no_member_any_more_gets_no_mail(kind, member, later, mailoutbox):
    kind.tell({member: "mention"})
    later(seconds=1)
    member.is_active = False
    member.save()
    later(minutes=5)
    assert mailoutbox == []


def test_a_bundle_is_mailed_once_while_it_is_unread(kind, member, later, mailoutbox):
    for _ in range(3):
        kind.tell({member: "followed"})
        later(minutes=2)
    kind.tell({member: "followed"})
    later(hours=1)
    [mail] = mailoutbox
    assert "×2" in mail.subject, "what it was after its three minutes"
    kind.tell({member: "followed"})
    later(hours=1)
    assert len(mailoutbox) == 1
    read(member_id=member.pk, up_to=2**40)
    kind.tell({member: "followed"})
    later(hours=1)
    assert len(mailoutbox) == 2


def test_a_bundle_that_grows_during_an_outage_is_still_mailed(kind, member, later, mail_server):
    mail_server.down()
    kind.tell({member: "followed"})
    later(minutes=5)
    assert "Refused" in Mail.objects.get().error
    mail_server.up()
    kind.tell({member: "followed"})
    later(hours=1)
    [mail] = mail_server.messages
    assert "×2" in mail["Subject"]


def test_who_wants_no_mail_of_a_kind_gets_none(kind, member, later, mailoutbox):
    switch_off(member_id=member.pk, switches=["followed"])
    kind.tell({member: "followed"})
    kind.tell({member: "mention"})
    later(hours=1)
    [mail] = mailoutbox
    assert "spoke to you" in mail.body
    assert Notice.objects.count() == 2, "under the bell is everything"


def test_mails_about_one_thing_are_one_thread(kind, member, later, mailoutbox):
    kind.tell({member: "mention"}, source="thing:7")
    kind.tell({member: "mention"}, source="thing:7")
    later(hours=1)
    one, two = (mail.message() for mail in mailoutbox)
    assert one["Message-ID"] != two["Message-ID"]
    assert one["References"] == two["References"] == one["In-Reply-To"] == "<thing.7@127.0.0.1>"
    assert one["List-Id"].endswith("<direct.127.0.0.1>")
    assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.fixture
def stop(kind, member, later, mailoutbox) -> str:
    """The path of the link at the foot of a mail."""
    kind.tell({member: "followed"})
    later(minutes=5)
    path = re.search(r"<https?://[^/]+(/[^>]+)>", mailoutbox[0].extra_headers["List-Unsubscribe"])[1]
    assert path in mailoutbox[0].body
    return path


def test_opening_the_link_changes_nothing_and_signs_nobody_in(stop, member):
    visitor = Client(enforce_csrf_checks=True)
    page = visitor.get(stop)
    assert page.status_code == 200
    assert member.email in page.content.decode()
    assert not Preferences.objects.exists()
    assert "_auth_user_id" not in visitor.session


def test_the_button_stops_mails_of_that_kind_alone(stop, member):
    page = Client(enforce_csrf_checks=True).post(stop, {"which": "kind"})
    assert b"No more mails of this kind" in page.content
    wishes = Preferences.of(member)
    assert (wishes.mail_direct, wishes.mail_followed, wishes.mail_groups) == (True, False, True)


def test_the_other_button_stops_all(stop, member):
    Client().post(stop, {"which": "all"})
    wishes = Preferences.of(member)
    assert (wishes.mail_direct, wishes.mail_followed, wishes.mail_groups) == (False, False, False)


def test_a_mail_program_stops_with_one_click(stop, member):
    answer = Client(enforce_csrf_checks=True).post(stop, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Preferences.of(member).mail_followed is False


@pytest.mark.parametrize("token", ["x", "WzEsImRpcmVjdCJd:1abc:nothing"])
def test_a_link_that_was_cut_or_forged_says_so(token):
    page = Client().post(f"/notifications/unsubscribe/{token}/")
    assert page.status_code == 404
    assert b"not complete" in page.content


def test_a_token_says_whose_mail_and_cannot_be_made_for_another(member):
    mine, other = make_token(member.pk, "direct"), make_token(make_member().pk, "direct")
    forged = other.split(":")[0] + ":" + mine.split(":", 1)[1]
    assert Client().post(f"/notifications/unsubscribe/{forged}/").status_code == 404
    assert not Preferences.objects.exists()
