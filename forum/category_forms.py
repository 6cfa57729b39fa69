from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forum.models import Category

COLORS = [
    (0, _("Blue")),
    (1, _("Teal")),
    (2, _("Violet")),
    (3, _("Brown")),
    (4, _("Petrol")),
    (5, _("Red")),
    (6, _("Ochre")),
    (7, _("Gray")),
    (8, _("Indigo")),
    (9, _("Green")),
]


class CategoryForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"})
    )
    description = forms.CharField(
        label=_("In one line"),
        required=False,
        max_length=300,
        help_text=_("What belongs here. Shown wherever the category is listed."),
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"}),
    )
    about = forms.CharField(
        label=_("Description"),
        required=False,
        help_text=_("Markdown. Shown at the top of the category’s own page: rules, links, whom to ask."),
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 6}),
    )
    color = forms.TypedChoiceField(label=_("Color"), coerce=int, choices=COLORS)
    posting = forms.ChoiceField(label=_("Who starts topics"), choices=Category.Posting)
    tag_policy = forms.ChoiceField(label=_("Tags"), choices=Category.TagPolicy)


class CategoryEditForm(CategoryForm):
    parent = forms.ModelChoiceField(
        label=_("Below"),
        required=False,
        queryset=Category.objects.none(),
        to_field_name="slug",
        empty_label=_("none: it stands by itself"),
        help_text=_(
            "Its address stays. There are two levels, so one that has others below it stays by itself."
        ),
    )
    is_archived = forms.BooleanField(
        label=_("Archived"),
        required=False,
        help_text=_("Everything stays readable; nothing can be added. Those below it are archived with it."),
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )

    def __init__(self, *args: Any, category: Category, **kwargs: Any) -> None:
        names = [name for name in self.base_fields if name != "parent"]
        initial = {name: getattr(category, name) for name in names}
        super().__init__(*args, initial={**initial, "parent": category.parent}, **kwargs)
        self.category = category
        if category.group_id or category.children.exists():
            del self.fields["parent"]
        else:
            tops = Category.objects.filter(group=None, parent=None).exclude(pk=category.pk)
            self.fields["parent"].queryset = tops.filter(Q(is_archived=False) | Q(pk=category.parent_id))

    def clean(self) -> dict[str, Any]:
        return {"parent": self.category.parent, **self.cleaned_data}


class TagForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=40,
        help_text=_("Lower case, words joined by hyphens."),
        widget=forms.TextInput(attrs={"class": "usa-input"}),
    )


class TagEditForm(TagForm):
    is_official = forms.BooleanField(
        label=_("May be used where only moderators’ tags are allowed"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
    )
    into = forms.CharField(
        label=_("Merge into"),
        required=False,
        max_length=40,
        help_text=_("The name of another tag. This one becomes another name of it, and its topics go there."),
        widget=forms.TextInput(
            attrs={"class": "usa-input", "autocomplete": "off", "data-tags": "/forum/tags/complete/"}
        ),
    )
