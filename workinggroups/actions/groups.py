from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.lines import one_line
from core.markup import render
from core.shell import forget_shell
from notifications.actions import notify
from workinggroups.actions.lock import lock, set_membership
from workinggroups.live import recheck_everyone
from workinggroups.models import Group, Membership
from workinggroups.permissions import (
    Standing,
    can_change_settings,
    can_change_visibility,
    can_conclude,
    can_create_group,
    can_edit_profile,
    can_propose_group,
    can_reopen,
    standing,
)

# Words that follow /groups/ as pages of their own, and so cannot be slugs.
RESERVED_SLUGS = frozenset({"new", "proposals", "invitations"})
COLORS = 8

# What apps above do in the transaction in which a group comes to life, such as giving it a place to talk.
_on_create: list[Callable[..., object]] = []


def on_create(call: Callable[..., object]) -> None:
    """Have `call(group=…)` run in the transaction that makes a group active. For AppConfig.ready()."""
    if call not in _on_create:
        _on_create.append(call)


def create_group(
    *,
    actor: Member,
    name: str,
    purpose: str,
    charter: str = "",
    listing: str = Group.Listing.LISTED,
    content: str = Group.Content.OPEN,
    join: str = Group.Join.OPEN,
) -> Group:
    """Create a group led by the actor: active at once for those who may, else a proposal for them to decide."""
    name, purpose = clean_name(name, actor), clean_purpose(purpose)
    charter_html = render_charter(charter)
    check_visibility(listing, content, join)
    with transaction.atomic():
        can_propose_group(actor).enforce()
        is_approved = bool(can_create_group(actor))
        group = Group.objects.create(
            name=name,
            slug=free_slug(name),
            purpose=purpose,
            charter=charter,
            charter_html=charter_html,
            listing=listing,
            content=content,
            join=join,
            color=sum(map(ord, name)) % COLORS,
            state=Group.State.ACTIVE if is_approved else Group.State.PROPOSED,
            created_by=actor,
        )
        _settle_lead(group, actor)
        record(actor=actor, action="group.create", target=f"group:{group.pk}", state=group.state)
        if is_approved:
            come_to_life(group)
        else:
            tell_committee(group, actor)
    return group


def _settle_lead(group: Group, actor: Member) -> None:
    set_membership(
        standing(actor, group),
        member=actor,
        membership=None,
        action="group.join",
        status=Membership.Status.ACTIVE,
        role=Membership.Role.LEAD,
    )


def come_to_life(group: Group) -> None:
    for call in _on_create:
        call(group=group)


def tell_committee(group: Group, actor: Member) -> None:
    notify(
        kind="group.proposed",
        actor=actor,
        source=f"group:{group.pk}",
        url=group.get_absolute_url(),
        data={"group": group.pk, "name": group.name},
    )


def clean_name(name: str, actor: Member, own: int | None = None) -> str:
    """A name is taken only by a group the actor may know of: the answer must not betray a hidden one."""
    name = one_line(name)
    if not 3 <= len(name) <= 80:
        raise ValidationError({"name": _("Give the group a name of 3 to 80 characters.")})
    if Group.objects.findable_by(actor).filter(name__iexact=name).exclude(pk=own).exists():
        raise ValidationError({"name": _("There is a group of this name already.")})
    return name


def clean_purpose(purpose: str) -> str:
    purpose = one_line(purpose)
    if not 10 <= len(purpose) <= 300:
        raise ValidationError({"purpose": _("Say in 10 to 300 characters what the group is for.")})
    return purpose


def render_charter(charter: str) -> str:
    if not charter.strip():
        return ""
    try:
        return render(charter).html
    except ValidationError as error:
        raise ValidationError({"charter": error.messages}) from error


def check_visibility(listing: str, content: str, join: str) -> None:
    """What the database constrains too, said to people."""
    if listing == Group.Listing.HIDDEN and content == Group.Content.OPEN:
        raise ValidationError({"content": _("A hidden group is for its members only.")})
    if listing == Group.Listing.HIDDEN and join != Group.Join.INVITATION:
        raise ValidationError({"join": _("A hidden group is joined by invitation only.")})


def free_slug(name: str) -> str:
    stem = slugify(name)[:50].strip("-") or "group"
    taken = set(Group.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED_SLUGS
    number = 2
    slug = stem
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug


def set_state(s: Standing, state: str, action: str) -> None:
    before, s.group.state = s.group.state, state
    s.group.save(update_fields=["state"])
    record(actor=s.member, action=action, target=f"group:{s.group.pk}", before=before, after=state)
    forget_shell(s.member.pk)


def edit_profile(*, actor: Member, group: Group, name: str, purpose: str, charter: str) -> Group:
    name, purpose = clean_name(name, actor, own=group.pk), clean_purpose(purpose)
    charter_html = render_charter(charter)
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_edit_profile(s).enforce()
        s.group.categories.filter(name=s.group.name).update(name=name, description=purpose)
        s.group.name, s.group.purpose = name, purpose
        s.group.charter, s.group.charter_html = charter, charter_html
        s.group.save(update_fields=["name", "purpose", "charter", "charter_html"])
        record(actor=actor, action="group.edit", target=f"group:{s.group.pk}")
        forget_shell(actor.pk)
    return s.group


def change_settings(
    *,
    actor: Member,
    group: Group,
    join: str,
    observers_download: bool,
    observers_post: bool,
    members_invite: bool,
) -> Group:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_change_settings(s).enforce()
        check_visibility(s.group.listing, s.group.content, join)
        changes = {
            "join": join,
            "observers_download": observers_download,
            "observers_post": observers_post,
            "members_invite": members_invite,
        }
        changed: dict[str, Any] = {
            name: value for name, value in changes.items() if getattr(s.group, name) != value
        }
        for name, value in changed.items():
            setattr(s.group, name, value)
        s.group.save(update_fields=list(changes))
        record(actor=actor, action="group.settings", target=f"group:{s.group.pk}", **changed)
    return s.group


def change_visibility(*, actor: Member, group: Group, listing: str, content: str) -> Group:
    """Hiding a group closes its content and makes it by invitation, as the database demands."""
    from workinggroups.tasks import take_back_notices  # tasks call actions

    with transaction.atomic():
        s = lock(actor, group.pk)
        can_change_visibility(s, listing, content).enforce()
        if listing == Group.Listing.HIDDEN:
            content, s.group.join = Group.Content.MEMBERS, Group.Join.INVITATION
        before = {"listing": s.group.listing, "content": s.group.content}
        is_closing = s.group.is_open and content == Group.Content.MEMBERS
        s.group.listing, s.group.content = listing, content
        s.group.save(update_fields=["listing", "content", "join"])
        after = {"listing": listing, "content": content}
        record(
            actor=actor, action="group.visibility", target=f"group:{s.group.pk}", before=before, after=after
        )
        if is_closing:
            take_back_notices.enqueue(s.group.pk, None)
            recheck_everyone()
    return s.group


def conclude_group(*, actor: Member, group: Group) -> Group:
    """Readable from now on, nothing writable. Open requests and invitations end with it."""
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_conclude(s).enforce()
        set_state(s, Group.State.CONCLUDED, "group.conclude")
        waiting = s.group.memberships.filter(
            status__in=[Membership.Status.REQUESTED, Membership.Status.INVITED]
        )
        for membership in waiting.select_related("member"):
            set_membership(
                s,
                member=membership.member,
                membership=membership,
                action="group.decline",
                reason=_("The group was concluded."),
                status=Membership.Status.DECLINED,
                requested_at=None,
                since=timezone.now(),
            )
        s.group.memberships.update(requested_at=None, offered_by=None)
        s.group.mailed_invitations.all().delete()
    return s.group


def reopen_group(*, actor: Member, group: Group) -> Group:
    with transaction.atomic():
        s = lock(actor, group.pk)
        can_reopen(s).enforce()
        set_state(s, Group.State.ACTIVE, "group.reopen")
    return s.group
