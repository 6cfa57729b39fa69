"""The deeds of this app, by noun. Import them from here."""

from accounts.actions.access import ask_for_proof, end_sessions, export_members
from accounts.actions.activity import attend_to_inactive, note_activity
from accounts.actions.admissions import approve_admission, decline_admission
from accounts.actions.agencies import AgencyImport, import_agencies
from accounts.actions.closing import close_account, obstacles_to_closing
from accounts.actions.data import note_download, request_export
from accounts.actions.gate import check_address, who_may_join
from accounts.actions.members import register_member
from accounts.actions.newcomers import Newcomer, NothingImported, import_members
from accounts.actions.profiles import (
    change_avatar,
    mute_member,
    remove_avatar,
    unmute_member,
    update_profile,
)
from accounts.actions.proofs import note_hard_bounce, note_refused_mails, prove_eligibility
from accounts.actions.reminders import remind_members, remove_unproved
from accounts.actions.roles import grant_role, revoke_role
from accounts.actions.rules import Plan, delete_rule, end_rule, plan_rule, save_rule
from accounts.actions.standing import decide_appeal, make_appeal, restore_member, suspend_member
from accounts.actions.terms import accept_terms

__all__ = [
    "AgencyImport",
    "Newcomer",
    "NothingImported",
    "Plan",
    "accept_terms",
    "approve_admission",
    "ask_for_proof",
    "attend_to_inactive",
    "change_avatar",
    "check_address",
    "close_account",
    "decide_appeal",
    "decline_admission",
    "delete_rule",
    "end_rule",
    "end_sessions",
    "export_members",
    "grant_role",
    "import_agencies",
    "import_members",
    "make_appeal",
    "mute_member",
    "note_activity",
    "note_download",
    "note_hard_bounce",
    "note_refused_mails",
    "obstacles_to_closing",
    "plan_rule",
    "prove_eligibility",
    "register_member",
    "remind_members",
    "remove_avatar",
    "remove_unproved",
    "request_export",
    "restore_member",
    "revoke_role",
    "save_rule",
    "suspend_member",
    "unmute_member",
    "update_profile",
    "who_may_join",
]
