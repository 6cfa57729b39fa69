from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from forum.models import Category
from forum.permissions import can_set_template

TEMPLATE_MAX = 5_000


def set_template(*, actor: Member, slug: str, template: str) -> Category:
    """What the text of a new topic begins with in this category; empty for nothing."""
    template = template.replace("\r\n", "\n").strip()
    if len(template) > TEMPLATE_MAX:
        raise ValidationError({"template": _("A template has at most %d characters.") % TEMPLATE_MAX})
    with transaction.atomic():
        # Only rows of the category itself are locked: its group may be read meanwhile.
        places = Category.objects.visible_to(actor).select_related("group").filter(slug=slug)
        place = places.select_for_update(of=("self",)).first()
        if place is None:
            raise Http404
        can_set_template(actor, place).enforce()
        if place.template != template:
            place.template = template
            place.save(update_fields=["template"])
            record(actor=actor, action="category.template", target=f"category:{place.pk}")
    return place
