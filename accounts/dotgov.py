"""The public registry of .gov domains, a CSV file, read into agencies by domain.

Its columns: Domain name, Domain type, Organization name, Suborganization name, City, State, Security contact email.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.eligibility import Unreadable, read_domain
from accounts.models import Affiliation
from core.lines import one_line

NEEDED = ("Domain name", "Domain type", "Organization name", "Suborganization name", "State")
KINDS = {
    "federal": Affiliation.FEDERAL,
    "state or territory": Affiliation.STATE,
    "interstate": Affiliation.STATE,
    "tribal": Affiliation.TRIBAL,
    "city": Affiliation.LOCAL,
    "county": Affiliation.LOCAL,
    "school district": Affiliation.LOCAL,
    "special district": Affiliation.LOCAL,
    "independent intrastate": Affiliation.LOCAL,
}
NAME_MAX = 200
# The registry has full names only; a badge is short.
ABBREVIATIONS = {
    "Central Intelligence Agency": "CIA",
    "Consumer Financial Protection Bureau": "CFPB",
    "Department of Agriculture": "USDA",
    "Department of Commerce": "DOC",
    "Department of Defense": "DoD",
    "Department of Education": "ED",
    "Department of Energy": "DOE",
    "Department of Health and Human Services": "HHS",
    "Department of Homeland Security": "DHS",
    "Department of Housing and Urban Development": "HUD",
    "Department of Justice": "DOJ",
    "Department of Labor": "DOL",
    "Department of State": "State",
    "Department of the Interior": "DOI",
    "Department of the Treasury": "Treasury",
    "Department of Transportation": "DOT",
    "Department of Veterans Affairs": "VA",
    "Environmental Protection Agency": "EPA",
    "Executive Office of the President": "EOP",
    "Federal Communications Commission": "FCC",
    "Federal Trade Commission": "FTC",
    "General Services Administration": "GSA",
    "Government Accountability Office": "GAO",
    "National Aeronautics and Space Administration": "NASA",
    "National Archives and Records Administration": "NARA",
    "National Science Foundation": "NSF",
    "Nuclear Regulatory Commission": "NRC",
    "Office of Personnel Management": "OPM",
    "Office of the Director of National Intelligence": "ODNI",
    "Securities and Exchange Commission": "SEC",
    "Small Business Administration": "SBA",
    "Social Security Administration": "SSA",
    "United States Agency for International Development": "USAID",
    "United States Postal Service": "USPS",
}


class NotTheRegistry(ValueError):
    """The file is something else. The message is for people."""


@dataclass(frozen=True)
class Entry:
    line: int  # of the file
    domain: str
    kind: str
    agency: str
    part: str  # of the agency, such as a bureau

    @property
    def abbreviation(self) -> str:
        return ABBREVIATIONS.get(self.agency, "")


BadRow = tuple[int, str]


def read_registry(lines: Iterable[str]) -> tuple[list[Entry], list[BadRow]]:
    """What can be read, and line number and reason of each row that can't."""
    rows = csv.DictReader(lines)
    missing = [name for name in NEEDED if name not in (rows.fieldnames or [])]
    if missing:
        raise NotTheRegistry(f"The file has no column “{missing[0]}”.")
    entries: dict[str, Entry] = {}
    bad: list[BadRow] = []
    for row in rows:
        try:
            entry = _read(row, rows.line_num)
            if (first := entries.get(entry.domain)) is not None:
                raise ValueError(f"{entry.domain} stands in line {first.line} already.")
            entries[entry.domain] = entry
        except ValueError as error:
            bad.append((rows.line_num, str(error)))
    return list(entries.values()), bad


def _read(row: dict[str, str | None], line: int) -> Entry:
    cells = {name: one_line(row.get(name) or "") for name in NEEDED}
    written = (row.get("Domain name") or "").strip()  # as it is: an unseen character is none of a domain
    if not written:
        raise ValueError("The domain is missing.")
    try:
        domain = read_domain(written)
    except Unreadable as error:
        raise ValueError(f"{written}: {error}") from None
    if domain.labels[-1] != "gov":
        raise ValueError(f"{domain}: not a .gov domain.")
    kind = KINDS.get(cells["Domain type"].split(" - ")[0].casefold())
    if kind is None:
        raise ValueError(f"{domain}: there is no domain type “{cells['Domain type']}”.")
    if not cells["Organization name"]:
        raise ValueError(f"{domain}: the organization is missing.")
    name = _unambiguous(cells["Organization name"], kind, cells["State"])
    if len(name) > NAME_MAX:
        raise ValueError(f"{domain}: the name of the organization is longer than {NAME_MAX} characters.")
    return Entry(line, str(domain), kind, name, cells["Suborganization name"])


def _unambiguous(name: str, kind: str, state: str) -> str:
    """There are twelve cities of Springfield, but one Department of Energy."""
    if kind == Affiliation.FEDERAL or not state or name.startswith("State of "):
        return name
    return f"{name} ({state})"
