from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions import update_profile
from accounts.forms import ProfileForm
from accounts.models import Member
from core.forms import attempt


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:profile")


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    # The form writes into a copy, so that the frame of the page keeps showing what is saved.
    member = Member.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=member)
    deed = {"actor": request.user, "member": request.user}
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, update_profile, **deed, **form.cleaned_data)
    ):
        messages.success(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form, "tab": "profile"})
