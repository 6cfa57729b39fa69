"""How much a member hears of a topic, and because of what. Pure: the rows are fetched by those who ask.

The topic's own level wins, then the loudest of its tags, then its category (or the one above it), then the default.
`TopicQuerySet` says the same in SQL for lists and badges.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum.models import Level

LOUDNESS = (Level.MUTED, Level.NORMAL, Level.TRACKING, Level.WATCHING)
# What the buttons say that set them.
CHOICES: dict[str, str | Promise] = {
    Level.WATCHING: gettext_lazy("Watch"),
    Level.TRACKING: gettext_lazy("Track"),
    Level.NORMAL: gettext_lazy("Normal"),
    Level.MUTED: gettext_lazy("Mute"),
}


class Heard(NamedTuple):
    level: str = Level.NORMAL
    because: str = ""  # "topic", "tag", "category"; "" for the default
    name: str = ""  # of the tag or the category


class Follow(NamedTuple):
    """A member's level for a tag or a category."""

    level: str
    name: str


def heard(own: str, tags: Iterable[Follow] = (), categories: Iterable[Follow] = ()) -> Heard:
    """`own` is the member's level of the topic itself, "" if they have none; `categories` go upwards from its own."""
    if own:
        return Heard(own, "topic")
    if loudest := max(tags, key=lambda tag: LOUDNESS.index(Level(tag.level)), default=None):
        return Heard(loudest.level, "tag", loudest.name)
    for category in categories:
        return Heard(category.level, "category", category.name)
    return Heard()


def explain(heard: Heard, why: str) -> str:
    """In words, such as “Every new reply, because you follow Data.” `why`: what led to the topic's own level."""
    what = {
        Level.WATCHING: _("Every new reply"),
        Level.TRACKING: _("New replies are counted, without notices"),
        Level.NORMAL: _("Mentions and replies to you"),
        Level.MUTED: _("Nothing from here"),
    }[Level(heard.level)]
    reason = _reason(heard, why)
    return _("%(what)s, %(reason)s.") % {"what": what, "reason": reason} if reason else _("%s.") % what


def _reason(heard: Heard, why: str) -> str:
    if heard.because == "topic":
        return {
            "started": _("because you started this"),
            "replied": _("because you replied here"),
            "moved": _("because posts that you followed came here"),
        }.get(why, "")
    if not heard.because:
        return ""
    if heard.level in (Level.WATCHING, Level.TRACKING):
        return _("because you follow %s") % heard.name
    if heard.level == Level.MUTED:
        return _("because you muted %s") % heard.name
    return _("as you chose for %s") % heard.name
