from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.forms import attempt, typed
from forum import actions
from forum.forms import TemplateForm
from forum.models import Category
from forum.permissions import can_set_template


@require_http_methods(["GET", "POST"])
def template(request: HttpRequest, slug: str) -> HttpResponse:
    """What a new topic in this category begins with, for those who keep order there."""
    places = Category.objects.visible_to(request.user).select_related("group")
    place = get_object_or_404(places, slug=slug)
    can_set_template(request.user, place).enforce()
    form = TemplateForm(typed(request), initial={"template": place.template})
    if request.method == "POST" and form.is_valid():
        saved = attempt(form, actions.set_template, actor=request.user, slug=slug, **form.cleaned_data)
        if saved:
            messages.success(request, _("The template is saved."))
            return redirect(place)
    context = {"form": form, "category": place}
    return render(request, "forum/template.html", context, status=422 if form.errors else 200)
