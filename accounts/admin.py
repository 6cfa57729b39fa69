"""The evidence, and the few deeds that staff does by hand. Every deed goes through its action."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actions import (
    check_address,
    grant_role,
    prove_eligibility,
    register_member,
    restore_member,
    revoke_role,
    suspend_member,
    who_may_join,
)
from accounts.admin_evidence import tell
from accounts.models import Agency, EligibilityProof, Member, RoleGrant
from core.errors import Refused

admin.site.unregister(Group)  # roles are RoleGrant rows; Django's groups give nothing here
admin.site.unregister([EmailAddress, UserSession])  # an address is changed by its owner, with a code


class ReadOnly:
    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class ProofInline(ReadOnly, admin.TabularInline):
    model = EligibilityProof
    extra = 0
    fields = ["address", "rule", "method", "proved_at", "expires_at"]
    readonly_fields = fields


class RoleInline(ReadOnly, admin.TabularInline):
    model = RoleGrant
    fk_name = "member"
    extra = 0
    fields = ["role", "granted_by", "granted_at"]
    readonly_fields = fields


class NewMemberForm(forms.ModelForm):
    """An account for somebody else. They choose a password with a mailed code, which proves the address too."""

    class Meta:
        model = Member
        fields = ["email", "name", "title", "employment", "occupation", "leadership_role"]

    def clean_email(self) -> str:
        decision = check_address(self.cleaned_data["email"])
        if not decision:
            raise ValidationError(who_may_join(decision.reason))
        if Member.objects.filter(email__iexact=decision.address).exists():
            raise ValidationError(_("There is an account with this address already."))
        return decision.address


class StandingForm(forms.ModelForm):
    class Meta:
        model = Member
        fields = ["suspended_until", "suspension_reason"]

    def clean(self) -> dict:
        data = super().clean()
        if data.get("suspended_until") and not data.get("suspension_reason"):
            self.add_error("suspension_reason", _("Give the reason. The member will read it."))
        return data


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin):
    list_display = ["name", "email", "agency", "eligible_until", "suspended_until", "roles"]
    list_filter = ["affiliation", "employment"]
    list_select_related = ["agency"]
    search_fields = ["name", "email", "handle"]
    actions = ["vouch"]
    standing = ["suspended_until", "suspension_reason"]
    readonly_fields = [
        *["email", "handle", "name", "title", "agency", "affiliation", "employment", "occupation"],
        *["leadership_role", "eligible_until", "evidence", "roles", "last_login", "created_at"],
    ]

    def get_form(self, request, obj=None, change=False, **kwargs):
        kwargs["form"] = StandingForm if obj else NewMemberForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request, obj=None):
        return [*self.readonly_fields, *self.standing] if obj else NewMemberForm.Meta.fields

    def get_readonly_fields(self, request, obj=None):
        return self.readonly_fields if obj else []

    def get_inlines(self, request, obj):
        return [ProofInline, RoleInline] if obj else []

    def has_delete_permission(self, request, obj=None) -> bool:
        return False  # what a member wrote stays theirs; closing an account is not deleting a row

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            data = form.cleaned_data
            address = data.pop("email")
            made = register_member(address=address, encoded_password=make_password(None), **data)
            obj.pk = made.pk
            obj.refresh_from_db()
        elif obj.suspended_until:
            suspend_member(
                actor=request.user, member=obj, until=obj.suspended_until, reason=obj.suspension_reason
            )
        else:
            restore_member(actor=request.user, member=obj)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except (Refused, ValidationError) as refusal:
            tell(request, refusal)
            return redirect(request.get_full_path())

    @admin.display(description=_("roles"))
    def roles(self, member: Member) -> str:
        return ", ".join(member.site_roles)

    @admin.display(description=_("what the rules say now"))
    def evidence(self, member: Member) -> str:
        decision = check_address(member.email)
        return str(decision.rule) if decision else decision.reason

    @admin.action(description=_("Vouch for the selected: give access without a code"))
    def vouch(self, request, queryset) -> None:
        done = 0
        for member in queryset:
            try:
                prove_eligibility(
                    member=member,
                    address=member.email,
                    method=EligibilityProof.Method.ADMINISTRATOR,
                    actor=request.user,
                )
                done += 1
            except Refused as refusal:
                tell(request, refusal, member.name)
        if done:
            text = ngettext("%(n)d member has access now.", "%(n)d members have access now.", done)
            messages.success(request, text % {"n": done})


@admin.register(RoleGrant)
class RoleGrantAdmin(admin.ModelAdmin):
    actions = None  # revoking many at once would hide which one was refused
    list_display = ["member", "role", "granted_by", "granted_at"]
    list_filter = ["role"]
    list_select_related = ["member", "granted_by"]
    fields = ["member", "role"]
    autocomplete_fields = ["member"]

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def save_model(self, request, obj, form, change) -> None:
        obj.pk = grant_role(actor=request.user, member=obj.member, role=obj.role).pk

    def delete_model(self, request, obj) -> None:
        revoke_role(actor=request.user, member=obj.member, role=obj.role)

    @method_decorator(reauthentication_required)
    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refusal:
            tell(request, refusal)
            return redirect(request.get_full_path())

    @method_decorator(reauthentication_required)
    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refusal:
            tell(request, refusal)
            return redirect(reverse("admin:accounts_rolegrant_changelist"))


@admin.register(Agency)
class AgencyAdmin(admin.ModelAdmin):
    list_display = ["name", "abbreviation", "kind", "parent"]
    list_filter = ["kind"]
    list_select_related = ["parent"]
    search_fields = ["name", "abbreviation"]
    autocomplete_fields = ["parent"]


@admin.register(EligibilityProof)
class EligibilityProofAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["address", "member", "rule", "method", "proved_at", "expires_at"]
    list_filter = ["method"]
    list_select_related = ["member"]
    search_fields = ["address", "member__name"]
