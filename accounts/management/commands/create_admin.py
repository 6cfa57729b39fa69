import sys
from argparse import ArgumentParser
from getpass import getpass

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actions import check_address, grant_role, prove_eligibility, register_member
from accounts.models import EligibilityProof, Member, SiteRole
from core.errors import Refused


class Command(BaseCommand):
    help = (
        "Make a verified administrator: a new account, or the one that has the address. "
        "The address must be eligible by the domain rules. Asks for the password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS")
        parser.add_argument("--name", default="", help="as shown to members (default: from the address)")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from one line of stdin"
        )

    def handle(self, *, address: str, name: str, password_stdin: bool, **options) -> None:
        decision = check_address(address)
        if not decision:
            raise CommandError(f"{address}: {decision.reason}")
        name = name or " ".join(decision.address.split("@")[0].replace("_", ".").split(".")).title()
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else self._ask()
        try:
            validate_password(password, Member(email=decision.address, name=name))
            created = self._make(decision.address, name, make_password(password))
        except (ValidationError, Refused) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from None
        done = "Made" if created else "Changed"
        self.stdout.write(f"{done} {decision.address}: verified, administrator, with the password given.")

    def _ask(self) -> str:
        password = getpass("Password: ")
        if getpass("Password (again): ") != password:
            raise CommandError("The two passwords differ.")
        return password

    @transaction.atomic
    def _make(self, address: str, name: str, encoded_password: str) -> bool:
        member = Member.objects.filter(email=address).first()
        created = member is None
        if member is None:
            member = register_member(address=address, name=name, encoded_password=encoded_password)
        else:
            member.password = encoded_password
            member.save(update_fields=["password"])
        EmailAddress.objects.update_or_create(
            user=member, email=address, defaults={"verified": True, "primary": True}
        )
        prove_eligibility(member=member, address=address, method=EligibilityProof.Method.ADMINISTRATOR)
        grant_role(actor=None, member=member, role=SiteRole.ADMINISTRATOR)
        return created
