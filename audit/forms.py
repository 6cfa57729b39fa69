from django import forms
from django.utils.translation import gettext_lazy as _

from audit.registry import actions


def action_choices() -> list[tuple[str, str]]:
    return [("", _("All")), *((action.name, f"{action.name} · {action.label}") for action in actions())]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class SearchForm(forms.Form):
    """The criteria of `AuditEntry.objects.search`."""

    actor = forms.CharField(label=_("Who"), max_length=100, required=False, help_text=_("Name or number"))
    action = forms.ChoiceField(
        label=_("Deed"), choices=action_choices, required=False, help_text=_("What was done")
    )
    target = forms.CharField(
        label=_("To what"), max_length=80, required=False, help_text=_("Such as group:7, or group for all")
    )
    outcome = forms.CharField(
        label=_("Outcome"), max_length=20, required=False, help_text=_("Such as failed")
    )
    since = forms.DateField(label=_("From"), widget=DayInput, required=False, help_text=_("Day in UTC"))
    until = forms.DateField(
        label=_("To"), widget=DayInput, required=False, help_text=_("Day in UTC, included")
    )

    def clean(self) -> dict:
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))
        return data


class ExportForm(SearchForm):
    form = forms.ChoiceField(choices=[("csv", "CSV"), ("json", "JSON")])
