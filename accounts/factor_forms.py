"""allauth tells of wrong codes by a signal, and of passkeys that do not match nobody: these forms do."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.core.exceptions import ValidationError

from accounts.factors import note_refused


class _Told:
    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError as error:
            if error.code == "incorrect_code":
                note_refused(self.user, Authenticator.Type.WEBAUTHN, again=self.reauthenticated)  # type: ignore[attr-defined]
            raise


class PasskeyForm(_Told, AuthenticateWebAuthnForm):
    """After the password."""


class PasskeyAloneForm(_Told, LoginWebAuthnForm):
    """In the place of address and password. Whose passkey it would be is only what the browser says."""


class PasskeyAgainForm(_Told, ReauthenticateWebAuthnForm):
    """Before a protected deed."""
