"""Forms of those who keep order in a topic."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Member
from core.spans import in_words
from forum.actions.keeping import PACES
from forum.models import Topic

TEXT = {"class": "usa-input usa-input--xl"}


class ZonedForm(forms.Form):
    """A form whose times are those of the member's own time zone."""

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        for field in self.fields.values():
            if isinstance(field, forms.DateTimeField):
                field.help_text = _("In your time zone, %(zone)s.") % {
                    "zone": member.time_zone.replace("_", " ")
                }

    def full_clean(self) -> None:
        with timezone.override(self.member.zone):
            super().full_clean()


def local(moment: datetime | None, member: Member) -> datetime | None:
    """A moment as the member's clock shows it, for a field of a ZonedForm."""
    return timezone.make_naive(moment, member.zone) if moment else None


def moment_field(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(
        attrs={"class": "usa-input", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
    )
    return forms.DateTimeField(label=label, required=False, widget=widget)


class LockForm(ZonedForm):
    reason = forms.CharField(
        label=gettext_lazy("Why is it locked?"),
        max_length=200,
        help_text=gettext_lazy("Shown above the topic to all who read it."),
        error_messages={"required": gettext_lazy("Say why the topic is locked: its readers will see it.")},
        widget=forms.TextInput(attrs=TEXT),
    )
    until = moment_field(gettext_lazy("Unlock by itself at"))


class PinForm(ZonedForm):
    everywhere = forms.TypedChoiceField(
        label=gettext_lazy("Where"),
        required=False,
        choices=[
            ("", gettext_lazy("At the top of its category")),
            ("1", gettext_lazy("At the top of its category and of the list of all topics")),
        ],
        coerce=bool,
        empty_value=False,
        widget=forms.RadioSelect(attrs={"class": "usa-radio__input"}),
    )
    until = moment_field(gettext_lazy("Unpin by itself at"))

    def __init__(
        self, *args: Any, member: Member, topic: Topic, offers_everywhere: bool, **kwargs: Any
    ) -> None:
        initial = {
            "everywhere": "1" if topic.is_pinned_everywhere else "",
            "until": local(topic.pinned_until, member),
        }
        super().__init__(*args, member=member, initial=initial, **kwargs)
        if not offers_everywhere:
            self.fields["everywhere"].choices = self.fields["everywhere"].choices[:1]


class AnnouncementForm(ZonedForm):
    due_on = forms.DateField(
        label=gettext_lazy("Due on"),
        required=False,
        help_text=gettext_lazy("Shown with the request; nobody is shut out after it."),
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}, format="%Y-%m-%d"),
    )


class SlowForm(forms.Form):
    seconds = forms.TypedChoiceField(
        label=gettext_lazy("One post for each member in"),
        coerce=int,
        widget=forms.Select(attrs={"class": "usa-select"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why is it slowed down?"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Shown above the topic to all who read it."),
        widget=forms.TextInput(attrs=TEXT),
    )

    def __init__(self, *args: Any, topic: Topic, **kwargs: Any) -> None:
        initial = {"seconds": topic.slow_seconds, "reason": topic.slow_reason}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["seconds"].choices = [
            (0, _("no time at all: slow mode is off")),
            *((pace, in_words(pace)) for pace in PACES),
        ]
