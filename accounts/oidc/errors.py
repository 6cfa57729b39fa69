from typing import Any

from django.utils.translation import gettext_lazy as _

# By the word for the audit log: the one sentence for the page. docs/identity-provider.md explains them to operators.
SENTENCES = {
    "state": _("This sign-in was not started in this browser, or is over already. Please start again."),
    "late": _("This sign-in took too long. Please start again."),
    "denied": _("You were not signed in at %(name)s. Nothing has changed here."),
    "provider": _("%(name)s could not sign you in. Nothing has changed here."),
    "code": _("%(name)s did not accept this sign-in: it is too old or was used already."),
    "algorithm": _("The answer of %(name)s is not signed as it must be."),
    "key": _("The answer is signed with a key that is not %(name)s’s."),
    "signature": _("The signature is not %(name)s’s."),
    "token": _("The answer of %(name)s can’t be read."),
    "issuer": _("This answer does not come from %(name)s."),
    "audience": _("The answer of %(name)s was meant for another site."),
    "expired": _("The answer of %(name)s is too old. Please start again."),
    "nonce": _("This answer belongs to another sign-in. Please start again."),
    "userinfo": _("%(name)s told us of two different people at once."),
    "assurance": _(
        "%(name)s signed you in in a weaker way than this site asks for. Sign in there with a stronger one."
    ),
    "unverified": _("Your identity provider has not verified your address. Verify it there, then try again."),
    "ineligible": "%(why)s",
    "known_address": _(
        "There is an account with %(address)s already. Sign in as you did before, then link your identity under "
        "Settings, Security."
    ),
    "other_address": _(
        "Your identity provider does not know %(address)s as yours. Add it there, then link it again."
    ),
    "taken": _("This identity is linked to another account."),
    "second": _("Another identity is linked to your account. Unlink that one first."),
    "signed_out": _("You signed out meanwhile. Please sign in again."),
    "stale": _("You signed in at %(name)s a while ago. Sign out there, then try again."),
    "somebody_else": _("At %(name)s you are signed in as somebody else."),
}


class SignInRefused(Exception):
    """What came back from the identity provider does not let anybody in. The message is for people."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(str(SENTENCES[reason]) % facts)
        self.reason = reason


class Unavailable(Exception):
    """The identity provider does not answer, or answers what can't be an answer."""
