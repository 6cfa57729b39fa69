from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from forum.actions.moving import REASON_MOST
from forum.actions.topics import clean_title
from forum.destinations import find
from forum.models import Category, Topic

CHOSEN_MOST = 200  # boxes ticked at once: they travel in the address


def _choices(places: Iterable[Category]) -> list[tuple[str, Any]]:
    community = [(place.slug, place.name) for place in places if not place.group_id]
    groups = [(place.slug, place.name) for place in places if place.group_id]
    return [
        *([(_("Community"), community)] if community else []),
        *([(_("Working groups"), groups)] if groups else []),
    ]


def ids_of(data: QueryDict, name: str) -> list[str]:
    return [value for value in data.getlist(name) if value.isascii() and value.isdigit() and len(value) < 18]


class PlaceForm(forms.Form):
    category = forms.ChoiceField(
        label=_("Where to"),
        widget=forms.Select(attrs={"class": "usa-select"}),
        error_messages={
            "invalid_choice": _("Choose where this belongs."),
            "required": _("Choose where this belongs."),
        },
    )

    def __init__(self, *args: Any, places: Iterable[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {place.slug: place for place in places}
        self.fields["category"].choices = [("", _("Choose a category")), *_choices(self.places.values())]

    @property
    def place(self) -> Category:
        return self.places[self.cleaned_data["category"]]


class OfferedField(forms.ChoiceField):
    """What was offered for other words does not count; it is no error either."""

    def valid_value(self, value: str) -> bool:
        return True


class TargetForm(forms.Form):
    """Names a topic. Where the words fit several, `destination` offers them, and one of them is chosen there."""

    to = forms.CharField(
        label=_("Which topic?"),
        max_length=300,
        help_text=_(
            "Its number, a link to it, or words of its title. You can choose topics where you keep order."
        ),
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"}),
    )
    destination = OfferedField(label=_("These fit"), required=False, widget=forms.RadioSelect)

    topic: Topic | None = None  # the one that is meant

    def __init__(self, *args: Any, member: Member, but: Topic, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = find(member, self.data.get("to", ""), but=but) if self.data.get("to", "").strip() else []
        self.fields["destination"].choices = [
            (str(topic.pk), f"{topic.title} · {topic.category.name} · #{topic.pk}") for topic in self.found
        ]
        if len(self.found) < 2:
            self.fields["destination"].widget = forms.HiddenInput()

    def clean_to(self) -> str:
        if not self.found:
            raise forms.ValidationError(_("No topic fits, among those where you keep order."))
        return self.cleaned_data["to"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.topic = self._chosen(cleaned.get("destination", ""))
        return cleaned

    def _chosen(self, destination: str) -> Topic | None:
        if len(self.found) == 1:
            return self.found[0]
        return next((topic for topic in self.found if str(topic.pk) == destination), None)


class SplitForm(TargetForm):
    """Which posts, and where to: a new topic or one that is there. `p` and `r` are ids of posts, `r` with replies."""

    NEW, THERE = "new", "there"

    p = forms.TypedMultipleChoiceField(required=False, coerce=int)
    r = forms.TypedMultipleChoiceField(required=False, coerce=int)
    where = forms.ChoiceField(
        label=_("Where to?"),
        choices=[(NEW, _("A new topic")), (THERE, _("A topic that is there"))],
        widget=forms.RadioSelect,
        initial=NEW,
    )
    title = forms.CharField(
        label=_("Title of the new topic"),
        max_length=200,
        error_messages={"required": _("Give the topic a title of at least 5 characters.")},
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"}),
    )
    category = forms.ChoiceField(
        label=_("Category of the new topic"),
        widget=forms.Select(attrs={"class": "usa-select"}),
    )

    field_order = ["where", "title", "category", "to", "destination"]
    use_required_attribute = False  # one half of the form is left empty

    def __init__(self, *args: Any, places: Iterable[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {place.slug: place for place in places}
        self.but = kwargs["but"]
        self.fields["category"].choices = _choices(self.places.values())
        self.initial.setdefault("category", self.but.category.slug)
        if self.is_bound:
            self.fields["to"].required = self._is_there
            self.fields["title"].required = self.fields["category"].required = not self._is_there
        for name in "pr" if self.is_bound else "":
            self.fields[name].choices = [(value, value) for value in ids_of(self.data, name)]

    def clean_to(self) -> str:
        return super().clean_to() if self._is_there else ""

    @property
    def _is_there(self) -> bool:
        return self.data.get("where") == self.THERE

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        chosen = [*cleaned.get("p", []), *cleaned.get("r", [])]
        if not chosen:
            self.add_error(None, _("Choose at least one post."))
        elif len(chosen) > CHOSEN_MOST:
            self.add_error(
                None, _now("Choose at most %d at once. A post with its replies counts as one.") % CHOSEN_MOST
            )
        if not self._is_there and "title" in cleaned:
            try:
                clean_title(cleaned["title"])
            except forms.ValidationError as error:
                self.add_error(None, error)
        if not self._is_there:
            self.topic = None
        return cleaned

    @property
    def is_decided(self) -> bool:
        return self.is_valid() and (not self._is_there or self.topic is not None)

    @property
    def place(self) -> Category:
        return self.topic.category if self._is_there else self.places[self.cleaned_data["category"]]


class WhyForm(forms.Form):
    reason = forms.CharField(
        label=_("Why?"),
        max_length=REASON_MOST,
        help_text=_("Everybody who reads the topic sees it in the thread."),
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"}),
    )
