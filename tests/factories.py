"""Rows that are valid by default, written straight to the models; deeds under test go through HTTP."""

from datetime import timedelta
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Agency, EligibilityProof, Member, RoleGrant
from core.markup import render
from forum.models import Announcement, Category, Poll, Post, Topic, base36
from workinggroups.models import Group, Membership

PASSWORD = "community-of-practice"
_numbers = count(1)
_hashed = cache(make_password)
_rendered = cache(render)


def make_agency(name: str = "General Services Administration", abbreviation: str = "GSA") -> Agency:
    return Agency.objects.get_or_create(name=name, defaults={"abbreviation": abbreviation})[0]


def make_member(
    name: str = "", *, address: str = "", roles: tuple[str, ...] = (), eligible: bool = True, **fields: Any
) -> Member:
    """A verified, eligible member (with `eligible=False` one whose address was never proved)."""
    number = next(_numbers)
    name = name or f"Member {number}"
    handle = fields.pop(
        "handle", slugify(name).replace("-", ".") + ("" if "handle" in fields else f".{number}")
    )
    now = timezone.now()
    member = Member.objects.create(
        name=name,
        handle=handle,
        email=address or f"{handle}@gsa.gov",
        password=_hashed(PASSWORD),
        agency=fields.pop("agency", None) or make_agency(),
        affiliation="federal",
        read_before=now - timedelta(days=1),
        site_roles=sorted(roles),
        second_factor_at=fields.pop("second_factor_at", now if roles else None),
        **fields,
    )
    for role in roles:
        RoleGrant.objects.create(member=member, role=role)
    member.emailaddress_set.create(email=member.email, verified=eligible, primary=True)
    if eligible:
        proof = EligibilityProof.objects.create(
            member=member,
            address=member.email,
            rule="allow gov",
            method="code",
            proved_at=now,
            expires_at=now + timedelta(days=365),
        )
        member.eligible_until = proof.expires_at
        member.save(update_fields=["eligible_until"])
    return member


def make_group(name: str = "", *, lead: Member | None = None, kind: str = "", **fields: Any) -> Group:
    """An active group with its discussions. `kind`: "open" (default), "members" or "hidden"."""
    name = name or f"Group {next(_numbers)}"
    if kind == "members":
        fields = {"content": "members", "join": "request", **fields}
    elif kind == "hidden":
        fields = {"listing": "hidden", "content": "members", "join": "invitation", **fields}
    lead = lead or make_member()
    group = Group.objects.create(
        name=name,
        slug=fields.pop("slug", slugify(name)),
        purpose="To try things out.",
        created_by=lead,
        **fields,
    )
    make_category(name, group=group)
    join(group, lead, "lead")
    return group


def join(group: Group, member: Member, role: str = "member", status: str = "active") -> Membership:
    asked = timezone.now() if status == "requested" else None
    membership = Membership.objects.create(
        group=group, member=member, role=role, status=status, requested_at=asked
    )
    if status == "active":
        Group.objects.filter(pk=group.pk).update(member_count=F("member_count") + 1)
    return membership


def make_category(name: str = "", *, group: Group | None = None, **fields: Any) -> Category:
    name = name or f"Category {next(_numbers)}"
    return Category.objects.create(name=name, slug=fields.pop("slug", slugify(name)), group=group, **fields)


def make_topic(
    title: str = "How do you test a model?",
    *,
    category: Category | None = None,
    author: Member | None = None,
    body: str = "We would like to know.",
    **fields: Any,
) -> Topic:
    author = author or make_member()
    topic = Topic.objects.create(
        title=title,
        slug=Topic.slug_for(title),
        category=category or Category.objects.filter(group=None).first() or make_category("Governance"),
        author=author,
        last_author=author,
        version=0,
        **fields,
    )
    make_post(topic, author=author, body=body)
    return topic


def make_post(
    topic: Topic, *, author: Member | None = None, parent: Post | None = None, body: str = "Indeed."
) -> Post:
    author = author or make_member()
    rendered = _rendered(body)
    topic.refresh_from_db(fields=["version", "last_number", "posts_count"])
    topic.version += 1
    topic.last_number += 1
    topic.posts_count += 1
    topic.last_post_at = timezone.now()
    topic.last_author = author
    segment = base36(topic.last_number)
    post = Post.objects.create(
        topic=topic,
        number=topic.last_number,
        parent=parent,
        depth=parent.depth + 1 if parent else 0,
        path=(parent.path if parent else "") + segment,
        author=author,
        agency=author.agency,
        body=body,
        html=rendered.html,
        text=rendered.text,
        changed_version=topic.version,
    )
    topic.save(update_fields=["version", "last_number", "posts_count", "last_post_at", "last_author"])
    return post


def make_poll(topic: Topic, *options: str, question: str = "Which one?", **fields: Any) -> Poll:
    """An open, named poll of one choice whose result is shown to whoever has voted."""
    texts = list(options) or ["This one", "That one", "Neither"]
    defaults = {"kind": "single", "max_choices": 1, "is_secret": False, "shown": "voted"}
    poll = Poll.objects.create(
        topic=topic, question=question, options=texts, created_by=topic.author, **{**defaults, **fields}
    )
    topic.has_poll = True
    topic.save()
    return poll


def make_announcement(topic: Topic, *, by: Member | None = None, **fields: Any) -> Announcement:
    announcement = Announcement.objects.create(
        topic=topic, announced_by=by or topic.author, **{"revision": 1, **fields}
    )
    topic.is_announcement = True
    topic.save()
    return announcement
