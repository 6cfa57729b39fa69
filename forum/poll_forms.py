from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forum.keeping_forms import TEXT, ZonedForm, moment_field
from forum.models import Poll

RADIO = {"class": "usa-radio__input"}


class PollWords(forms.Form):
    question = forms.CharField(
        label=gettext_lazy("Question"), max_length=200, widget=forms.TextInput(attrs=TEXT)
    )
    options = forms.CharField(
        label=gettext_lazy("Options"),
        help_text=gettext_lazy("One on each line, 2 to 20. They can be changed until somebody has voted."),
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 5}),
    )

    def clean_options(self) -> list[str]:
        return self.cleaned_data["options"].splitlines()


class PollEditForm(PollWords):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class PollForm(PollWords, ZonedForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("How one votes"),
        initial=Poll.Kind.SINGLE,
        choices=[
            (Poll.Kind.SINGLE.value, gettext_lazy("One option")),
            (Poll.Kind.MULTIPLE.value, gettext_lazy("Several options")),
            (Poll.Kind.RANKED.value, gettext_lazy("A ranking, counted by instant run-off")),
        ],
        widget=forms.RadioSelect(attrs=RADIO),
    )
    max_choices = forms.IntegerField(
        label=gettext_lazy("Of several, at most"),
        required=False,
        min_value=2,
        max_value=Poll.OPTIONS_MOST,
        widget=forms.NumberInput(attrs={"class": "usa-input usa-input--small"}),
    )
    is_secret = forms.TypedChoiceField(
        label=gettext_lazy("Who voted what"),
        required=False,
        choices=[
            ("", gettext_lazy("Named: all who can read the topic see it, and a vote can be changed")),
            ("1", gettext_lazy("Secret: it is not stored, so nobody can ever see it, and a vote is final")),
        ],
        coerce=bool,
        empty_value=False,
        widget=forms.RadioSelect(attrs=RADIO),
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("When the result is shown"),
        initial=Poll.Shown.VOTED,
        choices=Poll.Shown.choices,
        widget=forms.RadioSelect(attrs=RADIO),
    )
    closes_at = moment_field(gettext_lazy("Closes by itself at"))


def place(number: int) -> str:
    return _("Place %(n)d") % {"n": number}


class VoteForm(forms.Form):
    """What the poll offers. Gives `choices`: numbers of options, in a ranked poll the best first; and the `revision` of
    the poll they were chosen from."""

    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, poll: Poll, chosen: list[int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.poll = poll
        chosen = chosen or []
        if poll.kind == Poll.Kind.RANKED:
            places = [(0, _("not ranked")), *((n, place(n)) for n, _text in poll.numbered)]
            for number, text in poll.numbered:
                self.fields[f"place_{number}"] = forms.TypedChoiceField(
                    label=text,
                    choices=places,
                    coerce=int,
                    initial=chosen.index(number) + 1 if number in chosen else 0,
                    widget=forms.Select(attrs={"class": "usa-select"}),
                )
        elif poll.kind == Poll.Kind.MULTIPLE:
            self.fields["choices"] = forms.TypedMultipleChoiceField(
                label=poll.question,
                choices=poll.numbered,
                coerce=int,
                initial=chosen,
                error_messages={"required": _("Choose an option.")},
                widget=forms.CheckboxSelectMultiple(attrs={"class": "usa-checkbox__input"}),
            )
        else:
            self.fields["choices"] = forms.TypedChoiceField(
                label=poll.question,
                choices=poll.numbered,
                coerce=lambda value: [int(value)],
                initial=chosen[0] if chosen else None,
                error_messages={"required": _("Choose an option.")},
                widget=forms.RadioSelect(attrs=RADIO),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.poll.kind != Poll.Kind.RANKED:
            return cleaned
        taken: dict[int, int] = {}
        for number, text in self.poll.numbered:
            wanted = cleaned.get(f"place_{number}")
            if wanted and wanted in taken:
                message = _("Two options have %(place)s: give “%(text)s” another one.")
                self.add_error(f"place_{number}", message % {"place": place(wanted).lower(), "text": text})
            elif wanted:
                taken[wanted] = number
        if not taken and not self.errors:
            self.add_error(None, _("Give at least one option a place."))
        return {
            "choices": [taken[wanted] for wanted in sorted(taken)],
            "revision": cleaned.get("revision"),
        }
