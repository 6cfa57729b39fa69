import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEntry
from notifications.models import Notice, NoticeEvent
from notifications.registry import kind_of
from outbox.models import Job
from tests.factories import join, make_member, make_topic
from workinggroups.models import Membership, MembershipEvent
from workinggroups.permissions import standing
from workinggroups.tasks import take_back_notices

pytestmark = pytest.mark.django_db
Status = Membership.Status


def membership(group, member) -> Membership:
    return Membership.objects.get(group=group, member=member)


def counted(group) -> int:
    """What the group says, when it is right."""
    group.refresh_from_db()
    assert group.member_count == group.memberships.active().count()
    return group.member_count


def told(kind: str) -> list[int]:
    """Who is told of the newest event of this kind."""
    event = NoticeEvent.objects.filter(kind=kind).latest("pk")
    ids = [member_id for member_id, _reason in kind_of(kind).audience(event, 0, 100)]
    return sorted(kind_of(kind).may_see(event, ids))


# --- Coming in --------------------------------------------------------------------------------------
def test_joining_an_open_group_makes_a_member_with_history_and_audit(sign_in, outsider, group):
    response = sign_in(outsider).post("/groups/responsible-ai/join/", follow=True)
    assert "Welcome to “Responsible AI”." in response.text
    assert membership(group, outsider).role == "member"
    event = MembershipEvent.objects.get(membership__member=outsider)
    assert (event.actor, event.role, event.status) == (outsider, "member", "active")
    assert AuditEntry.objects.filter(
        action="group.join", actor_id=outsider.pk, target=f"group:{group.pk}"
    ).exists()
    assert counted(group) == 3


def test_joining_twice_is_refused_and_counts_once(sign_in, outsider, group):
    client = sign_in(outsider)
    client.post("/groups/responsible-ai/join/")
    assert client.post("/groups/responsible-ai/join/").status_code == 403
    assert counted(group) == 3


def test_a_request_tells_the_leads_who_approve(sign_in, outsider, lead, closed):
    client = sign_in(outsider)
    assert "Ask to join Procurement" in client.get("/groups/procurement/join/").text
    client.post("/groups/procurement/join/", {"note": "I buy  models."})
    asked = membership(closed, outsider)
    assert (asked.status, asked.note) == ("requested", "I buy models.")
    assert counted(closed) == 2
    assert told("group.requested") == [lead.pk]
    assert client.get("/groups/procurement/members/").status_code == 404

    page = sign_in(lead).get("/groups/procurement/members/").text
    assert "Waiting for your decision" in page
    assert "I buy models." in page
    sign_in(lead).post(f"/groups/procurement/members/requests/{asked.pk}/", {"decision": "approve"})
    assert membership(closed, outsider).is_active
    assert counted(closed) == 3
    assert told("group.admitted") == [outsider.pk]
    assert client.get("/groups/procurement/members/").status_code == 200


def test_a_declined_request_says_why_and_leaves_no_access(sign_in, outsider, lead, closed):
    asked = join(closed, outsider, status="requested")
    asked.requested_at = timezone.now()
    asked.save()
    typed = {"decision": "decline", "reason": "We are full."}
    sign_in(lead).post(f"/groups/procurement/members/requests/{asked.pk}/", typed)
    assert membership(closed, outsider).status == "declined"
    assert MembershipEvent.objects.get(membership=asked).reason == "We are full."
    assert NoticeEvent.objects.get(kind="group.declined").data["reason"] == "We are full."
    second = sign_in(lead).post(f"/groups/procurement/members/requests/{asked.pk}/", {"decision": "approve"})
    assert second.status_code == 403
    assert "decided or withdrawn meanwhile" in second.text


def test_a_request_may_be_withdrawn_once(sign_in, outsider, closed):
    client = sign_in(outsider)
    client.post("/groups/procurement/join/")
    assert client.post("/groups/procurement/withdraw/").status_code == 302
    assert membership(closed, outsider).status == "left"
    assert client.post("/groups/procurement/withdraw/").status_code == 403


def test_an_observer_asks_to_be_a_member_and_reads_on_meanwhile(sign_in, outsider, lead, closed):
    join(closed, outsider, "observer")
    client = sign_in(outsider)
    client.post("/groups/procurement/join/", {"note": "I have time now."})
    asked = membership(closed, outsider)
    assert (asked.status, asked.role) == ("active", "observer")
    assert client.get("/groups/procurement/resources/").status_code == 200
    sign_in(lead).post(f"/groups/procurement/members/requests/{asked.pk}/", {"decision": "approve"})
    assert membership(closed, outsider).role == "member"
    assert counted(closed) == 3


# --- Invitations ------------------------------------------------------------------------------------
def test_an_invitation_lets_the_invited_find_a_hidden_group_but_not_read_it(sign_in, outsider, lead, hidden):
    client = sign_in(outsider)
    assert client.get("/groups/red-team/").status_code == 404
    sign_in(lead).post("/groups/red-team/members/invite/", {"handle": "@Katherine.Jones", "role": "observer"})
    assert told("group.invited") == [outsider.pk]
    assert "Accept invitation" in client.get("/groups/red-team/").text
    assert "You are invited" in client.get("/groups/").text
    assert client.get("/groups/red-team/members/").status_code == 404
    assert client.get("/groups/red-team/join/").status_code == 200
    assert membership(hidden, outsider).status == "invited", "GET changes nothing"
    client.post("/groups/red-team/join/")
    assert membership(hidden, outsider).role == "observer"
    assert counted(hidden) == 3


def test_a_declined_invitation_closes_the_door_again(sign_in, outsider, hidden):
    join(hidden, outsider, status="invited")
    client = sign_in(outsider)
    assert client.post("/groups/red-team/decline-invitation/").status_code == 302
    assert client.get("/groups/red-team/").status_code == 404


def test_an_invitation_lapses_after_a_fortnight(sign_in, outsider, hidden):
    invited = join(hidden, outsider, status="invited")
    Membership.objects.filter(pk=invited.pk).update(since=timezone.now() - timedelta(days=14, seconds=1))
    assert sign_in(outsider).post("/groups/red-team/join/").status_code == 404


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"handle": "nobody.here"}, "There is no member with the handle “nobody.here”."),
        ({"handle": "tomas.marsh"}, "They are in this group already."),
        ({"handle": ""}, "Enter the handle of a member, or an address."),
        ({"handle": "katherine.jones", "role": "lead"}, "Select a valid choice"),
    ],
)
def test_a_bad_invitation_names_the_field(sign_in, lead, outsider, closed, typed, said):
    response = sign_in(lead).post("/groups/procurement/members/invite/", {"role": "member", **typed})
    assert response.status_code == 422
    assert said in response.text


def test_an_administrator_invites_without_seeing_the_roster(sign_in, outsider, hidden):
    client = sign_in(make_member(roles=("administrator",)))
    assert client.get("/groups/red-team/members/").status_code == 404
    response = client.post(
        "/groups/red-team/members/invite/", {"handle": "katherine.jones", "role": "member"}
    )
    assert response.status_code == 302
    assert membership(hidden, outsider).status == "invited"
    again = client.post("/groups/red-team/members/invite/", {"handle": "nobody", "role": "member"})
    assert again.status_code == 422
    assert "Tomas Marsh" not in again.text


def test_members_invite_where_the_group_lets_them(sign_in, member, outsider, closed):
    path, typed = "/groups/procurement/members/invite/", {"handle": "katherine.jones", "role": "member"}
    assert sign_in(member).post(path, typed).status_code == 403
    closed.members_invite = True
    closed.save(update_fields=["members_invite"])
    assert sign_in(member).post(path, typed).status_code == 302


# --- Going ------------------------------------------------------------------------------------------
def test_leaving_asks_once_and_keeps_the_history(sign_in, member, closed):
    client = sign_in(member)
    assert "Leave Procurement?" in client.get("/groups/procurement/leave/").text
    assert membership(closed, member).is_active
    client.post("/groups/procurement/leave/")
    assert membership(closed, member).status == "left"
    assert client.get("/groups/procurement/resources/").status_code == 404
    assert counted(closed) == 1


def test_the_last_lead_cannot_leave_or_step_down(sign_in, lead, member, closed):
    client = sign_in(lead)
    response = client.post("/groups/procurement/leave/")
    assert response.status_code == 403
    assert "keeps at least one lead" in response.text
    assert (
        client.post(f"/groups/procurement/members/{lead.handle}/role/", {"role": "member"}).status_code == 403
    )
    Membership.objects.filter(group=closed, member=member).update(role="lead")
    assert client.post("/groups/procurement/leave/").status_code == 302


def test_a_lead_whose_membership_lapsed_does_not_count_as_the_other_lead(sign_in, lead, member, closed):
    Membership.objects.filter(group=closed, member=member).update(role="lead")
    member.eligible_until = timezone.now()
    member.save()
    assert sign_in(lead).post("/groups/procurement/leave/").status_code == 403


def test_removal_takes_access_tells_the_person_and_rechecks_their_sockets(
    sign_in, lead, member, hidden, monkeypatch, django_capture_on_commit_callbacks
):
    rechecked = []
    monkeypatch.setattr("core.live.recheck", rechecked.append)
    client = sign_in(lead)
    assert (
        "Remove Tomas Marsh from Red team?" in client.get("/groups/red-team/members/tomas.marsh/remove/").text
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/groups/red-team/members/tomas.marsh/remove/", {"reason": "The work is done."})
    assert rechecked == [member.pk]
    assert membership(hidden, member).status == "removed"
    assert sign_in(member).get("/groups/red-team/").status_code == 404
    assert told("group.removed") == [member.pk]
    assert counted(hidden) == 1


def test_a_ban_closes_an_open_group_until_it_is_lifted(sign_in, lead, member, group):
    client = sign_in(lead)
    client.post("/groups/responsible-ai/members/tomas.marsh/remove/", {"ban": "on"})
    banned = sign_in(member)
    for path in ("", "resources/", "members/", "join/"):
        assert banned.get(f"/groups/responsible-ai/{path}").status_code == 404
    assert "Responsible AI" not in banned.get("/groups/").text
    assert "Lift the ban" in client.get("/groups/responsible-ai/members/").text
    client.post("/groups/responsible-ai/members/tomas.marsh/lift-ban/")
    assert banned.post("/groups/responsible-ai/join/").status_code == 302
    assert counted(group) == 2


def test_a_lead_cannot_be_removed_and_a_banned_person_not_invited(sign_in, lead, member, outsider, closed):
    join(closed, outsider, "co_lead")
    co_lead = sign_in(outsider)
    assert co_lead.get(f"/groups/procurement/members/{lead.handle}/remove/").status_code == 403
    co_lead.post("/groups/procurement/members/tomas.marsh/remove/", {"ban": "on"})
    response = co_lead.post(
        "/groups/procurement/members/invite/", {"handle": "tomas.marsh", "role": "member"}
    )
    assert "They are banned" in response.text


def test_who_loses_access_is_not_told_of_the_groups_topics_any_more(sign_in, lead, member, closed, group):
    there, elsewhere = (make_topic(category=g.categories.get(), author=lead) for g in (closed, group))
    for topic in (there, elsewhere):
        event = NoticeEvent.objects.create(kind="post", source=f"topic:{topic.pk}", url="/", data={})
        for who in (lead, member):
            Notice.objects.create(
                member=who, kind="post", reason="mention", source=event.source, event=event, bucket="b"
            )
    sign_in(lead).post("/groups/procurement/members/tomas.marsh/remove/")
    [job] = Job.objects.filter(task="workinggroups.tasks.take_back_notices")
    take_back_notices.call(*job.args)
    left = set(Notice.objects.values_list("member", "source"))
    assert left == {
        (lead.pk, f"topic:{there.pk}"),
        (lead.pk, f"topic:{elsewhere.pk}"),
        (member.pk, f"topic:{elsewhere.pk}"),
    }


def test_a_look_at_the_group_reads_what_was_told_of_it(sign_in, lead, group):
    event = NoticeEvent.objects.create(kind="group.requested", source=f"group:{group.pk}", url="/", data={})
    Notice.objects.create(
        member=lead, kind=event.kind, reason="lead", source=event.source, event=event, bucket="b"
    )
    sign_in(lead).get("/groups/responsible-ai/members/")
    assert not Notice.objects.unread().exists()


# --- Roles ------------------------------------------------------------------------------------------
def test_roles_change_with_a_notice_and_a_row_of_history(sign_in, lead, member, group):
    client, path = sign_in(lead), "/groups/responsible-ai/members/tomas.marsh/role/"
    for role in ("co_lead", "observer", "member"):
        assert client.post(path, {"role": role}).status_code == 302
        assert membership(group, member).role == role
        assert told("group.role") == [member.pk]
    assert list(MembershipEvent.objects.order_by("pk").values_list("role", flat=True)) == [
        "co_lead",
        "observer",
        "member",
    ]
    assert client.post(path, {"role": "emperor"}).status_code == 404


def test_a_hand_over_takes_place_when_the_successor_accepts(sign_in, lead, member, group):
    client, successor = sign_in(lead), sign_in(member)
    client.post("/groups/responsible-ai/members/tomas.marsh/offer/")
    assert told("group.offered") == [member.pk]
    assert membership(group, member).role == "member"
    assert "You are asked to lead this group" in successor.get("/groups/responsible-ai/").text
    successor.post("/groups/responsible-ai/lead/", {"answer": "accept"})
    assert (membership(group, member).role, membership(group, lead).role) == ("lead", "co_lead")


def test_a_declined_hand_over_changes_nothing(sign_in, lead, member, group):
    sign_in(lead).post("/groups/responsible-ai/members/tomas.marsh/offer/")
    sign_in(member).post("/groups/responsible-ai/lead/", {"answer": "decline"})
    assert (membership(group, member).role, membership(group, lead).role) == ("member", "lead")
    assert sign_in(member).post("/groups/responsible-ai/lead/", {"answer": "accept"}).status_code == 403


def test_a_hand_over_by_somebody_who_leads_no_more_is_void(sign_in, lead, member, group):
    sign_in(lead).post("/groups/responsible-ai/members/tomas.marsh/offer/")
    Membership.objects.filter(group=group, member=lead).update(role="member")
    assert sign_in(member).post("/groups/responsible-ai/lead/", {"answer": "accept"}).status_code == 403


def test_the_committee_appoints_a_lead_it_cannot_see(sign_in, member, closed):
    client = sign_in(make_member(roles=("steering",)))
    assert client.get("/groups/procurement/members/").status_code == 404
    assert "Appoint a lead" in client.get("/groups/procurement/settings/").text
    assert client.post("/groups/procurement/settings/lead/", {"handle": "nobody"}).status_code == 422
    assert client.post("/groups/procurement/settings/lead/", {"handle": "tomas.marsh"}).status_code == 302
    assert membership(closed, member).role == "lead"


def test_observers_reply_where_the_group_lets_them_but_start_no_topic(sign_in, outsider, group):
    join(group, outsider, "observer")
    topic = make_topic(category=group.categories.get())
    client, reply = sign_in(outsider), f"/forum/t/{topic.pk}/reply/"
    typed = {"category": group.categories.get().slug, "title": "A topic of mine", "body": "Words."}
    assert client.post(reply, {"body": "Words.", "token": "1"}).status_code == 422
    group.observers_post = True
    group.save(update_fields=["observers_post"])
    assert client.post(reply, {"body": "Words.", "token": "2"}).status_code == 302
    assert client.post("/forum/new/", typed).status_code == 422
    assert not standing(outsider, group).can_post
    assert standing(outsider, group).can_reply


def test_a_banned_member_loses_the_topics_of_an_open_group_too(sign_in, lead, member, group):
    topic = make_topic(category=group.categories.get())
    client = sign_in(member)
    assert client.get(topic.get_absolute_url()).status_code == 200
    sign_in(lead).post("/groups/responsible-ai/members/tomas.marsh/remove/", {"ban": "on"})
    assert client.get(topic.get_absolute_url()).status_code == 404
    assert client.get("/groups/responsible-ai/discussions/").status_code == 404


def test_nobody_raises_their_own_role(sign_in, closed):
    committee = make_member(roles=("administrator",))
    join(closed, committee)
    path = f"/groups/procurement/members/{committee.handle}/role/"
    assert sign_in(committee).post(path, {"role": "lead"}).status_code == 403


# --- The roster -------------------------------------------------------------------------------------
def test_the_roster_is_searched_and_filtered(sign_in, lead, member, group):
    client = sign_in(member)
    assert "rosa.ortiz@gsa.gov" not in client.get("/groups/responsible-ai/members/").text
    assert "rosa.ortiz@gsa.gov" in sign_in(lead).get("/groups/responsible-ai/members/").text
    text = client.get("/groups/responsible-ai/members/?q=nasa").text
    assert "/members/tomas.marsh/" in text.rpartition('role="search"')[2].partition("</main>")[0]
    assert "/members/rosa.ortiz/" not in text.rpartition('role="search"')[2]
    text = client.get("/groups/responsible-ai/members/?role=lead").text
    assert "/members/tomas.marsh/" not in text.rpartition('role="search"')[2].partition("</main>")[0]
    assert client.get("/groups/responsible-ai/members/?role=king").status_code == 404


def test_a_long_roster_is_paged_by_name(sign_in, member, group):
    for number in range(60):
        join(group, make_member(f"Person {number:02}"))
    client, path = sign_in(member), "/groups/responsible-ai/members/"
    first = client.get(path)
    assert "Person 00" in first.text
    assert "Person 59" not in first.text
    second = client.get(path, {"cursor": first.context["page"].next})
    assert "Person 59" in second.text
    assert "Person 00" not in second.text


def test_leads_export_the_roster_audited_and_without_formulas(sign_in, lead, member, group):
    member.title = "=HYPERLINK(1)"
    member.save()
    response = sign_in(lead).get("/groups/responsible-ai/members/export/")
    assert response["Content-Disposition"].startswith('attachment; filename="responsible-ai-')
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert [row["handle"] for row in rows] == ["rosa.ortiz", "tomas.marsh"]
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert AuditEntry.objects.get(action="group.export_roster").actor_id == lead.pk
    assert sign_in(member).get("/groups/responsible-ai/members/export/").status_code == 403
