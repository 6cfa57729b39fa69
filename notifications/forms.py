from django import forms

from notifications.models import Preferences


class PreferencesForm(forms.ModelForm):
    class Meta:
        model = Preferences
        fields = ["mail_direct", "mail_followed", "mail_announcements", "mail_groups", "toasts"]


class ReadForm(forms.Form):
    """Which notices were read: some by their `ids`, or all `up_to` an id."""

    ids = forms.TypedMultipleChoiceField(coerce=int, required=False)
    up_to = forms.IntegerField(min_value=1, max_value=2**62, required=False)

    def __init__(self, data) -> None:
        super().__init__(data)
        # Any number may be sent; the action touches the member's own.
        numbers = [
            text for text in data.getlist("ids") if text.isascii() and text.isdigit() and len(text) < 19
        ]
        self.fields["ids"].choices = [(text, text) for text in numbers]
