from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from files.forms import CheckedFilesField, FileInput, FilesInput, UploadingForm
from workinggroups.models import Group, Membership

# The three kinds of groups people choose from: listing, content, join.
KINDS = {
    "open": (Group.Listing.LISTED, Group.Content.OPEN, Group.Join.OPEN),
    "request": (Group.Listing.LISTED, Group.Content.MEMBERS, Group.Join.REQUEST),
    "hidden": (Group.Listing.HIDDEN, Group.Content.MEMBERS, Group.Join.INVITATION),
}
SIGHTS = {
    "open": (Group.Listing.LISTED, Group.Content.OPEN),
    "members": (Group.Listing.LISTED, Group.Content.MEMBERS),
    "hidden": (Group.Listing.HIDDEN, Group.Content.MEMBERS),
}


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        error_messages={"required": gettext_lazy("Give the group a name.")},
    )
    purpose = forms.CharField(
        label=gettext_lazy("Purpose"),
        max_length=300,
        help_text=gettext_lazy("One or two sentences: what the group is for, and whom it helps."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say what the group is for.")},
    )
    charter = forms.CharField(
        label=gettext_lazy("Charter"),
        required=False,
        strip=False,
        help_text=gettext_lazy("Goals, scope, how you work, until when. Markdown."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )


class NewGroupForm(ProfileForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Who can see it and join"),
        initial="open",
        widget=forms.RadioSelect,
        choices=[
            ("open", gettext_lazy("Open: every member of the community can read along and join")),
            (
                "request",
                gettext_lazy("By request: everyone can find it, its members decide who joins and reads"),
            ),
            ("hidden", gettext_lazy("Private: only those invited know of it")),
        ],
    )

    def clean(self) -> dict:
        data = super().clean()
        if kind := data.pop("kind", ""):
            data["listing"], data["content"], data["join"] = KINDS[kind]
        return data


class SettingsForm(forms.Form):
    join = forms.ChoiceField(
        label=gettext_lazy("How people join"),
        choices=[
            (Group.Join.OPEN, gettext_lazy("Anyone joins at once")),
            (Group.Join.REQUEST, gettext_lazy("Leads decide on requests")),
            (Group.Join.INVITATION, gettext_lazy("By invitation only")),
        ],
        widget=forms.RadioSelect,
    )
    observers_download = forms.BooleanField(
        label=gettext_lazy("Observers may download files"), required=False
    )
    observers_post = forms.BooleanField(label=gettext_lazy("Observers may reply to topics"), required=False)
    members_invite = forms.BooleanField(label=gettext_lazy("Members may invite others"), required=False)


class VisibilityForm(forms.Form):
    sight = forms.ChoiceField(
        label=gettext_lazy("Who can see the group"),
        widget=forms.RadioSelect,
        choices=[
            ("open", gettext_lazy("Every member of the community finds and reads it")),
            ("members", gettext_lazy("Everyone finds it, only its members read it")),
            ("hidden", gettext_lazy("Only its members know of it")),
        ],
    )

    @staticmethod
    def sight_of(group: Group) -> str:
        return next(sight for sight, pair in SIGHTS.items() if pair == (group.listing, group.content))

    def clean(self) -> dict:
        data = super().clean()
        if sight := data.pop("sight", ""):
            data["listing"], data["content"] = SIGHTS[sight]
        return data


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("A word to the leads"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("What you work on, and what you would like to do here."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class HandleForm(forms.Form):
    handle = forms.CharField(
        label=gettext_lazy("Handle"),
        max_length=31,
        error_messages={"required": gettext_lazy("Enter the handle of a member.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_handle(self) -> str:
        return self.cleaned_data["handle"].removeprefix("@").lower()


class RemovalForm(ReasonForm):
    ban = forms.BooleanField(
        label=gettext_lazy("Also ban them: they can no longer see or join this group"), required=False
    )


class InviteForm(forms.Form):
    handle = forms.CharField(
        label=gettext_lazy("Handle"),
        max_length=31,
        required=False,
        help_text=gettext_lazy("As shown on their profile, such as grace.hall"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    address = forms.CharField(
        label=gettext_lazy("Address at work"),
        max_length=320,
        required=False,
        help_text=gettext_lazy(
            "Instead of a handle, for somebody who may not be in the community yet. We mail the invitation there."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=gettext_lazy("As"),
        choices=[
            (Membership.Role.MEMBER, Membership.Role.MEMBER.label),
            (Membership.Role.OBSERVER, Membership.Role.OBSERVER.label),
        ],
    )
    note = forms.CharField(label=gettext_lazy("A word to them"), required=False, max_length=500)

    def clean(self) -> dict:
        """With either a handle or an address; the other one is left out of the data."""
        data = super().clean()
        if data.get("handle") and data.get("address"):
            self.add_error("address", _("Enter the handle or the address, not both."))
        elif not data.get("handle") and not data.get("address") and not self.errors:
            self.add_error("handle", _("Enter the handle of a member, or an address."))
        return {name: value for name, value in data.items() if value or name not in ("handle", "address")}


class UploadForm(UploadingForm):
    file = CheckedFilesField(label=gettext_lazy("Files"), widget=FilesInput())
    collection = forms.CharField(
        label=gettext_lazy("Collection"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("A heading to file it under, such as Templates."),
        widget=forms.TextInput(attrs={"list": "collections"}),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)


class VersionForm(UploadingForm):
    file = CheckedFilesField(label=gettext_lazy("File"), widget=FileInput())
    note = forms.CharField(label=gettext_lazy("What changed"), required=False, max_length=300)


class LinkForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    link = forms.CharField(
        label=gettext_lazy("Web address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    description = forms.CharField(label=gettext_lazy("Description"), required=False, max_length=300)
    collection = forms.CharField(
        label=gettext_lazy("Collection"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"list": "collections"}),
    )


class ResourceForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    description = forms.CharField(label=gettext_lazy("Description"), required=False, max_length=300)
    collection = forms.CharField(label=gettext_lazy("Collection"), required=False, max_length=100)
