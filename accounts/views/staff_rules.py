"""Domain rules: what would change is shown first, and done once it is confirmed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import end_rule, plan_rule, save_rule
from accounts.models import DomainRule
from accounts.permissions import can_change_rules
from accounts.staff_forms import RuleForm
from accounts.views.staff import staff_only
from core.errors import Refused
from core.forms import attempt, typed

NAMED = 100  # of those concerned; beyond that the figure says enough


@require_GET
@staff_only
def rules(request: HttpRequest) -> HttpResponse:
    found = DomainRule.objects.select_related("agency", "created_by").order_by("suffix", "valid_from")
    now = timezone.now()
    by_hand = found.filter(agency=None) | found.exclude(created_by=None)
    context = {
        "rules": [rule for rule in by_hand if not rule.valid_until or rule.valid_until > now],
        "registered": found.exclude(agency=None).filter(created_by=None).count(),
        "may_change": can_change_rules(request.user),
    }
    return render(request, "accounts/staff/rules.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
def add_rule(request: HttpRequest) -> HttpResponse:
    can_change_rules(request.user).enforce()
    form = RuleForm(typed(request))
    context = {"form": form, "named": NAMED}
    if form.is_valid():
        rule = form.save(commit=False)
        if "confirm" in request.POST and attempt(form, save_rule, actor=request.user, rule=rule):
            messages.success(request, _("The rule for %(domain)s is made.") % {"domain": rule.suffix})
            return redirect("accounts:staff_rules")
        context["plan"] = plan_rule(rule)
    return render(request, "accounts/staff/add_rule.html", context)


@require_http_methods(["GET", "POST"])
@staff_only
def close_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """GET is the dry run."""
    can_change_rules(request.user).enforce()
    rule = get_object_or_404(DomainRule.objects.select_related("agency"), pk=pk)
    if request.method == "POST":
        try:
            ended = end_rule(actor=request.user, rule=rule)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            text = _("The rule for %(domain)s ends on %(day)s.")
            messages.success(request, text % {"domain": ended.suffix, "day": f"{ended.valid_until:%Y-%m-%d}"})
        return redirect("accounts:staff_rules")
    context = {"rule": rule, "plan": plan_rule(None, replaces=rule), "named": NAMED}
    return render(request, "accounts/staff/close_rule.html", context)
