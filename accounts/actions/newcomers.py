from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions.gate import check_address
from accounts.actions.members import register_member
from accounts.actions.proofs import prove_eligibility
from accounts.mails import send_about_membership
from accounts.models import Affiliation, EligibilityProof, Member
from core.errors import Refused


@dataclass(frozen=True)
class Newcomer:
    line: int  # of the file
    address: str
    name: str
    title: str = ""
    employment: str = Member.Employment.EMPLOYEE
    occupation: str = Member.Occupation.OTHER
    leadership_role: str = ""


@dataclass(frozen=True)
class Result:
    line: int
    address: str
    outcome: str  # made, there or refused
    reason: str = ""


class NothingImported(Exception):
    """A line was refused, or it was a dry run: what was done is undone. Carries the results of all lines."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__("Nothing was imported.")
        self.results = results


@transaction.atomic
def import_members(
    *,
    newcomers: Iterable[Newcomer],
    skip_refused: bool = False,
    vouched: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], object] | None = None,
) -> list[Result]:
    """Accounts for many, through the gate one by one; all of them, or NothingImported.

    Each gets a mail and proves the address with a code. With `vouched` the operator answers for the addresses, and
    they are members at once. An address that has an account already is left as it is.
    """
    results: list[Result] = []
    seen: dict[str, int] = {}
    for number, newcomer in enumerate(newcomers, 1):
        results.append(_one(newcomer, seen, vouched))
        if progress:
            progress(number)
    if dry_run or (not skip_refused and any(result.outcome == "refused" for result in results)):
        raise NothingImported(results)
    return results


def _one(newcomer: Newcomer, seen: dict[str, int], vouched: bool) -> Result:
    decision = check_address(newcomer.address)
    line = (newcomer.line, decision.address)
    if not decision:
        return Result(*line, "refused", decision.reason)
    if (first := seen.setdefault(decision.address, newcomer.line)) != newcomer.line:
        return Result(*line, "refused", f"The address stands in line {first} already.")
    if Member.objects.filter(email__iexact=decision.address).exists():
        return Result(*line, "there")
    if decision.affiliation == Affiliation.UNIVERSITY and not newcomer.leadership_role:
        return Result(*line, "refused", "The leadership role at the university is missing.")
    try:
        with transaction.atomic():
            _make(newcomer, decision.address, vouched)
    except ValidationError as error:
        return Result(*line, "refused", " ".join(error.messages))
    except Refused as refusal:
        return Result(*line, "refused", str(refusal))
    return Result(*line, "made")


def _make(newcomer: Newcomer, address: str, vouched: bool) -> None:
    facts = {
        name: getattr(newcomer, name)
        for name in ("name", "title", "employment", "occupation", "leadership_role")
    }
    draft = Member(email=address, handle="to.be.chosen", password=make_password(None), **facts)
    draft.full_clean(
        exclude=["email", "handle", "password"], validate_unique=False, validate_constraints=False
    )
    member = register_member(address=address, encoded_password=make_password(None), **facts)
    EmailAddress.objects.create(user=member, email=address, verified=vouched, primary=True)
    if vouched:
        prove_eligibility(member=member, address=address, method=EligibilityProof.Method.ADMINISTRATOR)
        member.refresh_from_db()
    send_about_membership("invited", [(member, {"days": settings.COMMONS_UNPROVED_DAYS, "vouched": vouched})])
