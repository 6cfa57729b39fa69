"""import_agencies and import_members: files of our own, in the shape of the real ones."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.actions import check_address
from accounts.models import Agency, DomainRule, Member
from audit.models import AuditEntry
from outbox.models import Mail
from tests.factories import make_member

pytestmark = pytest.mark.django_db
HEADER = "Domain name,Domain type,Organization name,Suborganization name,City,State,Security contact email\n"
REGISTRY = (
    HEADER
    + """\
hhs.gov,Federal - Executive,Department of Health and Human Services,,Washington,DC,a@hhs.gov
nih.gov,Federal - Executive,Department of Health and Human Services,National Institutes of Health,Bethesda,MD,(blank)
springfieldil.gov,City,City of Springfield,,Springfield,IL,(blank)
springfieldma.gov,City,CITY OF  Springfield,,Springfield,MA,(blank)
police.springfieldma.gov,City,City of Springfield,Police,Springfield,MA,(blank)
ca.gov,State or territory,State of California,,Sacramento,CA,(blank)
oneida.gov,Tribal,Oneida Nation,,Oneida,WI,(blank)
"""
)
BAD = """\
,City,City of Nowhere,,Nowhere,IL,
no spaces.gov,City,City of Spaces,,Spaces,IL,
evil.com,City,City of Evil,,Evil,IL,
gov,City,City of Gov,,Gov,IL,
moon.gov,Lunar,City of the Moon,,Moon,IL,
nobody.gov,City,,,Nobody,IL,
hhs.gov,Federal - Executive,Somebody Else,,Washington,DC,
closed.gov,City,City of Closed,,Closed,IL,
short.gov,City
"""


@pytest.fixture
def load(tmp_path):
    def run(name: str, text: str, *options: str) -> tuple[str, str]:
        file, out, err = tmp_path / "file.csv", io.StringIO(), io.StringIO()
        file.write_text(text)
        call_command(name, str(file), *options, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    return run


def agency_of(address: str) -> str:
    agency = check_address(address).agency
    return agency.name if agency else ""


def test_addresses_belong_to_the_agency_of_the_registry(load):
    out, _err = load("import_agencies", REGISTRY)
    assert "5 agencies made; rules: 7 made" in out
    hhs = Agency.objects.get(name="Department of Health and Human Services")
    assert (hhs.abbreviation, hhs.kind) == ("HHS", "federal")
    decision = check_address("ada@mail.nih.gov")
    assert (decision.agency, decision.affiliation, str(decision.rule)) == (hhs, "federal", "allow nih.gov")
    assert DomainRule.objects.get(suffix="nih.gov").reason.endswith("National Institutes of Health")
    assert agency_of("a@springfieldil.gov") == "City of Springfield (IL)"
    assert agency_of("a@police.springfieldma.gov").casefold() == "city of springfield (ma)"
    assert agency_of("a@ca.gov") == "State of California"
    assert check_address("a@oneida.gov").affiliation == "tribal"
    assert agency_of("a@elsewhere.gov") == ""
    assert AuditEntry.objects.get(action="agency.import").facts["made"] == 7


def test_again_changes_nothing_and_a_newer_file_what_is_new(load):
    load("import_agencies", REGISTRY)
    rows = list(DomainRule.objects.values()), list(Agency.objects.values())
    out, _err = load("import_agencies", REGISTRY)
    assert "0 agencies made; rules: 0 made, 0 changed, 7 unchanged" in out
    assert (list(DomainRule.objects.values()), list(Agency.objects.values())) == rows
    out, _err = load("import_agencies", REGISTRY.replace("Oneida Nation", "Oneida People"))
    assert "1 agencies made; rules: 0 made, 1 changed, 6 unchanged" in out
    assert agency_of("a@oneida.gov") == "Oneida People (WI)"


def test_a_dry_run_writes_nothing(load):
    out, _err = load("import_agencies", REGISTRY, "--dry-run")
    assert out.startswith("Dry run: 5 agencies made; rules: 7 made")
    assert (Agency.objects.count(), DomainRule.objects.count()) == (0, 3)
    assert not AuditEntry.objects.exists()


def test_every_bad_row_is_told_with_its_line_and_the_rest_is_done(load):
    DomainRule.objects.create(suffix="closed.gov", effect="deny")
    out, err = load("import_agencies", REGISTRY + BAD)
    lines = [line.split(":")[0] for line in err.splitlines() if line.startswith("line ")]
    assert lines == [f"line {number}" for number in range(9, 18)]
    assert "evil.com: not a .gov domain." in err
    assert "hhs.gov stands in line 2 already." in err
    assert "closed.gov: Addresses at closed.gov are not admitted." in err
    assert "7 made" in out
    assert "9 bad rows" in out
    assert not check_address("a@closed.gov")
    assert not check_address("a@evil.com")


def test_names_lose_what_nobody_sees_and_domains_are_not_guessed(load):
    _out, err = load("import_agencies", HEADER + "al\u200btona.gov,City,City of Al\u200btona,,Altona,IL,\n")
    assert "look-alike letters" in err
    assert not Agency.objects.exists()
    load("import_agencies", HEADER + "altona.gov,City,City of Al\u200btona,,Altona,IL,\n")
    assert Agency.objects.get().name == "City of Altona (IL)"


def test_the_import_opens_no_door_that_staff_guard(load):
    """What needs an approval needs it still, and a rule that staff made stays theirs."""
    DomainRule.objects.filter(suffix="gov").update(admission="approval")
    mine = DomainRule.objects.create(suffix="nih.gov", reason="Ours.", admission="automatic")
    out, _err = load("import_agencies", REGISTRY)
    assert "1 kept" in out
    assert check_address("a@hhs.gov").admission == "approval"
    mine.refresh_from_db()
    assert (mine.agency, mine.reason) == (None, "Ours.")


def test_progress_is_told(load):
    rows = "".join(f"town{n}.gov,City,Town {n},,Town,IL,\n" for n in range(2_500))
    _out, err = load("import_agencies", HEADER + rows)
    assert [line for line in err.splitlines() if "of" in line] == [
        "1000 of 2500",
        "2000 of 2500",
        "2500 of 2500",
    ]


@pytest.mark.parametrize("name", ["import_agencies", "import_members"])
@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3\n"])
def test_a_file_of_another_kind_is_refused_in_one_line(load, name, text):
    with pytest.raises(CommandError, match="no column"):
        load(name, text)
    with pytest.raises(CommandError, match="No such file"):
        call_command(name, "/nowhere/file.csv")


# --- Members -----------------------------------------------------------------------------------------

PEOPLE = """address,name,title,occupation,leadership_role
rosa@energy.gov,Rosa Ortiz,Analyst,data_scientist,
Alan.Tierney@NAVY.mil,Alan Tierney,,,
grace@mit.edu,Grace Hall,,,Dean of Science
"""


def test_each_gets_an_account_and_a_mail_and_proves_the_address(client, load, newest_code):
    out, _err = load("import_members", PEOPLE)
    assert out.splitlines() == [
        "2\tmade\trosa@energy.gov",
        "3\tmade\talan.tierney@navy.mil",
        "4\tmade\tgrace@mit.edu",
        "3 made, 0 refused.",
    ]
    rosa = Member.objects.get(email="rosa@energy.gov")
    assert (rosa.title, rosa.occupation, rosa.is_member) == ("Analyst", "data_scientist", False)
    mails = Mail.objects.filter(kind="membership.invited")
    assert set(mails.values_list("to", flat=True)) == {
        "rosa@energy.gov",
        "alan.tierney@navy.mil",
        "grace@mit.edu",
    }
    assert "/accounts/password/reset/" in mails[0].text
    client.post("/accounts/password/reset/", {"email": "rosa@energy.gov"})
    client.post("/accounts/password/reset/confirm/", {"code": newest_code("rosa@energy.gov")})
    rosa.refresh_from_db()
    assert rosa.is_member


def test_one_refused_line_and_nothing_is_half_done(load):
    bad = "eve@gmail.com,Eve,,,\nrosa@energy.gov,Again,,,\nmo@mit.edu,Mo,,,\nx@epa.gov,,,,\ny@epa.gov,Y,,king,\n"
    with pytest.raises(CommandError, match="5 of 8 lines are refused"):
        load("import_members", PEOPLE + bad)
    assert not Member.objects.exists()
    assert not Mail.objects.exists()
    out, _err = load("import_members", PEOPLE + bad, "--skip-refused")
    lines = out.splitlines()
    assert lines[3] == "5\trefused\teve@gmail.com\tAddresses at gmail.com are not eligible."
    assert lines[4] == "6\trefused\trosa@energy.gov\tThe address stands in line 2 already."
    assert "leadership role" in lines[5]
    assert [line.split("\t")[1] for line in lines[:-1]] == ["made"] * 3 + ["refused"] * 5
    assert Member.objects.count() == 3


def test_who_is_there_stays_as_they_are_and_a_dry_run_tells_only(load):
    make_member("Rosa", address="rosa@energy.gov")
    out, _err = load("import_members", PEOPLE, "--dry-run")
    assert out.splitlines()[0] == "2\tthere\trosa@energy.gov"
    assert "2 would be made" in out
    assert Member.objects.count() == 1
    load("import_members", PEOPLE)
    assert Member.objects.get(email="rosa@energy.gov").name == "Rosa"
    assert Member.objects.count() == 3


def test_an_operator_may_vouch_but_not_against_the_rules(load):
    load("import_members", PEOPLE, "--vouch")
    members = Member.objects.all()
    assert all(member.is_member for member in members)
    assert {proof.method for member in members for proof in member.proofs.all()} == {"administrator"}
    with pytest.raises(CommandError):
        load("import_members", "address,name\neve@gmail.com,Eve\n", "--vouch")


def test_bounces_are_noted_from_the_shell(monkeypatch):
    make_member(address="ada@gsa.gov")
    out = io.StringIO()
    monkeypatch.setattr(
        "sys.stdin", io.StringIO("ada@gsa.gov\t<1@x>\nada@gsa.gov\t<1@x>\n\nada@gsa.gov\t<2@x>\n")
    )
    call_command("note_bounces", "-", stdout=out)
    assert out.getvalue().splitlines() == ["noted\tada@gsa.gov", "noted\tada@gsa.gov", "ended\tada@gsa.gov"]
