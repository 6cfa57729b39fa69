from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Member
from audit.actions import record
from core.lines import one_line
from core.markup import render
from forum.models import Category
from forum.permissions import can_keep_categories, role_in
from workinggroups.models import Group

FIELDS = ("name", "description", "about", "color", "posting", "tag_policy")


def open_discussions(*, group: Group) -> Category:
    """Give a new working group its category. Called in the transaction that creates the group."""
    is_taken = Category.objects.filter(slug=group.slug).exists()  # by a practice area of the same name
    return Category.objects.create(
        group=group,
        name=group.name,
        slug=f"group-{group.pk}" if is_taken else group.slug,
        description=group.purpose,
        color=group.color,
    )


def add_category(*, actor: Member, parent: Category | None, **fields: Any) -> Category:
    """A category of the community, or with a `parent` one below it, in the same group if that is in one."""
    with transaction.atomic():
        _may(actor, parent)
        if parent is not None and _as_they_are(parent)[parent.pk].parent_id:
            raise ValidationError({"name": _third_level()})
        category = Category(parent=parent, group=parent.group if parent else None)
        category.slug = _free_slug(f"{parent.slug}-{fields['name']}" if parent else fields["name"])
        category.position = _behind(category)
        _set(category, fields)
        category.save()
        record(actor=actor, action="category.add", target=f"category:{category.pk}")
    return category


def edit_category(
    *, actor: Member, category: Category, parent: Category | None, is_archived: bool, **fields: Any
) -> Category:
    """With a category those below it are archived too; each is opened again by itself. One that has none below it may
    go below another, or out of it."""
    with transaction.atomic():
        _may(actor, category)
        now = _as_they_are(category, *([parent] if parent else []))
        category = now[category.pk]
        before = {name: getattr(category, name) for name in (*FIELDS, "parent_id", "is_archived")}
        _set(category, fields)
        _put_below(category, now[parent.pk] if parent else None)
        category.is_archived = is_archived
        changed = sorted(name for name, value in before.items() if getattr(category, name) != value)
        if changed:
            category.save(update_fields=[*FIELDS, "about_html", "parent", "position", "is_archived"])
            if is_archived:
                category.children.update(is_archived=True)
            record(actor=actor, action="category.edit", target=f"category:{category.pk}", changed=changed)
    return category


def _put_below(category: Category, parent: Category | None) -> None:
    """Behind its new siblings. Both rows are locked, so that of two that go below each other at once one stays."""
    if category.parent_id == (parent.pk if parent else None):
        return
    if category.group_id:
        raise ValidationError({"parent": _("What is in a group stays below its discussions.")})
    if parent is not None:
        if parent.group_id:
            raise ValidationError({"parent": _("Choose a category of the community.")})
        if parent.pk == category.pk:
            raise ValidationError({"parent": _("Choose another category than this one.")})
        if parent.parent_id or category.children.exists():
            raise ValidationError({"parent": _third_level()})
        if parent.is_archived:
            raise ValidationError({"parent": _("That category is archived.")})
    category.parent = parent
    category.position = _behind(category)


def _behind(category: Category) -> int:
    return max(_siblings(category).values_list("position", flat=True), default=-1) + 1


def _as_they_are(*categories: Category) -> dict[int, Category]:
    """Read anew and locked: somebody else may have changed them since they were found."""
    return {one.pk: one for one in _locked(Category.objects.filter(pk__in=[each.pk for each in categories]))}


def _locked(categories: QuerySet[Category]) -> QuerySet[Category]:
    """In the order of their ids, whoever locks several."""
    return categories.order_by("pk").select_for_update(no_key=True)


def _third_level() -> str:
    return _("There are two levels of categories, and this would be a third.")


def move_category(*, actor: Member, category: Category, steps: int) -> None:
    """Up or down among its siblings, by as many places."""
    with transaction.atomic():
        _may(actor, category)
        order = sorted(_locked(_siblings(category)), key=lambda sibling: (sibling.position, sibling.name))
        if category not in order:  # it has just gone elsewhere
            return
        here = order.index(category)
        order.insert(max(0, here + steps), order.pop(here))
        for position, sibling in enumerate(order):
            sibling.position = position
        Category.objects.bulk_update(order, ["position"])
        record(actor=actor, action="category.move", target=f"category:{category.pk}")


def _may(actor: Member, near: Category | None) -> None:
    group = near.group if near else None
    can_keep_categories(actor, group, role_in(actor, near) if near and group else "").enforce()


def _set(category: Category, fields: dict[str, Any]) -> None:
    for name in FIELDS:
        setattr(category, name, fields[name])
    category.name, category.description = (one_line(line) for line in (category.name, category.description))
    if not category.name:
        raise ValidationError({"name": _("Give the category a name.")})
    try:
        category.about_html = render(category.about).html if category.about.strip() else ""
    except ValidationError as error:
        raise ValidationError({"about": error.messages}) from error


def _siblings(category: Category) -> QuerySet[Category]:
    return Category.objects.filter(parent=category.parent_id, group=category.group_id)


def _free_slug(text: str) -> str:
    slug = slugify(text)[:54].strip("-") or "category"
    taken = set(Category.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    return next(one for n in range(len(taken) + 2) if (one := f"{slug}-{n + 1}" if n else slug) not in taken)
