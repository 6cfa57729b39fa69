"""What a topic asks of its readers, above its posts."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from forum.announcements import AnnouncementSeen, announcement_of
from forum.poll_forms import VoteForm
from forum.polls import PollSeen, poll_of
from forum.thread import Seen


def above(request: HttpRequest, seen: Seen, *, is_first: bool) -> SafeString:
    """In full on the first page of the topic, as a link on the others; nothing, and no query, in most topics."""
    parts = []
    if announced := announcement_of(seen):
        parts.append(_announcement_part(request, announced) if is_first else _link_up(announced))
    if shown := poll_of(seen):
        parts.append(poll_part(request, shown) if is_first else _link(shown))
    return mark_safe("".join(parts))  # noqa: S308  (made of rendered templates only)


def poll_part(request: HttpRequest, shown: PollSeen, form: VoteForm | None = None) -> str:
    """`form`: a vote that was refused."""
    form = form or VoteForm(poll=shown.poll, chosen=shown.choices)
    return render_to_string("forum/_poll.html", {"shown": shown, "poll": shown.poll, "form": form}, request)


def _announcement_part(request: HttpRequest, shown: AnnouncementSeen) -> str:
    context = {"shown": shown, "announcement": shown.announcement, "category": shown.seen.topic.category}
    return render_to_string("forum/_announcement.html", context, request)


def _link_up(shown: AnnouncementSeen) -> SafeString:
    """To the first page, where one confirms."""
    if not shown.can_confirm:
        return SafeString("")
    text = _("Please confirm that you have read this")
    return format_html('<p><a href="{}#announcement">{}</a></p>', shown.seen.topic.get_absolute_url(), text)


def _link(shown: PollSeen) -> SafeString:
    text = _("Poll: %(question)s") % {"question": shown.poll.question}
    return format_html('<p><a href="{}">{}</a></p>', shown.poll.get_absolute_url(), text)
