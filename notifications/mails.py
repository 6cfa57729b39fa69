"""The mail about a notice: made when it is sent, for whoever may still know and has not looked yet."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.models import Member
from notifications.models import Notice, Preferences
from notifications.registry import Why, kind_of
from outbox.composers import Message
from outbox.models import Mail

SALT = "notifications.unsubscribe"
WHY = {
    "direct": gettext_lazy("You get this because somebody spoke to you."),
    "followed": gettext_lazy("You get this because you follow this topic."),
    "announcements": gettext_lazy("You get this because an announcement asks all its readers to confirm."),
    "groups": gettext_lazy("You get this because of your part in this working group."),
}


def compose(mail: Mail) -> Message | None:
    """None when the notice was read meanwhile, or taken back, or may not or should not be told any more."""
    number = int(mail.about.partition(":")[2])
    member = Member.objects.members().filter(pk=mail.member_id).first()
    if member is None:
        return None
    unread = Notice.objects.of(member).unread().for_listing().select_related("event")
    notice = unread.filter(Q(pk=number) | Q(bundle=number)).first()
    if notice is None:
        return None
    kind = kind_of(notice.kind)
    switch = kind.switch(notice.reason)
    if not Preferences.of(member).mails(switch) or member.pk not in kind.may_see(notice.event, [member.pk]):
        return None
    return _message(notice, member, switch, kind.describe(notice), kind.why(notice))


def _message(notice: Notice, member: Member, switch: str, sentence: str, why: Why | None) -> Message:
    stop = settings.SITE_URL + reverse("notifications:unsubscribe", args=[make_token(member.pk, switch)])
    context = {
        "site_name": settings.SITE_NAME,
        "member": member,
        "sentence": sentence,
        "actor": notice.actor,
        "link": settings.SITE_URL + notice.url,
        "why": why.text if why and why.text else WHY[switch],
        "change": settings.SITE_URL + why.change if why else "",
        "stop": stop,
        "settings_link": settings.SITE_URL + reverse("notifications:preferences"),
    }
    host = urlsplit(settings.SITE_URL).hostname
    # One thread in the mail program for all about one thing: every mail answers a first one that was never sent.
    thread = f"<{notice.source.replace(':', '.')}@{host}>"
    return Message(
        subject=f"[{settings.SITE_NAME}] {sentence}"[:250],
        text=render_to_string("notifications/mail.txt", context),
        html=render_to_string("notifications/mail.html", context),
        headers={
            "In-Reply-To": thread,
            "References": thread,
            "List-Id": f"{settings.SITE_NAME} <{switch}.{host}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )


def make_token(member_id: int, switch: str) -> str:
    """Lets its holder stop this kind of mail to this member, for ever, and nothing else."""
    return signing.dumps([member_id, switch], salt=SALT)


def read_token(token: str) -> tuple[Member, str] | None:
    try:
        member_id, switch = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    member = Member.objects.filter(pk=member_id).first()
    return (member, switch) if member and switch in Preferences.SWITCHES else None
