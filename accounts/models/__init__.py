from accounts.models.agencies import Agency, AgencyQuerySet
from accounts.models.members import Affiliation, Member, MemberManager, MemberQuerySet
from accounts.models.profiles import DataExport, HandleHistory, Interest, Mute
from accounts.models.proofs import Admission, EligibilityProof, HardBounce
from accounts.models.roles import RoleGrant, SiteRole
from accounts.models.rules import DomainRule, DomainRuleQuerySet
from accounts.models.standing import Appeal, InactivityWarning, Standing, Suspension
from accounts.models.tokens import PersonalToken

__all__ = [
    "Admission",
    "Affiliation",
    "Agency",
    "AgencyQuerySet",
    "Appeal",
    "DataExport",
    "DomainRule",
    "DomainRuleQuerySet",
    "EligibilityProof",
    "HandleHistory",
    "HardBounce",
    "InactivityWarning",
    "Interest",
    "Member",
    "MemberManager",
    "MemberQuerySet",
    "Mute",
    "PersonalToken",
    "RoleGrant",
    "SiteRole",
    "Standing",
    "Suspension",
]
