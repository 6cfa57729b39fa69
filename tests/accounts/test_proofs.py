"""The life of a proof: begun, reminded of, ended, begun again; and what the database refuses meanwhile."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.actions import (
    approve_admission,
    decline_admission,
    note_hard_bounce,
    note_refused_mails,
    prove_eligibility,
    remind_members,
    remove_unproved,
)
from accounts.models import Admission, DomainRule, EligibilityProof, HardBounce, Member
from accounts.spread import end_of_proof
from accounts.tasks import send_reminders
from audit.models import AuditEntry
from core.errors import Refused
from outbox.models import Mail
from tests.factories import make_agency, make_group, make_member, make_topic

pytestmark = pytest.mark.django_db
START = datetime(2027, 3, 2, 12, tzinfo=UTC)
CODE = EligibilityProof.Method.CODE


def prove(member: Member, address: str = "", **options) -> EligibilityProof | None:
    return prove_eligibility(member=member, address=address or member.email, method=CODE, **options)


def subjects(kind: str = "membership.") -> list[str]:
    return list(Mail.objects.filter(kind__startswith=kind).order_by("pk").values_list("kind", flat=True))


# --- The database ------------------------------------------------------------------------------------


def test_no_statement_gives_access_without_a_proof():
    member = make_member(eligible=False)
    later = timezone.now() + timedelta(days=1)
    statements = [
        lambda: Member.objects.filter(pk=member.pk).update(eligible_until=later),
        lambda: Member.objects.create(name="Eve", handle="eve.x", email="eve@gsa.gov", eligible_until=later),
        lambda: Member.objects.bulk_create(
            [Member(name="Eve", handle="eve.y", email="eve@epa.gov", eligible_until=later)]
        ),
    ]
    for statement in statements:
        with pytest.raises(IntegrityError, match="needs a proof"), transaction.atomic():
            statement()
    member.eligible_until = later
    with pytest.raises(IntegrityError), transaction.atomic():
        member.save()


def test_no_statement_gives_access_beyond_the_proof_or_by_an_older_one():
    member = make_member()
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(
            eligible_until=member.eligible_until + timedelta(seconds=1)
        )
    soon = timezone.now() + timedelta(hours=1)
    EligibilityProof.objects.create(
        member=member, address=member.email, rule="allow gov", method=CODE, expires_at=soon
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=member.pk).update(eligible_until=soon + timedelta(days=1))
    Member.objects.filter(pk=member.pk).update(eligible_until=soon)


def test_access_follows_a_proof_that_is_shortened_deleted_or_given_away():
    member, other = make_member(), make_member(eligible=False)
    past = timezone.now() - timedelta(days=1)
    member.proofs.update(expires_at=past)
    member.refresh_from_db()
    assert member.eligible_until == past
    second = make_member()
    second.proofs.update(member=other)
    third = make_member()
    third.proofs.all().delete()
    assert not Member.objects.filter(
        pk__in=[second.pk, third.pk, other.pk], eligible_until__isnull=False
    ).exists()


# --- Spread ------------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_twelve_thousand_proofs_of_one_hour_have_no_day_with_more_than_twice_the_mean(settings):
    """As after an import. Counted as the reminders are: by the day of the end."""
    rows = 12_000
    member = make_member(eligible=False)
    ends: list[datetime] = []
    unsaved: list[EligibilityProof] = []
    for n in range(rows):
        now = START + timedelta(seconds=n / 4)
        if n % 20 == 0:  # so many at once, who don’t see one another’s
            EligibilityProof.objects.bulk_create(unsaved)
            unsaved = []
            end = end_of_proof(now)
        proof = EligibilityProof(member=member, address="a@b.gov", rule="r", method=CODE, expires_at=end)
        unsaved.append(proof)
        ends.append(end)
    days = Counter(end.date() for end in ends)
    assert max(days.values()) <= 2 * rows / settings.COMMONS_PROOF_DAYS + 20
    assert max(days.values()) <= 2 * rows / len(days)
    assert START + timedelta(days=160) < min(ends) <= max(ends) <= now + timedelta(days=365)


def test_a_small_community_gets_the_full_life():
    ends = [prove(make_member(eligible=False)).expires_at for _n in range(5)]
    assert all(end > timezone.now() + timedelta(days=364, hours=23) for end in ends)
    assert prove(make_member(eligible=False)).expires_at < min(ends)


@pytest.mark.thorough
def test_a_steady_stream_keeps_the_full_life():
    """A new day comes with every day, and has room for its newcomers."""
    lives = []
    for day in range(30):
        with time_machine.travel(START + timedelta(days=day), tick=False):
            proofs = [prove(make_member(eligible=False)) for _n in range(8)]
            lives += [(proof.expires_at - proof.proved_at).days for proof in proofs]
    assert sum(lives[-80:]) / 80 > 340


# --- Reminders ---------------------------------------------------------------------------------------


def test_reminders_come_fourteen_three_and_no_days_before_the_end_once_each():
    with time_machine.travel(START, tick=False):
        member = make_member()
    end = member.eligible_until
    sent = {}
    for hours in range(-24 * 20, 24 * 20, 12):
        with time_machine.travel(end + timedelta(hours=hours), tick=False):
            before = len(subjects())
            send_reminders.call()
            remind_members()
            if new := subjects()[before:]:
                sent[hours] = new
    assert sent == {
        -14 * 24: ["membership.ending"],
        -3 * 24: ["membership.ending"],
        0: ["membership.ended"],
    }
    assert AuditEntry.objects.filter(action="eligibility.lapse", target=f"member:{member.pk}").count() == 1


def test_of_missed_reminders_only_the_latest_is_sent_and_none_after_the_grace():
    with time_machine.travel(START, tick=False):
        member = make_member()
    with time_machine.travel(member.eligible_until - timedelta(days=1), tick=False):
        assert remind_members() == 1
        assert remind_members() == 0
    with time_machine.travel(member.eligible_until + timedelta(days=15), tick=False):
        assert remind_members() == 0


@pytest.mark.django_db(transaction=True)
def test_however_many_look_at_once_each_mail_is_written_once():
    members = [make_member() for _n in range(60)]
    EligibilityProof.objects.update(expires_at=timezone.now() + timedelta(days=2))

    def look() -> int:
        try:
            return remind_members()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = [each.result() for each in [pool.submit(look) for _n in range(8)]]
    assert sum(counts) == len(members)
    assert sorted(Mail.objects.values_list("member_id", flat=True)) == [member.pk for member in members]


def test_no_reminder_for_an_older_proof_or_somebody_suspended():
    with time_machine.travel(START, tick=False):
        member = make_member()
        make_member(suspended_until=START + timedelta(days=1000))
    with time_machine.travel(START + timedelta(days=340), tick=False):
        prove(member)
    with time_machine.travel(START + timedelta(days=364), tick=False):
        assert remind_members() == 0


def test_the_mail_leads_to_a_page_where_a_code_prolongs_the_membership(client, newest_code):
    member = make_member(address="ada@gsa.gov")
    client.force_login(member)
    assert client.get("/accounts/status/").status_code == 302, "there is nothing to do yet"
    ten = timezone.now() + timedelta(days=10)
    member.proofs.update(expires_at=ten)
    remind_members()
    assert "/accounts/status/" in Mail.objects.latest("pk").text
    response = client.get("/accounts/status/")
    assert "Prove it now, and nothing is interrupted." in response.text
    client.post("/accounts/status/")
    assert client.get("/members/").status_code == 200, "meanwhile nothing is lost"
    client.post("/accounts/confirm-email/", {"code": newest_code("ada@gsa.gov")})
    member.refresh_from_db()
    assert member.eligible_until > ten + timedelta(days=100)


# --- The end -----------------------------------------------------------------------------------------


def test_after_the_end_nothing_but_one_mail_is_sent_and_all_is_back_after_a_code(
    client, run_jobs, newest_code
):
    lapsed, author = make_member("Ada Byrne", address="ada@gsa.gov"), make_member("Grace Hall")
    topic = make_topic(author=lapsed)
    client.force_login(author)
    end = lapsed.eligible_until - timedelta(days=30)
    lapsed.proofs.update(expires_at=end)
    with time_machine.travel(end + timedelta(hours=1), tick=False):
        client.force_login(author)
        client.post(f"/api/v1/topics/{topic.pk}/posts/", {"body": f"Hello @{lapsed.handle}."})
        run_jobs()
    with time_machine.travel(end + timedelta(hours=2), tick=False):
        remind_members()
        run_jobs()
    assert [mail.kind for mail in Mail.objects.filter(member_id=lapsed.pk, state="sent")] == [
        "membership.ended"
    ]
    with time_machine.travel(end + timedelta(hours=3), tick=False):
        client.force_login(lapsed)
        assert client.get("/forum/").url.startswith("/accounts/status/")
        assert client.get("/api/v1/me/").status_code == 403
        client.post("/accounts/status/")
        client.post("/accounts/confirm-email/", {"code": newest_code("ada@gsa.gov")})
        assert client.get("/forum/").status_code == 200
        assert client.get("/api/v1/me/").status_code == 200


# --- Bounces -----------------------------------------------------------------------------------------


def test_two_hard_bounces_in_a_week_ask_for_a_new_proof(client):
    member = make_member(address="ada@gsa.gov")
    assert note_hard_bounce(address="Ada@GSA.gov", message_id="<1@x>") is False
    assert note_hard_bounce(address="ada@gsa.gov", message_id="<1@x>") is False, "told twice, bounced once"
    assert note_hard_bounce(address="nobody@gsa.gov") is False
    member.refresh_from_db()
    assert member.is_member
    assert note_hard_bounce(address="ada@gsa.gov", message_id="<2@x>") is True
    member.refresh_from_db()
    assert not member.is_member
    entry = AuditEntry.objects.get(action="eligibility.bounce")
    assert entry.facts["before"] > timezone.now().isoformat()
    assert remind_members() == 1
    client.force_login(member)
    assert "Prove your address again" in client.get("/accounts/status/").text
    prove(member)
    assert note_hard_bounce(address="ada@gsa.gov") is False, "what came back before the proof does not count"


def test_two_bounces_more_than_a_week_apart_do_nothing():
    with time_machine.travel(START, tick=False):
        member = make_member()
    for days in (10, 18):
        with time_machine.travel(START + timedelta(days=days), tick=False):
            assert note_hard_bounce(address=member.email) is False


def test_mails_that_the_server_refused_for_good_are_bounces():
    member = make_member(address="ada@gsa.gov")
    for number, error in enumerate(["550, b'no such user'", "450, b'busy'", "551, b'not here'"]):
        Mail.objects.create(
            to=member.email,
            kind="notice",
            message_id=f"<{number}@x>",
            state="failed",
            error=f"SMTPRecipientsRefused: {{'ada@gsa.gov': ({error})}}",
        )
    assert note_refused_mails() == 1
    assert note_refused_mails() == 0
    assert HardBounce.objects.count() == 2


# --- Approval ----------------------------------------------------------------------------------------


@pytest.fixture
def by_approval():
    return DomainRule.objects.create(suffix="mit.edu", affiliation="university", admission="approval")


def waiting(address: str = "ada@mit.edu") -> tuple[Member, Admission]:
    member = make_member(eligible=False, address=address)
    assert prove(member) is None
    return member, Admission.objects.get(member=member, decided_at=None)


def test_a_proved_address_waits_for_the_staff(client, by_approval):
    admin = make_member(roles=("administrator",))
    member, admission = waiting()
    assert prove(member) is None, "another code changes nothing"
    assert Mail.objects.get(kind="membership.asked_in").to == admin.email
    client.force_login(member)
    assert "Your address is proved" in client.get("/accounts/status/").text
    assert client.get("/forum/").status_code == 302
    for actor in (member, make_member(), make_member(roles=("moderator",))):
        with pytest.raises(Refused):
            approve_admission(actor=actor, admission=admission)
    proof = approve_admission(actor=admin, admission=admission)
    assert (proof.method, proof.rule) == (CODE, "allow mit.edu")
    assert client.get("/forum/").status_code == 200
    assert subjects() == ["membership.asked_in", "membership.approved"]
    with pytest.raises(Refused, match="already"):
        approve_admission(actor=admin, admission=admission)


def test_staff_decide_in_the_administration(client, by_approval):
    admin = make_member(roles=("administrator",))
    (one, first), (two, second) = waiting(), waiting("grace@mit.edu")
    client.force_login(admin)
    page = "/admin/accounts/admission/"
    assert "ada@mit.edu" in client.get(page).text
    client.post(page, {"action": "approve", "_selected_action": [first.pk]})
    form = {"outcome": "declined", "reason": ""}
    assert "The member will read it." in client.post(f"{page}{second.pk}/change/", form).text
    client.post(f"{page}{second.pk}/change/", form | {"reason": "Students do not join."})
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.is_member, two.is_member) == (True, False)
    client.force_login(two)
    assert "Students do not join." in client.get("/accounts/status/").text
    assert subjects()[2:] == ["membership.approved", "membership.declined"]


def test_declining_needs_a_reason_and_is_for_others(by_approval):
    admin = make_member(roles=("administrator",))
    _member, admission = waiting()
    with pytest.raises(Refused):
        decline_admission(actor=make_member(), admission=admission, reason="No.")
    decline_admission(actor=admin, admission=admission, reason="No.")
    with pytest.raises(Refused):
        decline_admission(actor=admin, admission=admission, reason="No.")


@pytest.mark.parametrize(("days", "waits"), [(13, False), (15, True)])
def test_within_the_grace_a_code_is_enough_where_an_approval_was_given(by_approval, days, waits):
    with time_machine.travel(START, tick=False):
        admin = make_member(roles=("administrator",))
        member, admission = waiting()
        end = approve_admission(actor=admin, admission=admission).expires_at
    with time_machine.travel(end + timedelta(days=days), tick=False):
        assert (prove(member) is None) == waits


def test_another_address_takes_the_agency_along_and_what_waited_for_the_old_one_ends(by_approval):
    nasa = make_agency("National Aeronautics and Space Administration", "NASA")
    DomainRule.objects.create(suffix="nasa.gov", agency=nasa, affiliation="federal")
    group = make_group()
    member = make_member(address="ada@mit.edu")
    member.proofs.update(expires_at=timezone.now() - timedelta(days=100))
    group.memberships.create(member=member, status="active")
    assert prove(member) is None
    proof = prove(member, "ada@nasa.gov")
    member.refresh_from_db()
    assert (member.agency, member.affiliation, proof.rule) == (nasa, "federal", "allow nasa.gov")
    assert Admission.objects.get(member=member).outcome == "declined"
    assert group.memberships.filter(member=member, status="active").exists(), "no group asks for an agency"
    assert AuditEntry.objects.latest("pk").facts["left_agency"] is not None


# --- Never proved ------------------------------------------------------------------------------------


def test_accounts_nobody_proved_go_after_a_week(by_approval):
    with time_machine.travel(START, tick=False):
        unproved = make_member(eligible=False)
        kept = [make_member(), waiting()[0]]
    with time_machine.travel(START + timedelta(days=6, hours=23), tick=False):
        assert remove_unproved() == 0
    with time_machine.travel(START + timedelta(days=7, hours=1), tick=False):
        kept.append(make_member(eligible=False))
        assert remove_unproved() == 1
        assert remove_unproved() == 0
    assert set(Member.objects.all()) == set(kept)
    assert AuditEntry.objects.get(action="member.remove").target == f"member:{unproved.pk}"


def test_a_lapsed_member_is_never_removed():
    with time_machine.travel(START, tick=False):
        member = make_member()
    with time_machine.travel(START + timedelta(days=4000), tick=False):
        assert remove_unproved() == 0
    assert Member.objects.filter(pk=member.pk).exists()
