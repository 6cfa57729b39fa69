from django import template
from django.utils.safestring import SafeString

from core.errors import Verdict
from core.kept import fill
from core.templatetags.ui import initials
from workinggroups import permissions
from workinggroups.models import Resource, ResourceVersion
from workinggroups.overview import head_of
from workinggroups.permissions import Standing

register = template.Library()
TYPES = {
    "xlsx": "sheet", "csv": "sheet", "tsv": "sheet", "ods": "sheet",
    "pdf": "pdf", "pptx": "pdf", "odp": "pdf",
    "png": "image", "jpg": "image", "jpeg": "image", "gif": "image", "webp": "image", "mp4": "image",
}  # fmt: skip


@register.filter
def may(standing: Standing, deed: str) -> Verdict:
    """`{% if standing|may:"upload" %}`: the predicate `can_upload` of this app."""
    return getattr(permissions, f"can_{deed}")(standing)


@register.simple_tag(takes_context=True)
def group_head(context: template.Context) -> SafeString:
    """What stands above every page of a group. A page that shows more there than the others gives its own."""
    head = context.get("group_head") or head_of(context["standing"], context.get("tab", ""))
    return fill(head, context["request"])


@register.filter
def letters(name: str) -> str:
    """What a group's mark shows."""
    return initials(name)


@register.filter
def file_label(thing: Resource | ResourceVersion) -> str:
    """The letters on a file's sign."""
    version = thing.newest if isinstance(thing, Resource) else thing
    return version.extension if version else "link"


@register.filter
def file_kind(label: str) -> str:
    return f" file-type--{TYPES[label]}" if label in TYPES else ""
