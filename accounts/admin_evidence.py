"""What admits people: domain rules, shown with whom a change concerns, and proved addresses that wait."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actions import (
    Plan,
    approve_admission,
    decline_admission,
    delete_rule,
    plan_rule,
    save_rule,
)
from accounts.models import Admission, DomainRule
from accounts.permissions import can_change_rules
from core.errors import Refused

CONFIRMED = "_seen"
SHOWN = 200  # members by name; the counts are of all


@admin.register(DomainRule)
class DomainRuleAdmin(admin.ModelAdmin):
    """A change that lets somebody in or out is shown first, and made on the second submit."""

    actions = None  # each rule is ended by itself, with its own notice and audit row
    list_display = [
        *["suffix", "effect", "agency", "affiliation", "admission", "valid_from", "valid_until", "reason"]
    ]
    list_filter = ["effect", "affiliation", "admission"]
    list_select_related = ["agency"]
    search_fields = ["suffix", "agency__name"]
    autocomplete_fields = ["agency"]
    exclude = ["created_by"]
    delete_confirmation_template = "admin/accounts/domainrule/delete.html"

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        if request.method == "POST" and CONFIRMED not in request.POST:
            preview = self._preview(request, object_id)
            if preview is not None:
                return preview
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (Refused, ValidationError) as refusal:
            tell(request, refusal)
            return redirect(request.get_full_path())

    def _preview(self, request, object_id) -> TemplateResponse | None:
        """None when nobody is concerned or the form has mistakes: then the ordinary way goes on."""
        rule = self.get_object(request, object_id) if object_id else None
        if not can_change_rules(request.user) or (object_id and rule is None):
            return None
        form = self.get_form(request, rule, change=bool(rule))(request.POST, instance=rule or DomainRule())
        if not form.is_valid():
            return None
        before = DomainRule.objects.get(pk=rule.pk) if rule else None
        plan = plan_rule(form.save(commit=False), replaces=before)
        if not plan.impact:
            return None
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            **self.admin_site.each_context(request),
            **impact_context(plan),
            "title": _("Before this change is made"),
            "opts": self.opts,
            "fields": [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"],
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "admin/accounts/domainrule/preview.html", context)

    def delete_view(self, request, object_id, extra_context=None):
        rule = self.get_object(request, object_id)
        if rule is not None and request.method == "GET":
            extra_context = {**(extra_context or {}), **impact_context(plan_rule(None, replaces=rule))}
        try:
            return super().delete_view(request, object_id, extra_context)
        except Refused as refusal:
            tell(request, refusal)
            return redirect(reverse("admin:accounts_domainrule_changelist"))

    def save_model(self, request, obj, form, change) -> None:
        obj.pk = save_rule(actor=request.user, rule=obj).pk

    def delete_model(self, request, obj) -> None:
        plan = delete_rule(actor=request.user, rule=obj)
        if plan.takes_effect_at:
            text = _("Members depend on this rule. They have been told, and it ends on %(day)s.")
            messages.warning(request, text % {"day": f"{plan.takes_effect_at:%Y-%m-%d}"})

    def log_deletions(self, request, queryset):
        """The audit has it; the rule may not even be gone."""
        return []


class DecisionForm(forms.ModelForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("decision"), choices=[("", "—"), *Admission.Outcome.choices]
    )

    class Meta:
        model = Admission
        fields = ["outcome", "reason"]

    def clean(self) -> dict:
        data = super().clean()
        if data.get("outcome") == Admission.Outcome.DECLINED and not data.get("reason", "").strip():
            self.add_error("reason", _("Give the reason. The member will read it."))
        return data


@admin.register(Admission)
class AdmissionAdmin(admin.ModelAdmin):
    """Proved addresses where a rule asks for approval; what waits comes first."""

    form = DecisionForm
    list_display = ["address", "member", "employment", "rule", "proved_at", "outcome", "decided_by"]
    list_filter = [("decided_at", admin.EmptyFieldListFilter), "outcome"]
    list_select_related = ["member", "decided_by"]
    ordering = ["outcome", "-id"]
    search_fields = ["address", "member__name"]
    actions = ["approve"]
    fields = ["member", "address", "employment", "rule", "proved_at", "decided_by", "decided_at"]
    readonly_fields = fields

    def get_fields(self, request, obj=None):
        return [*self.fields, "outcome", "reason"]

    def get_readonly_fields(self, request, obj=None):
        return (
            [*self.readonly_fields, "outcome", "reason"] if obj and obj.decided_at else self.readonly_fields
        )

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description=gettext_lazy("employment and leadership role"))
    def employment(self, admission: Admission) -> str:
        member = admission.member
        return " · ".join(
            filter(None, [member.get_employment_display(), member.title, member.leadership_role])
        )

    @admin.action(description=gettext_lazy("Admit the selected"))
    def approve(self, request, queryset) -> None:
        done = 0
        for admission in queryset:
            try:
                approve_admission(actor=request.user, admission=admission)
                done += 1
            except Refused as refusal:
                tell(request, refusal, admission.address)
        if done:
            text = ngettext("%(n)d member has access now.", "%(n)d members have access now.", done)
            messages.success(request, text % {"n": done})

    def save_model(self, request, obj, form, change) -> None:
        if obj.outcome == Admission.Outcome.APPROVED:
            approve_admission(actor=request.user, admission=obj)
        elif obj.outcome == Admission.Outcome.DECLINED:
            decline_admission(actor=request.user, admission=obj, reason=obj.reason)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (Refused, ValidationError) as refusal:
            tell(request, refusal)
            return redirect(request.get_full_path())


def impact_context(plan: Plan) -> dict:
    return {
        "plan": plan,
        "counts": {
            name: len(getattr(plan.impact, name)) for name in ("lost", "gained", "welcome", "unwelcome")
        },
        "groups": [
            (_("Lose access"), plan.impact.lost[:SHOWN]),
            (_("Keep access for longer"), plan.impact.gained[:SHOWN]),
            (_("May prove their address from now on"), plan.impact.welcome[:SHOWN]),
            (_("May not prove their address any more"), plan.impact.unwelcome[:SHOWN]),
        ],
        "shown": SHOWN,
    }


def tell(request, error: Refused | ValidationError, about: str = "") -> None:
    text = "; ".join(error.messages) if isinstance(error, ValidationError) else str(error)
    messages.error(request, f"{about}: {text}" if about else text or _("That is not possible."))
