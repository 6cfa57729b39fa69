from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from files.forms import CheckedFilesField, FilesInput, UploadingForm
from forum.models import Attachment, Category

COMPLETES_TAGS = {"autocomplete": "off", "autocapitalize": "none", "data-tags": "/forum/tags/complete/"}


class AttachingForm(UploadingForm):
    """A form whose text may come with files, for those whose browser runs no script. What has arrived is kept with the
    form while something else is amiss."""

    file = CheckedFilesField(
        label=_("Attach files"), required=False, limit="COMMONS_ATTACHMENT_MAX", widget=FilesInput()
    )
    alt = forms.CharField(
        label=_("What do the pictures show?"),
        required=False,
        max_length=300,
        help_text=_("For those who do not see them."),
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"}),
    )
    attached = forms.ModelMultipleChoiceField(
        Attachment.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("One of the files is not here any more. Attach it again.")},
    )

    kept: Sequence[Attachment] = ()  # stored, and not posted yet


class DraftedForm(AttachingForm):
    """A form whose text is kept as a draft while it is typed. `draft` is the revision of the draft it knows of; the
    token makes a second submit of the same form the same post, and tells which form wrote a draft."""

    token = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    draft = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs) -> None:
        initial = {"token": uuid4().hex, **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_draft(self) -> int:
        return self.cleaned_data["draft"] or 0


class PostForm(DraftedForm):
    """The composer."""

    body = forms.CharField(
        label=_("Your reply"),
        strip=False,
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(
            attrs={"class": "usa-textarea composer-body", "rows": 6, "data-mirror": "reply"}
        ),
    )
    parent = forms.IntegerField(required=False, widget=forms.HiddenInput)


def _path(category: Category) -> str:
    return f"{category.parent} › {category}" if category.parent_id else category.name


class TopicForm(DraftedForm):
    category = forms.ChoiceField(
        label=_("Where"),
        widget=forms.Select(attrs={"class": "usa-select"}),
        error_messages={
            "required": _("Choose where this belongs."),
            "invalid_choice": _("Choose where this belongs."),
        },
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        help_text=_("A question that someone else might ask in the same words."),
        widget=forms.TextInput(attrs={"class": "usa-input"}),
    )
    body = forms.CharField(
        label=_("Text"),
        strip=False,
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(
            attrs={"class": "usa-textarea composer-body", "rows": 10, "data-mirror": "topic"}
        ),
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        max_length=200,
        help_text=_("Up to five, separated by commas."),
        widget=forms.TextInput(attrs={"class": "usa-input", **COMPLETES_TAGS}),
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}, format="%Y-%m-%d"),
    )
    time = forms.TimeField(
        label=_("Time"),
        required=False,
        widget=forms.TimeInput(attrs={"class": "usa-input", "type": "time"}, format="%H:%M"),
    )
    draft_target = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, categories: list[Category], member: Member, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.fields["time"].help_text = _("In your time zone, %s.") % member.zone.key.replace("_", " ")
        community = [(c.slug, _path(c)) for c in categories if not c.group_id]
        groups = [(c.slug, _path(c)) for c in categories if c.group_id]
        self.fields["category"].choices = [
            ("", _("Choose a category")),
            (_("Community"), community),
            *([(_("Your working groups"), groups)] if groups else []),
        ]

    def clean_tags(self) -> list[str]:
        return [tag for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def clean_draft_target(self) -> int:
        return self.cleaned_data["draft_target"] or 0

    def clean(self) -> dict:
        """With `post_at` in the place of day and time: None for at once."""
        cleaned = super().clean() or self.cleaned_data
        day, time = cleaned.pop("day", None), cleaned.pop("time", None)
        for name, value in (("day", day), ("time", time)):
            if value is None and (day or time) and name not in self.errors:
                self.add_error(name, _("To post later, give both the day and the time."))
        cleaned["post_at"] = self._moment(day, time) if day and time else None
        return cleaned

    def _moment(self, day: date, at: time) -> datetime:
        moment = datetime.combine(day, at, self.member.zone)
        try:
            turned = moment.astimezone(UTC).astimezone(self.member.zone)
        except OverflowError:  # on the first or the last day that a calendar can tell
            self.add_error("day", _("Choose a day within a year."))
            return moment
        if turned.replace(tzinfo=None) != moment.replace(tzinfo=None):
            self.add_error("time", _("The clocks are put forward that night: there is no such time."))
        return moment


class ScheduledForm(TopicForm):
    """A topic that waits to be posted: it has a time."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].required = self.fields["time"].required = True

    @property
    def typed(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("category", "title", "body", "tags", "post_at")}


class TemplateForm(forms.Form):
    template = forms.CharField(
        label=_("Template"),
        required=False,
        strip=False,
        help_text=_("The text of a new topic begins with it. Leave it empty for none."),
        widget=forms.Textarea(attrs={"class": "usa-textarea composer-body", "rows": 12}),
    )


class TopicEditForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=200, widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"})
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        help_text=_("Up to five, separated by commas."),
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl", **COMPLETES_TAGS}),
    )

    clean_tags = TopicForm.clean_tags


class PostEditForm(DraftedForm):
    body = forms.CharField(
        label=_("Text"),
        strip=False,
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea(
            attrs={"class": "usa-textarea composer-body", "rows": 12, "data-mirror": "edit"}
        ),
    )
    reason = forms.CharField(
        label=_("What did you change?"),
        required=False,
        max_length=200,
        help_text=_("Optional. Shown in the history."),
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "usa-input"}),
    )


class UnreadForm(forms.Form):
    """From which post on a topic shall be unread again."""

    number = forms.IntegerField(
        label=_("From post number"),
        min_value=1,
        help_text=_("This post and all after it count as new again."),
        widget=forms.NumberInput(attrs={"class": "usa-input usa-input--small", "inputmode": "numeric"}),
    )

    def __init__(self, *args, last: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.last = last

    def clean_number(self) -> int:
        number = self.cleaned_data["number"]
        if number > self.last:
            raise forms.ValidationError(_("The last post here is number %d.") % self.last)
        return number


class RedactForm(forms.Form):
    reason = forms.CharField(
        label=_("Why does it have to go?"),
        max_length=200,
        help_text=_("Shown in the history in place of the text. Do not repeat what you take out."),
        widget=forms.TextInput(attrs={"class": "usa-input usa-input--xl"}),
    )


class BookmarkForm(forms.Form):
    """When to be reminded: in the morning of a day to come, in the member's own time zone."""

    MORNING = time(9)
    DAYS = {"tomorrow": 1, "week": 7, "month": 30}

    when = forms.ChoiceField(
        label=_("Remind me"),
        required=False,
        choices=[
            ("", _("No reminder")),
            ("tomorrow", _("Tomorrow morning")),
            ("week", _("In a week")),
            ("month", _("In 30 days")),
            ("day", _("On the day below")),
        ],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, member: Member, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        today = timezone.localdate(timezone=self.member.zone)
        day: date | None = None
        if cleaned.get("when") == "day":
            day = cleaned.get("day")
            if day is None and "day" not in self.errors:
                self.add_error("day", _("Choose a day."))
            elif day and day <= today:
                self.add_error("day", _("Choose a day to come."))
        elif cleaned.get("when"):
            day = today + timedelta(days=self.DAYS[cleaned["when"]])
        moment = datetime.combine(day, self.MORNING, self.member.zone) if day else None
        return {"remind_at": moment}
