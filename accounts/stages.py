from __future__ import annotations

from typing import Any

from allauth.account.stages import EmailVerificationStage


class ProofStage(EmailVerificationStage):
    """Newcomers prove their address before they get in.

    Who was a member before gets as far as the status page without a code: it may be the mail of the old agency that
    is gone, and only there another address can be proved.
    """

    def handle(self) -> Any:
        member = self.login.user
        if member is not None and member.eligible_until is not None:
            return None, True
        return super().handle()
