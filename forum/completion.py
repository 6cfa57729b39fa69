"""What may be offered to somebody who writes in a place: nothing that its readers may not know of.

The place is a category. Without one (a new topic whose category is not chosen yet) its readers are all members.
"""

import re
from dataclasses import asdict, dataclass

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from accounts.models import Member
from core.markup.emoji import EMOJI
from forum.models import Category, Topic
from workinggroups.models import Group, Membership

OFFERED = 8
SIMILAR = 5
WORDS_ASKED = 6
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
SHORTEST = 3  # letters of a word that tells what a title is about
EMPTY = frozenset(
    {
        "about",
        "and",
        "any",
        "anyone",
        "are",
        "been",
        "can",
        "could",
        "did",
        "does",
        "done",
        "for",
        "from",
        "get",
        "has",
        "have",
        "her",
        "his",
        "how",
        "its",
        "just",
        "may",
        "more",
        "most",
        "much",
        "not",
        "one",
        "our",
        "out",
        "shall",
        "should",
        "somebody",
        "someone",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    }
)  # fmt: skip  (words that tell nothing of it)


@dataclass(frozen=True)
class Offer:
    value: str  # what is written
    label: str
    note: str = ""
    badge: str = ""


def complete(member: Member, text: str, place: str) -> list[dict[str, str]]:
    """For what was typed from its sign on: "@gra", "@group/res", "#impact", ":ta". `place` is a category's slug."""
    sign, words = text[:1], text[1:][:100]
    category = Category.objects.visible_to(member).select_related("group").filter(slug=place).first()
    closed = category.group if category and category.group and category.group.content != "open" else None
    if not words:
        return []
    if sign == "@":
        offers = (
            _groups(member, words.removeprefix("group/"), closed)
            if words.startswith("group/")
            else (_people(member, words, closed))
        )
    else:
        offers = {"#": _topics, ":": _signs}.get(sign, _nothing)(member, words, closed)
    return [asdict(offer) for offer in offers]


def _nothing(member: Member, words: str, closed: Group | None) -> list[Offer]:
    return []


def _people(member: Member, words: str, closed: Group | None) -> list[Offer]:
    """Name and agency, never the address. Where a group keeps to itself, its own members alone, whether or not they
    are in the directory."""
    people = Member.objects.members().not_muted_by(member).completing(words).select_related("agency")
    if closed:
        people = people.filter(pk__in=Membership.objects.active().filter(group=closed).values("member"))
    else:
        people = people.listed_for(member)
    offers = [
        Offer(f"@{who.handle}", who.name, f"@{who.handle}", who.agency.label if who.agency else "")
        for who in people.order_by("name", "id")[:OFFERED]
    ]
    if "group/".startswith(words):
        offers += _groups(member, "", closed)
    return offers[:OFFERED]


def _groups(member: Member, words: str, closed: Group | None) -> list[Offer]:
    """The member's own: nobody else's name would call anybody. A hidden group is named in its own place only."""
    if closed:
        groups = Group.objects.filter(pk=closed.pk)
    else:
        groups = Group.objects.filter(listing=Group.Listing.LISTED)
    found = groups.of(member).filter(Q(slug__startswith=words.lower()) | Q(name__icontains=words))
    return [
        Offer(f"@group/{group.slug}", group.name, _("everyone in the group"))
        for group in found.order_by("name")[:OFFERED]
    ]


def _topics(member: Member, words: str, closed: Group | None) -> list[Offer]:
    """By number, or by the beginnings of words of the title."""
    topics = Topic.objects.visible_to(member).filter(
        _for_all() | Q(category__group=closed) if closed else _for_all()
    )
    if words.isdecimal():
        topics = topics.filter(Q(pk=int(words)) | Q(title__icontains=words))
    else:
        for word in words.replace("-", " ").split()[:WORDS_ASKED]:
            topics = topics.filter(title__icontains=word)
    found = topics.select_related("category").order_by("-last_post_at", "-id")[:OFFERED]
    return [Offer(f"#{topic.pk}", topic.title, f"#{topic.pk} · {topic.category.name}") for topic in found]


def _for_all() -> Q:
    """Topics that every member may read."""
    is_open = Q(category__group__content=Group.Content.OPEN) & ~Q(category__group__state__in=Group.UNBORN)
    return Q(category__group=None) | is_open


def _signs(member: Member, words: str, closed: Group | None) -> list[Offer]:
    names = sorted(
        (name for name in EMOJI if words.lower() in name), key=lambda name: (not name.startswith(words), name)
    )
    return [Offer(f":{name}:", EMOJI[name], name) for name in names[:OFFERED]]


def similar_topics(member: Member, title: str) -> list[Topic]:
    """Topics the member may see whose titles share most words with this one, the best first; none for too few words."""
    words = [word for word in WORD.findall(title.lower()) if len(word) >= SHORTEST and word not in EMPTY]
    words = list(dict.fromkeys(words))[:WORDS_ASKED]
    if not words:
        return []
    shares = [
        Case(When(title__icontains=word, then=1), default=0, output_field=IntegerField()) for word in words
    ]
    total = sum(shares, Value(0))
    wanted = max(1, (len(words) + 1) // 2)
    topics = Topic.objects.visible_to(member).annotate(shared=total).filter(shared__gte=wanted)
    return list(topics.select_related("category").order_by("-shared", "-last_post_at", "-id")[:SIMILAR])
