"""The gate: what an address may look like, and whom the rules admit."""

from dataclasses import dataclass
from typing import Any

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.eligibility import decide
from tests.texts import CHARACTERS, texts


@dataclass
class Rule:
    suffix: str
    effect: str = "allow"
    agency: Any = None
    affiliation: str = ""
    admission: str = "automatic"

    def __str__(self) -> str:
        return f"{self.effect} {self.suffix}"


DEFAULT = [Rule("gov"), Rule("mil", affiliation="military"), Rule("edu", affiliation="university")]

LONGEST = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.cc.gov"  # 254 characters

ACCEPTED = [
    ("ada@gsa.gov", "ada@gsa.gov"),
    ("Ada.Lovelace@GSA.GOV", "ada.lovelace@gsa.gov"),
    ("  ada@gsa.gov ", "ada@gsa.gov"),
    ("ada@gsa.gov.", "ada@gsa.gov"),
    ("o'brien@mail.nih.gov", "o'brien@mail.nih.gov"),
    ("first.last+forum@dhs.gov", "first.last+forum@dhs.gov"),
    ("a@b.gov", "a@b.gov"),
    ("x-1_2@us.navy.mil", "x-1_2@us.navy.mil"),
    ("alan@navy.mil", "alan@navy.mil"),
    ("katherine@mit.edu", "katherine@mit.edu"),
    ("katherine@alum.csail.mit.edu", "katherine@alum.csail.mit.edu"),
    ("mayor@ci.springfield.il.gov", "mayor@ci.springfield.il.gov"),
    ("clerk@navajo-nsn.gov", "clerk@navajo-nsn.gov"),
    ("7@4h.gov", "7@4h.gov"),
    ("ada@gov.gov", "ada@gov.gov"),
    (f"{'a' * 64}@gsa.gov", f"{'a' * 64}@gsa.gov"),
    (f"ada@{'b' * 63}.gov", f"ada@{'b' * 63}.gov"),
    (LONGEST, LONGEST),
    # Every character that a local part may have without quotes
    ("sys@jpl.nasa.gov", "sys@jpl.nasa.gov"),
    ("a.b.c.d@va.gov", "a.b.c.d@va.gov"),
    ("x+y+z@epa.gov", "x+y+z@epa.gov"),
    ("n@spaceforce.mil", "n@spaceforce.mil"),
    ("dean@uchicago.edu", "dean@uchicago.edu"),
    ("x=y@state.gov", "x=y@state.gov"),
    ("a/b@doe.gov", "a/b@doe.gov"),
    ("{x}@nsf.gov", "{x}@nsf.gov"),
    ("a|b@fda.gov", "a|b@fda.gov"),
    ("til~de@cdc.gov", "til~de@cdc.gov"),
    ("ca^ret@ssa.gov", "ca^ret@ssa.gov"),
    ("back`tick@hud.gov", "back`tick@hud.gov"),
    ("st*ar@irs.gov", "st*ar@irs.gov"),
    ("dol$lar@dot.gov", "dol$lar@dot.gov"),
    ("am&p@usda.gov", "am&p@usda.gov"),
    ("ha#sh@opm.gov", "ha#sh@opm.gov"),
    ("-lead@gsa.gov", "-lead@gsa.gov"),
    ("_x@gsa.gov", "_x@gsa.gov"),
    ("1@1.gov", "1@1.gov"),
    ("a@a-b-c.gov", "a@a-b-c.gov"),
]

REJECTED = [
    # Not an eligible domain, however much it looks like one
    "ada@gmail.com",
    "ada@gov",
    "ada@mil",
    "ada@edu",
    "ada@gov.",
    "ada@.gov",
    "ada@dept.gov.uk",
    "ada@gsa.gov.co",
    "ada@gsa.gov.evil.com",
    "ada@gsagov",
    "ada@gsa-gov.com",
    "ada@evilgov",
    "ada@notgov.org",
    "ada@gsa.gov.br",
    "ada@mit.edu.au",
    "ada@army.mil.ru",
    "ada@xgov",
    "ada@gsa.govx",
    "ada@gsa.ggov",
    "ada@gsa.com/.gov",
    "ada@gsa.com?.gov",
    "ada@gsa.com#.gov",
    "ada@gsa.com\\.gov",
    "ada@gsa.com:25.gov",
    # More than one address, or none
    "",
    "@",
    "ada",
    "gsa.gov",
    "@gsa.gov",
    "ada@",
    "ada@evil.com@gsa.gov",
    "ada@gsa.gov@evil.com",
    "ada@gsa.gov,eve@evil.com",
    "ada@gsa.gov;eve@evil.com",
    "Ada <ada@gsa.gov>",
    "mailto:ada@gsa.gov",
    # Quotes, comments, routes
    '"ada"@gsa.gov',
    '"ada lovelace"@gsa.gov',
    '"eve@evil.com "@gsa.gov',
    "ada(comment)@gsa.gov",
    "ada@(evil.com)gsa.gov",
    "ada@gsa.gov(evil.com)",
    "eve%evil.com@gsa.gov",
    "evil.com!eve@gsa.gov",
    # White space and control characters
    "ada @gsa.gov",
    "ada@ gsa.gov",
    "ada@gsa .gov",
    "ada\t@gsa.gov",
    "ada@gsa.gov\n",
    "ada@gsa.gov\r\nBcc: eve@evil.com",
    "ada@gsa.gov\0.evil.com",
    "ada\u00a0@gsa.gov",
    "ada@gsa\u200b.gov",
    "ada\u202evog.asg@gsa.gov",
    "\ufeffada@gsa.gov",
    # Dots and hyphens
    "ada@gsa..gov",
    "ada@gsa.gov..",
    ".ada@gsa.gov",
    "ada.@gsa.gov",
    "a..da@gsa.gov",
    "ada@-gsa.gov",
    "ada@gsa-.gov",
    "ada@g_sa.gov",
    "ada@[192.0.2.1]",
    "ada@192.0.2.1",
    # Too long
    f"{'a' * 65}@gsa.gov",
    f"ada@{'b' * 64}.gov",
    f"ada@{'.'.join(['b' * 60] * 5)}.gov",
    f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.ccc.gov",  # 255
    "a" * 100_000 + "@gsa.gov",
    # Letters that only look right
    "ada@gsa.gоv",  # Cyrillic o
    "ada@gsa.ɡov",  # script g
    "ada@gsa.ｇｏｖ",  # full width
    "ada@ｇsa.gov",
    "ada@gsa。gov",  # ideographic full stop
    "ada＠gsa.gov",
    "ada@gsа.gov",  # Cyrillic a
    "ada@bücher.gov",
    "ada@xn--bcher-kva.gov",
    "ada@xn--.gov",
    "ada@\u212aansas.gov",  # Kelvin sign
    "ada@gsa.gov\u0301",
    "аda@gsa.gov",  # Cyrillic a in the local part
    "ada@ſsa.gov",
    "\ud800@gsa.gov",
    # And more of each
    "ada@gov.org",
    "ada@mil.gov.com",
    "ada@edu.com",
    "ada@state.tx.us",
    "ada@k12.ca.us",
    "ada@gsa.gouv",
    "ada@gc.ca",
    "ada@ox.ac.uk",
    "ada@nato.int",
    "ada@localhost",
    "ada@gsa",
    "ada@@gsa.gov",
    "ada@gsa.gov ada@evil.com",
    "<ada@gsa.gov>",
    "ada\\@gsa.gov",
    "ada,eve@gsa.gov",
    "ada:@gsa.gov",
    "ada[1]@gsa.gov",
    "ada@gsa,gov",
    "ada@gsa.gov/..",
    "ada@gsa.gov:25",
    "ada@gsa.gov?subject=x",
    "ada@gsa.%67ov",
    "ada@0x7f.0.0.1",
    "ada@gsa\x7f.gov",
    "ada\u2028@gsa.gov",
    "ada@gsa\u00ad.gov",
    "ada@gsa.gov\u200d",
    "ada@\0gsa.gov",
    "ada@gsa.mil.evil",
]


def test_the_table_is_long_enough():
    assert len(ACCEPTED) + len(REJECTED) >= 150
    assert len(set(REJECTED)) == len(REJECTED)


@pytest.mark.parametrize("address, normalised", ACCEPTED)
def test_accepted(address, normalised):
    decision = decide(address, DEFAULT)
    assert decision, decision.reason
    assert decision.address == normalised
    assert decision.reason == ""


@pytest.mark.parametrize("address", REJECTED, ids=ascii)
def test_rejected_with_one_sentence(address):
    decision = decide(address, DEFAULT)
    assert not decision.allowed
    assert decision.agency is None
    assert decision.reason.endswith(".")
    assert "\n" not in decision.reason


@pytest.mark.parametrize(
    "address, allowed, rule",
    [
        ("a@gsa.gov", True, "allow gsa.gov"),
        ("a@x.gsa.gov", True, "allow gsa.gov"),
        ("a@xgsa.gov", True, "allow gov"),
        ("a@lab.gsa.gov", False, "deny lab.gsa.gov"),
        ("a@deep.lab.gsa.gov", False, "deny lab.gsa.gov"),
        ("a@open.lab.gsa.gov", True, "allow open.lab.gsa.gov"),
        ("a@tie.gov", False, "deny tie.gov"),
        ("a@dept.gov.uk", True, "allow dept.gov.uk"),
        ("a@other.gov.uk", False, "None"),
        ("a@bücher.gov", True, "allow xn--bcher-kva.gov"),
        ("a@bu\u0308cher.gov", True, "allow xn--bcher-kva.gov"),
        ("a@www.xn--bcher-kva.gov", True, "allow xn--bcher-kva.gov"),
        ("a@bücher.gsa.gov", False, "allow gsa.gov"),
        ("a@after.gov", True, "allow after.gov"),
        ("a@contractor.com", True, "allow contractor.com"),
        ("a@sub.contractor.com", True, "allow contractor.com"),
        ("a@notcontractor.com", False, "None"),
    ],
)
def test_the_longest_suffix_wins_and_deny_wins_a_tie(address, allowed, rule):
    rules = [
        *DEFAULT,
        Rule("gsa.gov"),
        Rule("lab.gsa.gov", "deny"),
        Rule("open.lab.gsa.gov"),
        Rule("tie.gov"),
        Rule("tie.gov", "deny"),
        Rule("dept.gov.uk"),
        Rule("xn--bcher-kva.gov"),
        Rule("after.gov", admission="approval"),
        Rule("contractor.com", affiliation="contractor"),
    ]
    decision = decide(address, rules)
    assert (decision.allowed, str(decision.rule)) == (allowed, rule)
    backwards = decide(address, reversed(rules))
    assert (backwards.allowed, str(backwards.rule)) == (allowed, rule), "the order of the rules says nothing"


def test_agency_and_affiliation_come_from_the_longest_rule_that_names_one():
    rules = [
        *DEFAULT,
        Rule("navy.mil", agency="Navy"),
        Rule("ships.navy.mil", admission="approval"),
        Rule("bad.navy.mil", "deny", agency="Nobody"),
    ]
    decision = decide("a@us.ships.navy.mil", rules)
    assert (decision.agency, decision.affiliation, decision.admission) == ("Navy", "military", "approval")
    assert decide("a@bad.navy.mil", rules).agency is None


def test_nothing_is_admitted_without_rules():
    assert not decide("ada@gsa.gov", [])


@given(
    st.one_of(
        texts(80),
        texts(20).map(lambda text: f"a@{text}.gov"),
        texts(20).map(lambda text: f"a@gsa.{text}"),
        texts(20).map(lambda text: f"a@gsa.gov{text}"),
        texts(20).map(lambda text: f"{text}@gsa.gov"),
        st.from_regex(r"\A[a-z0-9.]{1,8}@[a-z0-9.-]{1,30}\.?(gov|mil|edu|com|uk)\.?\Z", alphabet=CHARACTERS),
    )
)
@example("a@gsa.gov.")
@example("a@gov")
def test_only_an_allowed_suffix_at_a_label_boundary_is_ever_accepted(address):
    decision = decide(address, DEFAULT)
    if not decision.allowed:
        assert decision.reason
        return
    _local, at, domain = address.strip(" ").removesuffix(".").rpartition("@")
    assert at
    labels = [idna.encode(label, uts46=True).decode() for label in domain.split(".")]
    assert labels[-1] in {"gov", "mil", "edu"}
    assert len(labels) > 1
    assert decision.address.isascii()
    assert decision.address.count("@") == 1
    assert decision.address == decision.address.lower()
    assert len(decision.address) <= 254
    assert decide(decision.address, DEFAULT).address == decision.address


@given(
    st.text(alphabet="ab.@gov-", max_size=30), st.lists(st.sampled_from(["gov", "a.gov", "b.a.gov", "ab"]))
)
def test_a_deny_rule_never_admits_more(address, denied):
    with_deny = decide(address, [*DEFAULT, *(Rule(suffix, "deny") for suffix in denied)])
    assert not with_deny.allowed or decide(address, DEFAULT).allowed
