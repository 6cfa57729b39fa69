from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.profiles import HandleHistory, Interest, Mute
from accounts.models.proofs import Admission, EligibilityProof
from accounts.models.roles import SiteRole
from accounts.models.standing import Standing
from accounts.validators import HANDLE, validate_plain_line, validate_time_zone


class Affiliation(models.TextChoices):
    FEDERAL = "federal", _("Federal")
    STATE = "state", _("State")
    LOCAL = "local", _("Local")
    TRIBAL = "tribal", _("Tribal")
    MILITARY = "military", _("Military")
    UNIVERSITY = "university", _("University")
    CONTRACTOR = "contractor", _("Contractor")


class MemberManager(BaseUserManager["Member"]):
    def get_by_natural_key(self, username: str | None) -> Member:
        return self.get(email__iexact=username)


class MemberQuerySet(models.QuerySet):
    def members(self) -> MemberQuerySet:
        """Those who are members at this moment: verified, eligible, active. The filter twin of `is_member`."""
        now = timezone.now()
        return self.filter(is_active=True, disabled_at=None, eligible_until__gt=now).filter(
            Q(suspended_until=None) | Q(suspended_until__lte=now)
        )

    def in_standing(self, standing: str) -> MemberQuerySet:
        """The filter twin of `Member.standing`; everyone for what is no standing."""
        now = timezone.now()
        proved = self.filter(eligible_until__isnull=False).exclude(suspended_until__gt=now)
        awake = proved.filter(is_active=True, disabled_at=None)
        match standing:
            case Standing.ACTIVE:
                return self.members()
            case Standing.SUSPENDED:
                return self.filter(suspended_until__gt=now)
            case Standing.UNPROVED:
                return self.filter(eligible_until=None).exclude(suspended_until__gt=now)
            case Standing.INACTIVE:
                return proved.exclude(is_active=True, disabled_at=None)
            case Standing.LAPSED:
                return awake.filter(eligible_until__lte=now)
        return self

    def at_domain(self, suffix: str) -> MemberQuerySet:
        """Whose address may be at or below a domain. Narrows what is then decided one by one."""
        return self.filter(Q(email__endswith=f"@{suffix}") | Q(email__endswith=f".{suffix}"))

    def never_proved(self, before: datetime) -> MemberQuerySet:
        """Accounts made before a moment that were never anybody's: no proof, and none waiting for a decision."""
        waiting = Admission.objects.filter(member=OuterRef("pk"), decided_at=None)
        lately = Admission.objects.filter(member=OuterRef("pk"), decided_at__gte=before)
        proved = EligibilityProof.objects.filter(member=OuterRef("pk"))
        return self.filter(
            ~Exists(proved), ~Exists(waiting), ~Exists(lately), eligible_until=None, created_at__lt=before
        )

    def listed_for(self, viewer: Member) -> MemberQuerySet:
        """Without those who hide from the directory; everyone finds themselves."""
        return self.filter(Q(is_listed=True) | Q(pk=viewer.pk))

    def hearing(self, actor_id: int) -> MemberQuerySet:
        """Without those who muted the one who acts."""
        return self.exclude(Exists(Mute.objects.filter(member=OuterRef("pk"), muted=actor_id)))

    def not_muted_by(self, viewer: Member) -> MemberQuerySet:
        return self.exclude(Exists(Mute.objects.filter(member=viewer.pk, muted=OuterRef("pk"))))

    def with_muted(self, viewer: Member) -> MemberQuerySet:
        """Annotates `is_muted`: whether the viewer muted them."""
        return self.annotate(is_muted=Exists(Mute.objects.filter(member=viewer.pk, muted=OuterRef("pk"))))

    def called(self, handles: Iterable[str]) -> MemberQuerySet:
        """By their handle, or by one they had before."""
        before = HandleHistory.objects.filter(handle__in=list(handles)).values("member")
        return self.filter(Q(handle__in=list(handles)) | Q(pk__in=before))

    def interested_in(self, area: str) -> MemberQuerySet:
        return self.filter(Exists(Interest.objects.filter(member=OuterRef("pk"), area=area)))

    def known(self) -> MemberQuerySet:
        """Those who were members at some time: their names stand under what they wrote."""
        return self.filter(eligible_until__isnull=False)

    def search(self, text: str) -> MemberQuerySet:
        """Every word must be found in the name, the handle or the agency."""
        found = self
        for word in text.split()[:6]:
            found = found.filter(
                Q(name__icontains=word)
                | Q(handle__startswith=word.lower())
                | Q(agency__abbreviation__iexact=word)
                | Q(agency__name__icontains=word)
            )
        return found

    def search_all(self, text: str, *, by_address: bool) -> MemberQuerySet:
        """For staff: by a part of the address too, where that may be seen."""
        found = self.search(text)
        return found | self.filter(email__icontains=text) if by_address and "@" in text else found

    def at_agency(self, number: str) -> MemberQuerySet:
        """By the agency's id as it came in an address; everyone when it is none."""
        return self.filter(agency=int(number)) if number.isdecimal() and len(number) < 10 else self

    def completing(self, prefix: str) -> MemberQuerySet:
        """For @-completion: the handle, the name or a later word of the name starts so."""
        return self.filter(
            Q(handle__startswith=prefix.lower())
            | Q(name__istartswith=prefix)
            | Q(name__icontains=f" {prefix}")
        )


def _today() -> date:
    return timezone.now().date()


class Member(AbstractBaseUser):
    class Employment(models.TextChoices):
        EMPLOYEE = "employee", _("Government employee")
        CONTRACTOR = "contractor", _("Contractor who supports a mission")
        UNIVERSITY = "university", _("University leadership")

    class Occupation(models.TextChoices):
        PRACTITIONER = "practitioner", _("AI practitioner")
        DATA_SCIENTIST = "data_scientist", _("Data scientist")
        EXECUTIVE = "executive", _("IT executive")
        PROGRAM_MANAGER = "program_manager", _("Program manager")
        POLICY_MAKER = "policy_maker", _("Policy maker")
        SECURITY = "security", _("Cybersecurity professional")
        DEVELOPER = "developer", _("Developer")
        EXPERT = "expert", _("Subject matter expert")
        OTHER = "other", _("Other")

    email = models.EmailField(_("email address"), max_length=254, unique=True)
    handle = models.CharField(
        max_length=30,
        unique=True,
        validators=[HANDLE],
    )
    name = models.CharField(_("name"), max_length=100, validators=[validate_plain_line])
    title = models.CharField(_("title"), max_length=120, blank=True, validators=[validate_plain_line])
    about = models.TextField(_("about"), max_length=2_000, blank=True)
    about_html = models.TextField(blank=True, editable=False)
    agency = models.ForeignKey(
        "accounts.Agency", models.PROTECT, null=True, blank=True, related_name="members"
    )
    affiliation = models.CharField(max_length=20, choices=Affiliation, blank=True)
    employment = models.CharField(max_length=20, choices=Employment, default=Employment.EMPLOYEE)
    occupation = models.CharField(_("role"), max_length=20, choices=Occupation, default=Occupation.OTHER)
    # Asked of .edu addresses.
    leadership_role = models.CharField(
        _("leadership role"), max_length=120, blank=True, validators=[validate_plain_line]
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="America/New_York", validators=[validate_time_zone]
    )
    # What the unexpired proof says, kept on the row so that the gate needs no further query.
    eligible_until = models.DateTimeField(null=True, blank=True)
    suspended_until = models.DateTimeField(null=True, blank=True)
    suspension_reason = models.CharField(max_length=500, blank=True)
    # The names of the member's RoleGrant rows, written by the same actions, read on every request.
    site_roles = models.JSONField(default=list, blank=True)
    # Since when a passkey or an authenticator app is set up, kept on the row for the same reason.
    second_factor_at = models.DateTimeField(null=True, blank=True)
    # Set when the password was chosen beside a second factor and is too short to stand alone.
    has_short_password = models.BooleanField(null=True, editable=False)
    # Another number with each new picture, so that its address can be kept for ever; 0 without a picture.
    avatar_version = models.PositiveIntegerField(default=0)
    is_listed = models.BooleanField(_("show me in the directory"), default=True)
    # The versions of the system-use notice and the community guidelines accepted last.
    accepted_notice = models.CharField(max_length=16, blank=True)
    accepted_guidelines = models.CharField(max_length=16, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Topics last posted in before this moment count as read when the member never opened them.
    read_before = models.DateTimeField(default=timezone.now)
    is_active = models.BooleanField(default=True)
    # The day (UTC) of the last sign-in or use of a session: no finer than what disabling the inactive needs.
    last_active_on = models.DateField(default=_today)
    # Since when the account waits, after long inactivity, for its address to be proved again.
    disabled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = MemberManager.from_queryset(MemberQuerySet)()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_member_per_address")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/members/{self.handle}/"

    def get_full_name(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def is_suspended(self) -> bool:
        return self.suspended_until is not None and self.suspended_until > timezone.now()

    @property
    def standing(self) -> Standing:
        if self.is_suspended:
            return Standing.SUSPENDED
        if self.eligible_until is None:
            return Standing.UNPROVED
        if self.disabled_at or not self.is_active:
            return Standing.INACTIVE
        return Standing.ACTIVE if self.is_member else Standing.LAPSED

    @property
    def is_member(self) -> bool:
        """Verified, eligible and active at this moment. Decides about every page, API call and socket."""
        return (
            self.is_active
            and self.disabled_at is None
            and self.eligible_until is not None
            and self.eligible_until > timezone.now()
            and not self.is_suspended
        )

    leaves_roles_out = False  # set on the instance that a token without the scope for moderation stands for

    @property
    def has_second_factor(self) -> bool:
        return self.second_factor_at is not None

    def may_act_as(self, role: str) -> bool:
        """Holds the role, and it is awake: without a second factor roles sleep where the site asks for one."""
        is_awake = self.has_second_factor or not settings.COMMONS_STAFF_SECOND_FACTOR
        return role in self.site_roles and is_awake and not self.leaves_roles_out

    @property
    def has_sleeping_roles(self) -> bool:
        return any(not self.may_act_as(role) for role in self.site_roles)

    @property
    def is_administrator(self) -> bool:
        return self.may_act_as(SiteRole.ADMINISTRATOR)

    @property
    def is_staff(self) -> bool:
        """What Django's admin asks. There are no permissions beside the roles."""
        return self.is_member and self.is_administrator

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @property
    def is_moderator(self) -> bool:
        return self.may_act_as(SiteRole.MODERATOR)

    @property
    def is_steering(self) -> bool:
        return self.may_act_as(SiteRole.STEERING)

    @property
    def is_auditor(self) -> bool:
        return self.may_act_as(SiteRole.AUDITOR)
