from __future__ import annotations

from functools import cache

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm, BaseSignupForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import avatars, registry
from accounts.actions import check_address
from accounts.models import Affiliation, Member, PersonalToken
from accounts.validators import time_zone_names, validate_plain_line


class NewcomerFields(forms.Form):
    """What a newcomer tells, by whatever door they come."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        validators=[validate_plain_line],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As colleagues know you. It stands beside what you write."),
        error_messages={"required": _("Type your name.")},
    )
    occupation = forms.ChoiceField(
        label=_("Your role"),
        choices=[("", _("Choose…")), *Member.Occupation.choices],
        error_messages={"required": _("Choose your role.")},
    )
    employment = forms.ChoiceField(
        label=_("You are a"),
        choices=Member.Employment.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you are.")},
    )
    leadership_role = forms.CharField(
        label=_("Your leadership role"),
        max_length=120,
        required=False,
        validators=[validate_plain_line],
        help_text=_(
            "Only for .edu addresses: university leadership joins, such as deans, provosts and directors."
        ),
    )

    def judge_leadership(self, address: str, data: dict) -> None:
        """University addresses are for leadership alone."""
        if check_address(address).affiliation == Affiliation.UNIVERSITY:
            data["employment"] = Member.Employment.UNIVERSITY
            if not data.get("leadership_role"):
                self.add_error("leadership_role", _("Tell us your leadership role at the university."))


class SignupForm(NewcomerFields, AllauthSignupForm):
    """The address is judged by the gate alone, so that its sentence is the only one shown."""

    email = forms.CharField(
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Your .gov, .mil or .edu address at work. We send a code there."),
        error_messages={"required": _("Type your address at work.")},
    )
    field_order = ["email", "name", "occupation", "employment", "leadership_role", "password1"]

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Work email address")
        password = self.fields["password1"]
        password.help_text = _(
            "At least 15 characters of any kind, up to 128. A few unrelated words make a good one."
        )
        password.widget.attrs.pop("placeholder", None)

    def clean(self) -> dict:
        # Not allauth's own clean(): it would judge the password without knowing the name.
        data = BaseSignupForm.clean(self)
        if (password := data.get("password1")) is not None:
            person = Member(email=data.get("email", ""), name=data.get("name", ""))
            try:
                get_adapter().clean_password(password, user=person)
            except ValidationError as error:
                self.add_error("password1", error)
        if "email" in data:
            self.judge_leadership(data["email"], data)
        return data

    @transaction.atomic
    def save(self, request) -> Member:
        return super().save(request)

    def try_save(self, request):
        """An address that has an account gets the same answer, after the same work."""
        self.encoded_password = make_password(self.cleaned_data["password1"])
        if not self.account_already_exists:
            try:
                return super().try_save(request)
            except ValidationError as error:
                if "email" not in error.message_dict:
                    raise
                self.account_already_exists = True  # the same person in another tab, a moment faster
        return super().try_save(request)


class AddressForm(AddEmailForm):
    """Another address for an account. What sign-up asks at the door of a university is asked at this one, too."""

    email = forms.CharField(
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Type the new address.")},
    )
    leadership_role = forms.CharField(
        label=_("Your leadership role"),
        max_length=120,
        required=False,
        validators=[validate_plain_line],
        help_text=_("Only for .edu addresses, such as dean, provost or director."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New address at work")
        self.initial["leadership_role"] = self.user.leadership_role

    def clean(self) -> dict:
        data = super().clean()
        address, role = data.get("email"), data.get("leadership_role")
        if address and not role and check_address(address).affiliation == Affiliation.UNIVERSITY:
            self.add_error("leadership_role", _("Tell us your leadership role at the university."))
        return data

    def save(self, request):
        if role := self.cleaned_data["leadership_role"]:
            Member.objects.filter(pk=self.user.pk).update(leadership_role=role)
        return super().save(request)


REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def time_zones() -> list[tuple[str, str]]:
    """Places by region, without the aliases that are kept for old systems."""
    places = sorted(name for name in time_zone_names() if name.split("/")[0] in REGIONS)
    return [(name, name.replace("_", " ")) for name in ["UTC", *places]]


class ProfileForm(forms.ModelForm):
    """Interests and handle are written by the action: one is rows of its own, the other leaves history."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    interests = forms.MultipleChoiceField(
        label=_("Interests"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Practice areas you care about. Colleagues find you by them."),
    )

    class Meta:
        model = Member
        fields = ["name", "handle", "title", "occupation", "interests", "about", "time_zone", "is_listed"]
        widgets = {"about": forms.Textarea(attrs={"rows": 6})}
        labels = {"handle": _("Handle"), "is_listed": _("Show me in the directory")}
        help_texts = {
            "handle": _(
                "For mentions, such as @ada.byrne. Old mentions and addresses go on leading to you, and nobody else "
                "gets a handle of yours."
            ),
            "is_listed": _("Your profile can still be opened from what you write."),
            "title": _("What you do at your agency, such as “Chief Data Officer”."),
            "about": _("What you work on and can help with. Markdown works here."),
        }
        error_messages = {
            "handle": {"invalid": _("Use 2 to 30 small letters, digits, dots, dashes and underscores.")}
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["interests"].choices = registry.areas()
        self.initial["interests"] = [interest.area for interest in self.instance.interests.all()]
        if not self.fields["interests"].choices:
            del self.fields["interests"]

    def clean(self) -> dict:
        data = super().clean()
        data.setdefault("interests", [])
        return data

    def clean_handle(self) -> str:
        return self.cleaned_data["handle"].lower()

    def validate_unique(self) -> None:
        """The action decides, which knows the handles of before as well."""


class CloseForm(forms.Form):
    understood = forms.BooleanField(
        label=_("I understand that this cannot be undone"),
        error_messages={"required": _("Tick the box to go on.")},
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Type your password.")},
    )

    def __init__(self, *args, member: Member, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        if not member.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        if not self.member.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("That is not your password."))
        return ""


class AvatarForm(forms.Form):
    picture = forms.FileField(
        label=_("Picture"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        help_text=_(
            "JPEG, PNG, WebP or GIF, up to 5 MB. It is cut square; place, camera and date are taken out."
        ),
        error_messages={"required": _("Choose a picture."), "empty": _("This file is empty.")},
    )

    def clean_picture(self) -> dict[int, bytes]:
        upload = self.cleaned_data["picture"]
        return avatars.prepare(size=upload.size, content=upload)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        validators=[validate_plain_line],
        help_text=_("What it is for, such as “Weekly report”."),
        error_messages={"required": _("Give the token a name.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=PersonalToken.Scope.choices,
        initial=[PersonalToken.Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the token may do.")},
    )
    days = forms.TypedChoiceField(
        label=_("How long it lasts"),
        coerce=int,
        choices=[
            (7, _("A week")),
            (30, _("30 days")),
            (90, _("90 days")),
            (180, _("180 days")),
            (365, _("A year")),
        ],
        initial=90,
    )
