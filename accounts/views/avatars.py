from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions import change_avatar, remove_avatar
from accounts.forms import AvatarForm


@require_http_methods(["GET", "POST"])
def my_avatar(request: HttpRequest) -> HttpResponse:
    """One's own picture. `deed` is "remove" to do without one."""
    member = request.user
    if request.POST.get("deed") == "remove":
        remove_avatar(actor=member, member=member)
        messages.success(request, _("Your picture is gone. Your initials are shown instead."))
        return redirect("accounts:my_avatar")
    form = AvatarForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        change_avatar(actor=member, member=member, pictures=form.cleaned_data["picture"])
        messages.success(request, _("Your picture is saved."))
        return redirect("accounts:my_avatar")
    status = 422 if form.errors else 200
    return render(request, "accounts/avatar.html", {"form": form, "tab": "profile"}, status=status)
