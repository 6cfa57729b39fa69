"""Every deed the log knows by name, with its label and how long its rows are kept. `record` refuses any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Retention(Enum):
    """How long a row is kept, fixed when it is written. Changing a time changes nothing about older rows."""

    ACCESS = timedelta(days=913)  # 30 months, as OMB M-21-31 asks of logs: 12 at hand and 18 in storage
    DEEDS = timedelta(days=7 * 365)
    PERMANENT = None


@dataclass(frozen=True)
class Action:
    name: str
    label: Any
    retention: Retention


_actions: dict[str, Action] = {}


def register(name: str, label: Any, retention: Retention = Retention.DEEDS) -> None:
    _actions[name] = Action(name, label, retention)


def action(name: str) -> Action:
    """LookupError for a name that nobody registered."""
    try:
        return _actions[name]
    except KeyError:
        raise LookupError(
            f"audit/registry.py has no action {name!r}: give it a label and a retention."
        ) from None


def actions() -> list[Action]:
    """By name, and so by what they are about."""
    return sorted(_actions.values(), key=lambda each: each.name)


def label_of(name: str) -> Any:
    """Also of a name that an earlier release knew."""
    return _actions[name].label if name in _actions else name


for _name, _label in {
    "member.sign_in": _("Sign-in"),
    "signin.refused": _("Sign-in refused"),
    "member.sign_out": _("Sign-out"),
    "member.check_code": _("Code by mail"),
    "factor.check": _("Second factor"),
    "data.download": _("Download of one’s own data"),
    "data.export": _("Download of one’s own data asked for"),
    "profile.avatar": _("Picture changed"),
    "profile.update": _("Profile changed"),
    "attachment.download": _("Restricted file of a post downloaded"),
    "attachment.scan": _("File of a post scanned"),
    "resource.download": _("Restricted file downloaded"),
    "resource.scan": _("File scanned"),
    "post.restore": _("Post brought back"),
    "post.remove": _("Post removed"),
}.items():
    register(_name, _label, Retention.ACCESS)

for _name, _label in {
    "agency.import": _("Agencies imported"),
    "category.template": _("Template of new topics changed"),
    "factor.add": _("Second factor added"),
    "factor.remove": _("Second factor removed"),
    "admin.add": _("Made in the administration"),
    "admin.change": _("Changed in the administration"),
    "admin.delete": _("Deleted in the administration"),
    "demo.seed": _("Demo community made"),
    "announcement.again": _("Acknowledgement asked for again"),
    "announcement.end": _("Acknowledgement asked for no more"),
    "announcement.export": _("Who has read an announcement exported"),
    "announcement.make": _("Acknowledgement asked for"),
    "announcement.remind": _("Reminded of an announcement"),
    "appeal.decide": _("Appeal decided"),
    "appeal.make": _("Appeal made"),
    "eligibility.ask": _("New proof asked for"),
    "eligibility.bounce": _("Mail came back for good"),
    "eligibility.decline": _("Admission declined"),
    "eligibility.lapse": _("Eligibility ended"),
    "eligibility.prove": _("Eligibility proved"),
    "feed.make": _("Key of one’s feeds made"),
    "feed.revoke": _("Key of one’s feeds revoked"),
    "group.approve": _("Group approved"),
    "group.lift_ban": _("Ban from a group lifted"),
    "group.propose": _("Group proposed again"),
    "group.reopen": _("Group reopened"),
    "group.admit": _("Request to join approved"),
    "group.ban": _("Banned from a group"),
    "group.conclude": _("Group concluded"),
    "group.create": _("Group made or proposed"),
    "group.decline": _("Request to join declined"),
    "group.decline_invitation": _("Invitation declined"),
    "group.decline_lead": _("Lead declined"),
    "group.edit": _("Group’s profile changed"),
    "group.export_roster": _("Roster exported"),
    "group.invite": _("Invited to a group"),
    "group.invite_address": _("Invited to a group by mail"),
    "group.call_back": _("Invitation by mail called back"),
    "group.join": _("Joined a group"),
    "group.leave": _("Left a group"),
    "group.offer_lead": _("Lead offered"),
    "group.remove": _("Removed from a group"),
    "group.request": _("Asked to join a group"),
    "group.role": _("Role in a group changed"),
    "group.settings": _("Group’s settings changed"),
    "group.visibility": _("Group’s visibility changed"),
    "group.withdraw": _("Request to join withdrawn"),
    "member.address": _("Address changed"),
    "member.close": _("Account closed"),
    "member.handle": _("Handle changed"),
    "member.password": _("Password changed"),
    "identity.link": _("Identity provider linked"),
    "identity.unlink": _("Identity provider unlinked"),
    "member.register": _("Account made"),
    "member.remove": _("Unproved account removed"),
    "member.disable": _("Account disabled after long inactivity"),
    "member.restore": _("Suspension lifted"),
    "member.suspend": _("Member suspended"),
    "session.end": _("Sessions ended by staff"),
    "resource.edit": _("File or link changed"),
    "resource.link": _("Link added"),
    "resource.purge": _("File or link deleted for good"),
    "resource.restore": _("File or link restored"),
    "resource.trash": _("File or link put in the trash"),
    "category.add": _("Category made"),
    "category.edit": _("Category changed"),
    "category.move": _("Category moved among its neighbors"),
    "tag.add": _("Tag made"),
    "tag.edit": _("Tag renamed or opened to all categories"),
    "tag.merge": _("Tag merged into another"),
    "poll.add": _("Poll added to a topic of another"),
    "poll.edit": _("Question or options of a poll changed before anybody voted"),
    "poll.close": _("Poll of another closed"),
    "poll.remove": _("Poll removed with its votes"),
    "post.redact": _("Earlier text of a post taken out"),
    "resource.version": _("File uploaded"),
    "scale.seed": _("Synthetic community made"),
    "terms.accept": _("Notice or guidelines accepted"),
    "token.create": _("Access token made"),
    "token.revoke": _("Access token revoked"),
    "topic.answer": _("Answer chosen for the author"),
    "topic.lock": _("Topic locked"),
    "topic.merge": _("Topic merged into another"),
    "topic.move": _("Topic moved to another category"),
    "topic.pin": _("Topic pinned"),
    "topic.retitle": _("Topic renamed"),
    "topic.slow": _("Slow mode of a topic set"),
    "topic.split": _("Posts split off"),
    "topic.tag": _("Topic’s tags changed for the author"),
    "topic.undo_move": _("Move, split or merge undone"),
    "topic.unlock": _("Topic unlocked"),
    "topic.unpin": _("Topic unpinned"),
}.items():
    register(_name, _label, Retention.DEEDS)

for _name, _label in {
    "member.export": _("Members exported"),
    "audit.export": _("Audit log exported"),
    "audit.prune": _("Audit rows removed after their time"),
    "role.grant": _("Community role granted"),
    "role.revoke": _("Community role revoked"),
    "rule.delete": _("Domain rule deleted"),
    "rule.end": _("Domain rule ended with notice"),
    "rule.save": _("Domain rule made or changed"),
}.items():
    register(_name, _label, Retention.PERMANENT)
