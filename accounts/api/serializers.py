from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import Agency, Member, SiteRole
from accounts.own_profile import FIELDS
from accounts.registry import areas
from accounts.validators import HANDLE


class AgencySerializer(serializers.ModelSerializer):
    class Meta:
        model = Agency
        fields = ["id", "name", "abbreviation", "kind"]


class MemberSerializer(serializers.ModelSerializer):
    """What members see of one another. Select the agency with the member: it is read for each."""

    agency = serializers.SerializerMethodField(help_text="What the badge shows, from the proved address.")
    roles = serializers.ListField(source="site_roles", child=serializers.ChoiceField(SiteRole.choices))

    class Meta:
        model = Member
        fields = ["id", "handle", "name", "agency", "title", "roles"]
        read_only_fields = fields

    def get_agency(self, member: Member) -> str | None:
        return member.agency.label if member.agency else None


class MeSerializer(MemberSerializer):
    address = serializers.EmailField(source="email")
    unread = serializers.SerializerMethodField(help_text="Unread notifications.")
    interests = serializers.SlugRelatedField("area", many=True, read_only=True)

    class Meta(MemberSerializer.Meta):
        fields = [
            *MemberSerializer.Meta.fields, "occupation", "about", "time_zone", "interests", "is_listed", "address",
            "eligible_until", "unread",
        ]  # fmt: skip
        read_only_fields = fields

    def get_unread(self, member: Member) -> int:
        return member.notices.filter(read_at=None).count()


class MeInput(serializers.ModelSerializer):
    """What members change of their own. The address is changed where the new one can be proved."""

    interests = serializers.ListField(child=serializers.CharField(max_length=100), max_length=100)

    class Meta:
        model = Member
        fields = [*FIELDS, "interests"]
        extra_kwargs = {"handle": {"validators": [HANDLE]}}  # whether it is to be had, the action says

    def validate_interests(self, slugs: list[str]) -> list[str]:
        if unknown := sorted(set(slugs) - {slug for slug, _name in areas()}):
            raise serializers.ValidationError(
                _("There is no practice area “%(slug)s”.") % {"slug": unknown[0]}
            )
        return slugs

    def validate(self, data: dict) -> dict:
        """What is not there, or not theirs to change, is no mistake to pass over."""
        if unknown := set(self.initial_data) - set(self.fields):
            told = _("This can’t be changed here.")
            raise serializers.ValidationError({name: [told] for name in sorted(unknown)})
        return data
