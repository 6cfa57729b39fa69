from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, FilteredRelation, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from notifications.models import Notice

INVITATION_LIFE = timedelta(days=14)


def readable_by(member: Member, group: str = "") -> Q:
    """The one rule who may read what a group holds: those of the community if its content is open, its own if not.

    `group` leads from the filtered model to the group, such as "category__group"; empty on Group itself. The filter
    twin of `can_read`. Deny wins: a ban closes open groups too, and a proposal is read by its own alone.
    """
    outer, lead = OuterRef(group or "pk"), f"{group}__" if group else ""
    mine = Membership.objects.filter(member=member.pk, group=outer)
    is_open = Q(**{f"{lead}content": Group.Content.OPEN}) & ~Q(**{f"{lead}state__in": Group.UNBORN})
    banned = Q(Exists(mine.filter(status=Membership.Status.BANNED)))
    return (is_open & ~banned) | Q(Exists(mine.active()))


class GroupQuerySet(models.QuerySet):
    def findable_by(self, member: Member, *, lapsed_before: datetime | None = None) -> GroupQuerySet:
        """Groups whose existence, charter and leads the member may know of. The filter twin of `can_find`."""
        if not member.is_member:
            return self.none()
        mine = Membership.objects.filter(member=member.pk, group=OuterRef("pk"))
        banned = Exists(mine.filter(status=Membership.Status.BANNED))
        if member.is_moderator or member.is_steering or member.is_administrator:
            return self.exclude(banned)
        listed = Q(listing=Group.Listing.LISTED) & ~Q(state__in=Group.UNBORN) & ~Q(banned)
        return self.filter(listed | Q(Exists(mine.active())) | Q(Exists(mine.invited(lapsed_before))))

    def visible_to(self, member: Member) -> GroupQuerySet:
        """Groups whose content (topics, files, roster) the member may read. The filter twin of `can_read`."""
        return self.filter(readable_by(member)) if member.is_member else self.none()

    def of(self, member: Member) -> GroupQuerySet:
        return self.filter(Exists(Membership.objects.active().filter(member=member.pk, group=OuterRef("pk"))))

    def with_my_role(self, member: Member) -> GroupQuerySet:
        """Annotates `my_role`: the member's role where the membership is active, else None."""
        mine = Membership.objects.active().filter(member=member.pk, group=OuterRef("pk"))
        return self.annotate(my_role=Subquery(mine.values("role")[:1]))

    def with_mine(self, member: Member) -> GroupQuerySet:
        """With `mine`: the member's membership in any status, in the same query (None where there is none)."""
        mine = FilteredRelation("memberships", condition=Q(memberships__member=member.pk))
        return self.annotate(mine=mine).select_related("mine")

    def with_place(self) -> GroupQuerySet:
        """With `place`: where the group talks, in the same query (None where nothing has been opened yet)."""
        first = FilteredRelation("categories", condition=Q(categories__parent=None))
        return self.annotate(place=first).select_related("place")

    def with_notices(self, member: Member) -> GroupQuerySet:
        """With `is_told_of`: whether the member has an unread notice about the group itself."""
        source = Concat(Value("group:"), Cast(OuterRef("pk"), models.CharField()))
        return self.annotate(is_told_of=Exists(Notice.objects.of(member.pk).unread().filter(source=source)))

    def inviting(self, member: Member) -> GroupQuerySet:
        """Groups that have invited the member and wait for an answer."""
        return self.filter(
            Exists(Membership.objects.invited().filter(member=member.pk, group=OuterRef("pk")))
        )

    def matching(self, words: str) -> GroupQuerySet:
        """Every word somewhere in name or purpose."""
        for word in words.split()[:8]:
            self = self.filter(Q(name__icontains=word) | Q(purpose__icontains=word))
        return self


class Group(models.Model):
    class Listing(models.TextChoices):
        LISTED = "listed", _("Listed in the directory")
        HIDDEN = "hidden", _("Hidden from all but its members")

    class Content(models.TextChoices):
        OPEN = "open", _("Open to all members of the community")
        MEMBERS = "members", _("For the group's members")

    class Join(models.TextChoices):
        OPEN = "open", _("Anyone may join")
        REQUEST = "request", _("On request")
        INVITATION = "invitation", _("By invitation")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ACTIVE = "active", _("Active")
        AT_RISK = "at_risk", _("At risk")
        CONCLUDED = "concluded", _("Concluded")
        DECLINED = "declined", _("Not approved")

    UNBORN = (State.PROPOSED, State.DECLINED)  # not yet, or never, a group of the community
    LIVING = (State.ACTIVE, State.AT_RISK)  # the states in which people join, write and share

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=60, unique=True)
    purpose = models.CharField(_("purpose"), max_length=300)
    charter = models.TextField(_("charter"), blank=True)
    charter_html = models.TextField(blank=True, editable=False)
    color = models.PositiveSmallIntegerField(default=0)  # index into the palette of the stylesheet
    listing = models.CharField(max_length=10, choices=Listing, default=Listing.LISTED)
    content = models.CharField(max_length=10, choices=Content, default=Content.OPEN)
    join = models.CharField(max_length=10, choices=Join, default=Join.OPEN)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    observers_download = models.BooleanField(default=True)
    observers_post = models.BooleanField(default=False)
    members_invite = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="groups_created")
    member_count = models.PositiveIntegerField(
        default=0
    )  # active memberships, kept by the membership actions
    quota = models.BigIntegerField(null=True, blank=True)  # bytes; None: the community's default
    used = models.BigIntegerField(default=0)  # bytes of all versions kept

    mine: Membership | None = None  # set by with_mine() where there is one
    is_told_of: bool = False  # set by with_notices()
    place: Any = None  # a category of the forum, set by with_place() where there is one

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(listing="listed") | Q(content="members", join="invitation"),
                name="hidden_groups_are_for_members_by_invitation",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/groups/{self.slug}/"

    @property
    def is_concluded(self) -> bool:
        return self.state == self.State.CONCLUDED

    @property
    def is_living(self) -> bool:
        return self.state in self.LIVING

    @property
    def is_hidden(self) -> bool:
        return self.listing == self.Listing.HIDDEN

    @property
    def is_open(self) -> bool:
        return self.content == self.Content.OPEN

    def readers_among(self, members: models.QuerySet) -> models.QuerySet:
        """Those of these members of the community who may read what the group holds: `readable_by` for many."""
        mine = self.memberships.filter(member=OuterRef("pk"))
        if self.is_open and self.state not in self.UNBORN:
            return members.exclude(Exists(mine.filter(status=Membership.Status.BANNED)))
        return members.filter(Exists(mine.active()))

    @property
    def quota_bytes(self) -> int:
        return self.quota if self.quota is not None else settings.COMMONS_GROUP_QUOTA


class MembershipQuerySet(models.QuerySet):
    def active(self) -> MembershipQuerySet:
        return self.filter(status=Membership.Status.ACTIVE)

    def leading(self) -> MembershipQuerySet:
        return self.active().filter(role__in=Membership.LEADING)

    def leads_and_newest(self, number: int) -> MembershipQuerySet:
        """Those who lead, wherever they stand, and the newest of all; the newest first."""
        active = self.active().order_by("-since", "-pk")
        return active.filter(Q(role__in=Membership.LEADING) | Q(pk__in=active.values("pk")[:number]))

    def invited(self, lapsed_before: datetime | None = None) -> MembershipQuerySet:
        """Open invitations; an older one has lapsed."""
        lapsed_before = lapsed_before or timezone.now() - INVITATION_LIFE
        return self.filter(status=Membership.Status.INVITED, since__gt=lapsed_before)

    def requesting(self) -> MembershipQuerySet:
        """Those who ask to be members: outsiders who asked to join, and observers who asked for more."""
        return self.exclude(requested_at=None)

    def for_roster(self) -> MembershipQuerySet:
        """Active memberships with people and agencies, leads first, then by name."""
        rank = Case(*[When(role=role, then=place) for place, role in enumerate(Membership.Role.values)])
        return (
            self.active()
            .select_related("member__agency")
            .annotate(rank=rank)
            .order_by("rank", "member__name", "pk")
        )


class Membership(models.Model):
    class Role(models.TextChoices):
        LEAD = "lead", _("Lead")
        CO_LEAD = "co_lead", _("Co-lead")
        MEMBER = "member", _("Member")
        OBSERVER = "observer", _("Observer")

    class Status(models.TextChoices):
        INVITED = "invited", _("Invited")
        REQUESTED = "requested", _("Requested")
        ACTIVE = "active", _("Active")
        LEFT = "left", _("Left")
        REMOVED = "removed", _("Removed")
        BANNED = "banned", _("Banned")
        DECLINED = "declined", _("Declined")

    LEADING = (Role.LEAD, Role.CO_LEAD)
    WRITING = (Role.LEAD, Role.CO_LEAD, Role.MEMBER)

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    note = models.CharField(_("note"), max_length=500, blank=True)  # said with the request or the invitation
    since = models.DateTimeField(default=timezone.now)  # in this status
    requested_at = models.DateTimeField(null=True, blank=True)  # set while leads have a request to decide
    # The lead who asked this member to take over the group, until they answer.
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    visited_at = models.DateTimeField(null=True, blank=True)  # last look at the overview

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "member"], name="one_membership_per_group_and_member")
        ]
        indexes = [
            models.Index(fields=["member", "status", "group"], name="memberships_of_member"),
            models.Index(fields=["group", "role"], condition=Q(status="active"), name="roles_in_group"),
            models.Index(fields=["group", "-since"], condition=Q(status="active"), name="newest_in_group"),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.role} in {self.group}"

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def is_invited(self) -> bool:
        return self.status == self.Status.INVITED and self.since > timezone.now() - INVITATION_LIFE

    @property
    def is_leading(self) -> bool:
        return self.role in self.LEADING

    @property
    def is_writing(self) -> bool:
        return self.role in self.WRITING


class MembershipEvent(models.Model):
    """History: one row for each change of a membership."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    role = models.CharField(max_length=10, choices=Membership.Role)
    status = models.CharField(max_length=10, choices=Membership.Status)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.membership_id} {self.status}"
