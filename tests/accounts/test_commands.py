import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import DomainRule, Member

pytestmark = pytest.mark.django_db
STRONG = "violet-harbor-teapot-9"


def check(capsys, *addresses):
    code = 0
    try:
        call_command("check_eligibility", *addresses)
    except SystemExit as end:
        code = end.code
    return code, [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_check_eligibility_prints_one_line_each(capsys):
    code, lines = check(capsys, "ada@gsa.gov", "alan@navy.mil", "katherine@mit.edu")
    assert code == 0
    assert lines == [
        ["accept", "ada@gsa.gov", "allow gov"],
        ["accept", "alan@navy.mil", "allow mil"],
        ["accept", "katherine@mit.edu", "allow edu"],
    ]


def test_check_eligibility_ends_with_1_if_any_is_rejected(capsys):
    code, lines = check(capsys, "ada@gsa.gov", "eve@gmail.com")
    assert code == 1
    assert lines[1] == ["reject", "eve@gmail.com", "Addresses at gmail.com are not eligible."]


def test_check_eligibility_reads_lines(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("ada@gsa.gov\r\n\nx@gov\n"))
    code, lines = check(capsys, "-")
    assert code == 1
    assert [line[:2] for line in lines] == [["accept", "ada@gsa.gov"], ["reject", "x@gov"]]


def test_an_address_can_not_forge_a_line(capsys):
    code, lines = check(capsys, "x@evil.com\naccept\teve@evil.com\tallow gov")
    assert code == 1
    [line] = lines
    assert line[:2] == ["reject", r"x@evil.com\naccept\teve@evil.com\tallow gov"]


def test_check_eligibility_knows_the_rules_of_this_moment(capsys):
    DomainRule.objects.create(suffix="lab.gov", effect="deny")
    assert check(capsys, "a@lab.gov")[0] == 1
    DomainRule.objects.update(valid_until="2020-01-01T00:00Z")
    assert check(capsys, "a@gsa.gov")[0] == 1


def create_admin(monkeypatch, address, password=STRONG, *arguments):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    call_command("create_admin", address, "--password-stdin", *arguments)


def test_create_admin_makes_a_verified_administrator_who_can_sign_in(client, monkeypatch, capsys):
    create_admin(monkeypatch, "Maria.Meyer@NIST.gov")
    admin = Member.objects.get()
    assert (admin.email, admin.name, admin.is_member, admin.is_administrator) == (
        *("maria.meyer@nist.gov", "Maria Meyer", True, True),
    )
    assert admin.proofs.get().method == "administrator"
    assert "administrator" in capsys.readouterr().out
    client.post("/accounts/login/", {"login": "maria.meyer@nist.gov", "password": STRONG})
    assert client.get("/admin/").status_code == 200
    for page in ("member", "domainrule", "rolegrant", "agency", "eligibilityproof"):
        assert client.get(f"/admin/accounts/{page}/").status_code == 200
    assert client.get(f"/admin/accounts/member/{admin.pk}/change/").status_code == 200


def test_create_admin_changes_the_account_that_is_there(monkeypatch):
    create_admin(monkeypatch, "maria@nist.gov")
    create_admin(monkeypatch, "maria@nist.gov", "another-harbor-kettle-4")
    admin = Member.objects.get()
    assert admin.check_password("another-harbor-kettle-4")
    assert admin.role_grants.count() == 1


@pytest.mark.parametrize(
    "address, password, why",
    [
        ("eve@gmail.com", STRONG, "gmail.com"),
        ("x@gov", STRONG, "agency.gov"),
        ("ada@gsa.gov", "short", "too short"),
        ("ada@gsa.gov", "community-of-practice", "tried first"),
    ],
)
def test_create_admin_has_the_same_gate(monkeypatch, address, password, why):
    with pytest.raises(CommandError, match=why):
        create_admin(monkeypatch, address, password)
    assert not Member.objects.exists()
