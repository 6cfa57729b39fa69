"""The groups' files: added, and given new versions, by the same deeds as a member's upload."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from accounts.models import Member
from files.checking import check
from pages.demo import papers
from workinggroups.actions import add_files, add_link, add_version, edit_resource
from workinggroups.models import Group, Resource, ResourceVersion

FILES = Path(__file__).parent / "files"


class Edition(NamedTuple):
    """One version: by whom, how long ago, what they noted, and its bytes (None: the file of that name)."""

    handle: str
    age: timedelta
    note: str = ""
    make: Callable[[], bytes] | None = None


class Paper(NamedTuple):
    group: str
    filename: str
    name: str
    description: str
    collection: str
    editions: tuple[Edition, ...]


class Link(NamedTuple):
    group: str
    handle: str
    age: timedelta
    name: str
    link: str
    description: str
    collection: str = ""


def ago(days: int, hours: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=(days * 7 + hours * 11) % 60)


PAPERS = (
    Paper(
        "responsible-ai",
        "decision-log-template.xlsx",
        "Decision log template",
        "One row for each reviewed decision. Sheet 2 maps the reason codes of older versions.",
        "Templates",
        (
            Edition("rosa.ortiz", ago(120), "First version, used in two clinics", papers.decision_log_1),
            Edition("rosa.ortiz", ago(58), "Adds time to decision", papers.decision_log_2),
            Edition(
                "rosa.ortiz", ago(6, 3), "Seven reason codes, score_visible, mapping", papers.decision_log_3
            ),
        ),
    ),
    Paper(
        "responsible-ai",
        "impact-assessment-worked-example.pdf",
        "Impact assessment, worked example",
        "Invented but realistic: sorting incoming letters. With the board's questions.",
        "Templates",
        (Edition("tomas.marsh", ago(41), "", papers.impact_assessment),),
    ),
    Paper(
        "responsible-ai",
        "vendor-evidence-questions.md",
        "Vendor evidence questions",
        "Fourteen questions that can be answered without giving secrets away.",
        "Templates",
        (Edition("dana.brooks", ago(77)),),
    ),
    Paper(
        "responsible-ai",
        "evaluation-sub-group-charter.docx",
        "Evaluation sub-group charter",
        "Draft for comments.",
        "Evaluation",
        (
            Edition("grace.hollis", ago(9), "Outline", papers.charter_1),
            Edition("grace.hollis", ago(3, 5), "For comments by Friday", papers.charter_2),
            Edition("grace.hollis", ago(0, 6), "Ends in September 2027, report in August", papers.charter_3),
        ),
    ),
    Paper(
        "responsible-ai",
        "board-table.csv",
        "Quarterly table for the board",
        "Outputs, reviews, overrides, appeals. Numbers as discussed in the forum.",
        "Templates",
        (Edition("lin.zhao", ago(19)),),
    ),
    Paper(
        "responsible-ai",
        "switch-off-checklist.md",
        "Switching a model off: checklist",
        "Collected in the forum, used on two models.",
        "Checklists",
        (Edition("rosa.ortiz", ago(14)),),
    ),
    Paper(
        "responsible-ai",
        "severity-scale.txt",
        "AI incidents: severity",
        "Half a page to print out.",
        "Checklists",
        (Edition("rosa.ortiz", ago(21)),),
    ),
    Paper(
        "generative-ai",
        "pilot-report-outline.md",
        "Pilot report outline",
        "So that two pilots can be put side by side.",
        "",
        (Edition("amara.sesay", ago(66)),),
    ),
    Paper(
        "generative-ai",
        "prompt-template.md",
        "Prompt library: template",
        "No tests, no entry.",
        "Prompt library",
        (Edition("dana.brooks", ago(14), "Three tests instead of five"),),
    ),
    Paper(
        "generative-ai",
        "forbidden-quantity-words.txt",
        "Words of quantity a summary must not use",
        "One a line, for the check after the model.",
        "Prompt library",
        (Edition("mei.tanaka", ago(1, 20)),),
    ),
    Paper(
        "generative-ai",
        "on-off-schedule.csv",
        "On/off schedule of the help desk pilot",
        "Eight of sixteen teams, randomised by week.",
        "Pilots",
        (Edition("amara.sesay", ago(92)),),
    ),
    Paper(
        "procurement",
        "clause-model-change.md",
        "Clause: notice of model changes",
        "Two variants, with what happened to them.",
        "Clauses",
        (Edition("owen.pratt", ago(33)),),
    ),
    Paper(
        "procurement",
        "evaluation-factors.docx",
        "Evaluation factors, draft",
        "For the next solicitation.",
        "Solicitations",
        (
            Edition("peter.lindqvist", ago(5, 8), "For comments", papers.factors_1),
            Edition("peter.lindqvist", ago(2, 9), "Factors 3 and 4 equal", papers.factors_2),
        ),
    ),
    Paper(
        "procurement",
        "scoring-sheet.xlsx",
        "Scoring sheet for the sample task",
        "Factor 1: facts that must be there, facts that must not.",
        "Solicitations",
        (Edition("mei.tanaka", ago(2, 8), "", papers.scoring_sheet),),
    ),
    Paper(
        "procurement",
        "transcription-sample-task.csv",
        "Transcription: sample task results",
        "Offers by letter. Public recordings only.",
        "Market research",
        (Edition("carl.brandt", ago(5, 6)),),
    ),
    Paper(
        "procurement",
        "market-research-questions.txt",
        "Questions for market research calls",
        "The same for everybody, in this order.",
        "Market research",
        (Edition("owen.pratt", ago(30)),),
    ),
)
LINKS = (
    Link(
        "responsible-ai",
        "paul.wexford",
        ago(48),
        "AI Risk Management Framework",
        "https://www.nist.gov/itl/ai-risk-management-framework",
        "The framework, its playbook and the profile for generative AI.",
        "Reading",
    ),
    Link(
        "generative-ai",
        "tobias.kern",
        ago(27),
        "U.S. Web Design System",
        "https://designsystem.digital.gov/",
        "Components to start from when you build a screen for a pilot.",
        "Pilots",
    ),
)


def make_shelves(now: datetime, members: dict[str, Member], groups: dict[str, Group]) -> int:
    for paper in PAPERS:
        _put(paper, now, members, groups[paper.group])
    for link in LINKS:
        resource = add_link(
            actor=members[link.handle],
            group=groups[link.group],
            name=link.name,
            link=link.link,
            description=link.description,
            collection=link.collection,
        )
        _date(resource, now - link.age, now - link.age)
    return len(PAPERS) + len(LINKS)


def _put(paper: Paper, now: datetime, members: dict[str, Member], group: Group) -> None:
    first, *later = paper.editions
    owner = members[first.handle]
    [resource] = add_files(
        actor=owner,
        group=group,
        files=[_checked(paper, first)],
        collection=paper.collection,
        note=first.note,
    )
    for edition in later:
        add_version(
            actor=members[edition.handle],
            resource=resource,
            file=_checked(paper, edition),
            note=edition.note,
        )
    edit_resource(
        actor=owner,
        resource=resource,
        name=paper.name,
        description=paper.description,
        collection=paper.collection,
    )
    for number, edition in enumerate(paper.editions, 1):
        ResourceVersion.objects.filter(resource=resource, number=number).update(created_at=now - edition.age)
    _date(resource, now - first.age, now - paper.editions[-1].age)


def _checked(paper: Paper, edition: Edition):
    content = edition.make() if edition.make else (FILES / paper.group / paper.filename).read_bytes()
    return check(name=paper.filename, size=len(content), content=io.BytesIO(content))


def _date(resource: Resource, created_at: datetime, changed_at: datetime) -> None:
    """The deeds date what they make; these were done long ago."""
    Resource.objects.filter(pk=resource.pk).update(created_at=created_at, changed_at=changed_at)
