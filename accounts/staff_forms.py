"""What staff types: how long, what becomes of an appeal, which rule; and always the reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Appeal, DomainRule, Member, SiteRole

LENGTHS = {"1": _("An hour"), "4": _("4 hours"), "24": _("24 hours")}
LONGER = {"168": _("A week"), "720": _("30 days"), "2160": _("90 days"), "day": _("Until a day")}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The member reads it."),
        error_messages={"required": _("Give the reason. The member will read it.")},
    )


class SuspendForm(ReasonForm):
    length = forms.ChoiceField(label=_("How long"))
    day = forms.DateField(
        label=_("The day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Only for “Until a day”. Access is back when it begins."),
    )
    field_order = ["length", "day", "reason"]

    def __init__(self, *args: Any, actor: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = actor.zone
        choices = LENGTHS | (LONGER if actor.is_administrator else {})
        self.fields["length"].choices = list(choices.items())
        if not actor.is_administrator:
            del self.fields["day"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("length") == "day" and not data.get("day") and "day" not in self.errors:
            self.add_error("day", _("Choose the day."))
        return data

    @property
    def until(self) -> datetime:
        length = self.cleaned_data["length"]
        if length != "day":
            return timezone.now() + timedelta(hours=int(length))
        day = self.cleaned_data["day"]
        return datetime(day.year, day.month, day.day, tzinfo=self.zone)


class AdmissionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("The address"),
        choices=[("approve", _("is admitted")), ("decline", _("is not admitted"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the address is admitted.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only when it is not admitted. The person reads it."),
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = [(value, label) for value, label in SiteRole.choices if value not in member.site_roles]
        self.fields["role"].choices = missing


class AppealForm(forms.Form):
    text = forms.CharField(
        label=_("Why it should be lifted"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("You can appeal once. Somebody who had no part in the decision reads it."),
        error_messages={"required": _("Say why the suspension should be lifted.")},
    )


class DecisionForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("The suspension"),
        choices=[
            (Appeal.Outcome.LIFTED, _("is lifted now")),
            (Appeal.Outcome.KEPT, _("stays until its end")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what becomes of the suspension.")},
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The member reads it."),
        error_messages={"required": _("Give the answer. The member will read it.")},
    )


class RuleForm(forms.ModelForm):
    """Agencies are named, not chosen from a list of thousands."""

    class Meta:
        model = DomainRule
        fields = ["suffix", "effect", "affiliation", "admission", "reason"]
        labels = {
            "suffix": _("Domain"),
            "effect": _("Addresses there"),
            "affiliation": _("They belong to"),
            "admission": _("Admission"),
            "reason": _("Reason"),
        }
        help_texts = {"suffix": _("Such as energy.gov. Everything below it is meant too.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.fields["reason"].help_text = _("For the record: who asked for it, and why.")
