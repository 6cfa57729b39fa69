from types import new_class

from django.conf import settings
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from audit.actions import record

# Deeds that go through actions, which write rows of their own that say more.
OWN_ROWS = {
    "member": {"admin.change"},
    "rolegrant": {"admin.add", "admin.delete"},
    "domainrule": {"admin.add", "admin.change", "admin.delete"},
}


class Audited:
    """Every deed done on a page of the administration leaves a row in the audit log."""

    def log_addition(self, request, obj, message):
        _record(request, "admin.add", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        _record(request, "admin.change", obj, changed=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request, queryset):
        for obj in queryset:
            _record(request, "admin.delete", obj)
        return super().log_deletions(request, queryset)


def _record(request, action, obj, **facts) -> None:
    kind = obj._meta.model_name
    if action not in OWN_ROWS.get(kind, ()):
        record(actor=request.user, action=action, target=f"{kind}:{obj.pk}", **facts)


class StaffSite(AdminSite):
    """Signs nobody in and nobody out by itself: throttles, codes and closing sockets are allauth's and ours."""

    site_title = site_header = settings.SITE_NAME
    index_title = _("Administration")

    def register(self, model_or_iterable, admin_class=None, **options):
        """Whatever an app registers is audited, without that it need know."""
        plain = admin_class or ModelAdmin
        audited = new_class(plain.__name__, (Audited, plain), exec_body=lambda body: body.update(options))
        audited.__module__ = plain.__module__
        super().register(model_or_iterable, audited)

    def has_permission(self, request) -> bool:
        return request.user.is_authenticated and request.user.is_staff

    @method_decorator(never_cache)
    @method_decorator(login_not_required)
    def login(self, request, extra_context=None):
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated and request.user.has_sleeping_roles:
            return redirect("accounts:security")  # which tells how to wake them
        if request.user.is_authenticated:  # signing in again would not help
            raise PermissionDenied(_("Administration is for administrators."))
        return redirect_to_login(request.GET.get("next", "/admin/"))

    def logout(self, request, extra_context=None):
        return redirect("account_logout")

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")
