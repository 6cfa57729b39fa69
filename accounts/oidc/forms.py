from accounts.forms import NewcomerFields


class JoinForm(NewcomerFields):
    """What the identity provider could not tell. The address is the one that it vouches for."""

    field_order = ["name", "occupation", "employment", "leadership_role"]

    def __init__(self, *args, address: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean(self) -> dict:
        data = super().clean() or self.cleaned_data
        self.judge_leadership(self.address, data)
        return data
