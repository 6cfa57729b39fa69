"""Who is told of what happens in a group, and in which words."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Member, SiteRole
from notifications.models import Notice, NoticeEvent
from notifications.registry import Kind, register
from workinggroups.models import Group, Membership


def _page(ids: list[int], reason: str) -> list[tuple[int, str]]:
    return [(member_id, reason) for member_id in ids]


def leads(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    leading = (
        Membership.objects.leading().filter(group=event.data["group"], member__gt=after).order_by("member_id")
    )
    return _page(list(leading.values_list("member", flat=True)[:limit]), "lead")


def still_leads(event: NoticeEvent, member_ids: list[int]) -> set[int]:
    leading = Membership.objects.leading().filter(group=event.data["group"], member__in=member_ids)
    return _members(leading.values_list("member", flat=True))


def committee(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    deciding = Q(role_grants__role__in=[SiteRole.STEERING, SiteRole.ADMINISTRATOR])
    people = Member.objects.filter(deciding, pk__gt=after).order_by("pk").distinct()
    return _page(list(people.values_list("pk", flat=True)[:limit]), "committee")


def still_committee(event: NoticeEvent, member_ids: list[int]) -> set[int]:
    deciding = Q(role_grants__role__in=[SiteRole.STEERING, SiteRole.ADMINISTRATOR])
    return _members(Member.objects.filter(deciding, pk__in=member_ids).values_list("pk", flat=True))


def the_one(event: NoticeEvent, after: int, limit: int) -> list[tuple[int, str]]:
    member_id = event.data["member"]
    return [(member_id, "group")] if member_id > after else []


def can_still_find(event: NoticeEvent, member_ids: list[int]) -> set[int]:
    """The one told, if they may still know of the group."""
    member = Member.objects.members().filter(pk__in=member_ids).first()
    if member is None or not Group.objects.findable_by(member).filter(pk=event.data["group"]).exists():
        return set()
    return {member.pk}


def wants_to_hear(event: NoticeEvent, member_ids: list[int]) -> set[int]:
    """The one told, unless they muted who addresses them. What it is about still waits on the group's page."""
    hearing = Member.objects.filter(pk__in=member_ids)
    if event.actor_id:
        hearing = hearing.hearing(event.actor_id)
    return can_still_find(event, list(hearing.values_list("pk", flat=True)))


def was_there(event: NoticeEvent, member_ids: list[int]) -> set[int]:
    """Whoever was removed knew of the group: telling them betrays nothing, even where it is hidden."""
    return _members(member_ids)


def _members(ids: object) -> set[int]:
    return set(Member.objects.members().filter(pk__in=ids).values_list("pk", flat=True))


def _words(notice: Notice) -> dict[str, object]:
    return {
        "who": notice.actor.name if notice.actor else _("Someone"),
        "group": notice.data["name"],
        "others": notice.count - 1,
    }


def say_requested(notice: Notice) -> str:
    if notice.count == 1:
        return _("%(who)s asks to join “%(group)s”") % _words(notice)
    sentence = ngettext(
        "%(who)s and %(others)d other ask to join “%(group)s”",
        "%(who)s and %(others)d others ask to join “%(group)s”",
        notice.count - 1,
    )
    return sentence % _words(notice)


def say_admitted(notice: Notice) -> str:
    return _("You are now a member of “%(group)s”") % _words(notice)


def say_declined(notice: Notice) -> str:
    if reason := notice.data.get("reason"):
        return _("Your request to join “%(group)s” was declined: %(reason)s") % {
            **_words(notice),
            "reason": reason,
        }
    return _("Your request to join “%(group)s” was declined") % _words(notice)


def say_invited(notice: Notice) -> str:
    return _("%(who)s invites you to join “%(group)s”") % _words(notice)


def say_role(notice: Notice) -> str:
    role = Membership.Role(notice.data["role"]).label
    return _("%(who)s made you %(role)s of “%(group)s”") % {**_words(notice), "role": role.lower()}


def say_offered(notice: Notice) -> str:
    return _("%(who)s asks you to lead “%(group)s”") % _words(notice)


def say_removed(notice: Notice) -> str:
    if reason := notice.data.get("reason"):
        return _("You are no longer a member of “%(group)s”: %(reason)s") % {
            **_words(notice),
            "reason": reason,
        }
    return _("You are no longer a member of “%(group)s”") % _words(notice)


def say_proposed(notice: Notice) -> str:
    return _("%(who)s proposes the working group “%(group)s”") % _words(notice)


def say_decided(notice: Notice) -> str:
    if notice.data["state"] == Group.State.ACTIVE:
        return _("Your working group “%(group)s” was approved") % _words(notice)
    return _("Your working group “%(group)s” was not approved: %(reason)s") % {
        **_words(notice),
        "reason": notice.data["reason"],
    }


def register_kinds() -> None:
    lead = gettext_lazy("Requests to join groups you lead")
    mine = gettext_lazy("Your place in working groups")
    new = gettext_lazy("Proposed working groups")
    register(Kind("group.requested", lead, leads, still_leads, say_requested, frozenset({"lead"})))
    register(Kind("group.admitted", mine, the_one, can_still_find, say_admitted))
    register(Kind("group.declined", mine, the_one, can_still_find, say_declined))
    register(Kind("group.invited", mine, the_one, wants_to_hear, say_invited))
    register(Kind("group.role", mine, the_one, can_still_find, say_role))
    register(Kind("group.offered", mine, the_one, wants_to_hear, say_offered))
    register(Kind("group.removed", mine, the_one, was_there, say_removed))
    register(Kind("group.proposed", new, committee, still_committee, say_proposed))
    register(Kind("group.decided", mine, the_one, can_still_find, say_decided))
