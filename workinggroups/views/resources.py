from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from audit.models import AuditEntry
from core.forms import attempt
from core.paging import Keyset
from files.serving import is_first_look, serve
from files.uploads import oversize
from workinggroups import actions
from workinggroups.forms import LinkForm, ResourceForm, UploadForm, VersionForm
from workinggroups.models import Resource, ResourceVersion
from workinggroups.permissions import (
    Standing,
    can_change_resource,
    can_download,
    can_open_version,
    can_see_downloads,
    can_upload,
)
from workinggroups.views.access import enter

PAGE = 30
LATEST = Keyset("-changed_at", "-id")
DOWNLOADS_SHOWN = 20


@require_GET
def resources(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, enter(request, slug))


def show(
    request: HttpRequest,
    s: Standing,
    status: int = 200,
    upload_form: UploadForm | None = None,
    link_form: LinkForm | None = None,
) -> HttpResponse:
    """The shelf; with a bound form, that form open and as it was filled."""
    query, collection = request.GET.get("q", "").strip()[:100], request.GET.get("collection", "")[:100]
    shelf = s.group.resources.shelved().matching(query).for_listing()
    if collection:
        shelf = shelf.filter(collection=collection)
    context = {
        "group": s.group,
        "standing": s,
        "tab": "resources",
        "page": LATEST.page(shelf, request.GET.get("cursor", ""), size=PAGE),
        "query": query,
        "collection": collection,
        "collections": s.group.resources.collections(),
        "can_upload": can_upload(s),
        "upload_form": upload_form or UploadForm(initial={"collection": collection}),
        "link_form": link_form or LinkForm(initial={"collection": collection}, auto_id="link_%s"),
        "opened": "link" if link_form else ("upload" if upload_form else ""),
    }
    return render(request, "workinggroups/resources.html", context, status=status)


@require_GET
def trash(request: HttpRequest, slug: str) -> HttpResponse:
    """What the member may bring back."""
    s = enter(request, slug)
    trashed = s.group.resources.trashed().select_related("trashed_by").order_by("-trashed_at", "-id")
    if not s.is_leading and not s.member.is_moderator:
        trashed = trashed.filter(created_by=s.member)
    context = {"group": s.group, "standing": s, "tab": "resources", "resources": trashed[:200]}
    return render(request, "workinggroups/trash.html", context)


@require_POST
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    s = enter(request, slug)
    can_upload(s).enforce()
    form = UploadForm(request.POST, request.FILES, oversize=oversize(request))
    if form.is_valid():
        chosen = form.cleaned_data
        added = attempt(
            form,
            actions.add_files,
            actor=request.user,
            group=s.group,
            files=chosen["file"],
            collection=chosen["collection"],
            note=chosen["note"],
        )
        if added:
            done = ngettext("“%(name)s” is added.", "%(n)d files are added.", len(added))
            messages.success(request, done % {"name": added[0].name, "n": len(added)})
            return redirect("workinggroups:resources", slug=slug)
    return show(request, s, status=422, upload_form=form)


@require_POST
def add_link(request: HttpRequest, slug: str) -> HttpResponse:
    s = enter(request, slug)
    can_upload(s).enforce()
    form = LinkForm(request.POST, auto_id="link_%s")  # both forms of the page have a collection
    if form.is_valid() and (
        added := attempt(form, actions.add_link, actor=request.user, group=s.group, **form.cleaned_data)
    ):
        messages.success(request, _("“%s” is added.") % added.name)
        return redirect("workinggroups:resources", slug=slug)
    return show(request, s, status=422, link_form=form)


# --- One resource -----------------------------------------------------------------------------------
def pick(request: HttpRequest, slug: str, resource_id: int) -> tuple[Standing, Resource]:
    """404 unless the member may read it; what is in the trash is there for those who may bring it back."""
    s = enter(request, slug)
    resource = s.group.resources.select_related("created_by__agency").filter(pk=resource_id).first()
    if resource is None or (resource.is_trashed and not can_change_resource(s, resource)):
        raise Http404
    resource.group = s.group
    return s, resource


@require_GET
def resource(request: HttpRequest, slug: str, resource_id: int) -> HttpResponse:
    return show_resource(request, *pick(request, slug, resource_id))


def show_resource(
    request: HttpRequest,
    s: Standing,
    resource: Resource,
    status: int = 200,
    version_form: VersionForm | None = None,
    edit_form: ResourceForm | None = None,
) -> HttpResponse:
    versions = list(resource.versions.select_related("created_by"))
    for version in versions:
        version.resource = resource
    fields = ("name", "description", "collection")
    context = {
        "group": s.group,
        "standing": s,
        "tab": "resources",
        "resource": resource,
        "versions": versions,
        "newest": versions[0] if versions else None,
        "can_download": can_download(s),
        "can_change": can_change_resource(s, resource),
        "version_form": version_form or VersionForm(),
        "edit_form": edit_form or ResourceForm(initial={name: getattr(resource, name) for name in fields}),
        "opened": "version" if version_form else ("edit" if edit_form else ""),
    }
    if can_see_downloads(s) and not s.group.is_open:
        entries = AuditEntry.objects.filter(action="resource.download", target=f"resource:{resource.pk}")
        context["downloads"] = entries[:DOWNLOADS_SHOWN]
    return render(request, "workinggroups/resource.html", context, status=status)


@require_POST
def add_version(request: HttpRequest, slug: str, resource_id: int) -> HttpResponse:
    s, resource = pick(request, slug, resource_id)
    can_change_resource(s, resource).enforce()
    form = VersionForm(request.POST, request.FILES, oversize=oversize(request))
    if form.is_valid():
        [file], note = form.cleaned_data["file"], form.cleaned_data["note"]
        version = attempt(
            form, actions.add_version, actor=request.user, resource=resource, file=file, note=note
        )
        if version:
            messages.success(request, _("Version %d is added.") % version.number)
            return redirect(resource)
    return show_resource(request, s, resource, status=422, version_form=form)


@require_POST
def edit(request: HttpRequest, slug: str, resource_id: int) -> HttpResponse:
    s, resource = pick(request, slug, resource_id)
    can_change_resource(s, resource).enforce()
    form = ResourceForm(request.POST)
    if form.is_valid() and attempt(
        form, actions.edit_resource, actor=request.user, resource=resource, **form.cleaned_data
    ):
        messages.success(request, _("Saved."))
        return redirect(resource)
    return show_resource(request, s, resource, status=422, edit_form=form)


@require_POST
def restore_version(request: HttpRequest, slug: str, resource_id: int, number: int) -> HttpResponse:
    _s, resource = pick(request, slug, resource_id)
    version = actions.restore_version(actor=request.user, resource=resource, number=number)
    messages.success(
        request,
        _("Version %(old)d is the newest again, as version %(new)d.")
        % {"old": number, "new": version.number},
    )
    return redirect(resource)


@require_POST
def to_trash(request: HttpRequest, slug: str, resource_id: int) -> HttpResponse:
    _s, resource = pick(request, slug, resource_id)
    actions.trash_resource(actor=request.user, resource=resource)
    messages.success(request, _("“%s” is in the trash. It can be restored for 30 days.") % resource)
    return redirect("workinggroups:resources", slug=slug)


@require_POST
def restore(request: HttpRequest, slug: str, resource_id: int) -> HttpResponse:
    _s, resource = pick(request, slug, resource_id)
    actions.restore_resource(actor=request.user, resource=resource)
    messages.success(request, _("“%s” is back on the shelf.") % resource)
    return redirect(resource)


@require_safe
def download(request: HttpRequest, slug: str, resource_id: int, number: int) -> HttpResponseBase:
    s, resource = pick(request, slug, resource_id)
    version: ResourceVersion | None = resource.versions.filter(number=number).first()
    if version is None:
        raise Http404
    can_open_version(s, version).enforce()
    version.resource = resource
    answer = serve(request, version.as_served())
    if answer.status_code in (200, 206) and is_first_look(request):
        actions.note_download(actor=request.user, version=version)
    return answer
