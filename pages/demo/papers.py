"""The words and figures of the demo's office files."""

from pages.demo.office import document, pdf, workbook

FIELDS = [
    ["field", "type", "written by", "meaning"],
    ["case_id", "text", "case system", "The case as your system names it. No name of a person."],
    ["model", "text", "case system", "Name of the model as in the inventory."],
    ["model_version", "text", "case system", "Digest of the image or the weights, not a label."],
    ["input_sha256", "text", "case system", "Hash of the inputs in the order the model saw them."],
    ["score", "number", "case system", "As the model returned it, not rounded."],
    ["threshold", "number", "case system", "In force at that moment."],
    ["reviewer_id", "text", "case system", "Pseudonym. The key lies with another office."],
    ["shown_at", "date and time", "case system", "When the case was on the screen."],
    ["decided_at", "date and time", "case system", "When the decision was saved. Empty: closed without one."],
    ["decision", "text", "reviewer", "As the policy names it."],
    ["reason_code", "number", "reviewer", "From the list below."],
    ["person_notified_at", "date and time", "case system", "Empty where no person is affected."],
]
CODES = [
    ["code", "reason"],
    [1, "Facts confirmed in the file"],
    [2, "Facts contradict the model"],
    [3, "Applicant was asked for a missing document"],
    [4, "Information the model could not have"],
    [5, "Exception in the rule applies"],
    [6, "File incomplete"],
    [7, "Other, explained in the case"],
]
MAPPING = [
    ["version 2", "version 3", "note"],
    [1, 1, ""],
    [2, 1, ""],
    [3, 2, ""],
    [4, 2, ""],
    [5, 4, ""],
    [6, 4, ""],
    [7, 5, ""],
    [8, 5, ""],
    [9, 6, "3 where the applicant was asked for the missing page"],
    [10, 3, ""],
    [11, 7, ""],
    [12, 7, ""],
]


def decision_log_1() -> bytes:
    early = [row for row in FIELDS if row[0] not in {"shown_at", "person_notified_at"}]
    return workbook({"Fields": early})


def decision_log_2() -> bytes:
    return workbook({"Fields": FIELDS})


def decision_log_3() -> bytes:
    new = [
        [
            "score_visible",
            "yes or no",
            "case system",
            "Whether the score was on the screen before the first judgment.",
        ],
        ["queue_position", "number", "case system", "Place in the reviewer's day, from 1."],
    ]
    return workbook({"Fields": [*FIELDS, *new], "Mapping": MAPPING, "Reason codes": CODES})


def charter_1() -> bytes:
    return document(
        """
# Evaluation sub-group: outline
Six people, two hours a month.
A catalogue of gold sets. A one-page report. A yearly exercise.
"""
    )


def charter_2() -> bytes:
    return document(
        """
# Evaluation sub-group: draft charter for comments
Six people from at least four agencies give two hours a month until the end of September.
# What we make
1. A catalogue of gold sets that agencies are willing to run for each other.
2. A one-page evaluation report that everybody can read.
3. A yearly exercise in which three agencies score the same system.
# How we know that it was worth it
At least three agencies have had a system scored on a gold set that is not theirs.
"""
    )


def charter_3() -> bytes:
    return document(
        """
# Evaluation sub-group: draft charter, third version
Six people from at least four agencies give two hours a month until the end of September 2027.
# What we make
1. A catalogue of gold sets that agencies run for each other. A gold set never leaves its owner: the system comes to it.
2. A one-page evaluation report that everybody can read.
3. An afternoon, once in the first year: three agencies, one system, forty cases each.
# How it ends
A report of one page to the steering committee in August 2027. Without a decision there, the sub-group ends.
"""
    )


def impact_assessment() -> bytes:
    return pdf(
        """
# Impact assessment: a worked example

The system, the office and the figures are invented.
Notes in square brackets are what the board asked.

# 1  What it does
Reads incoming letters and proposes the desk that should answer.
About 310,000 letters a year. A wrong desk costs a letter three days.
[What happens today? - Two people sort; 4 percent go to a wrong desk.]

# 2  Who is affected
Everyone who writes to us. Nobody is denied anything by a wrong desk,
but deadlines run from the day of arrival.
[Whose letters are late more often? - Handwritten ones. See 4.]

# 3  What the person is for
Nobody reviews each proposal. The desk that gets a wrong letter sends it
on with one click, and that click is counted.
[Then do not call it human review. - Agreed, changed in the notice.]

# 4  What was measured
1,200 letters drawn at random, labelled by two people each.
Right desk: 96.8 percent typed, 91.0 percent handwritten.
[Interval for handwritten? - 88 to 94, from 310 letters.]
Handwritten letters go to a person until that is above 95.

# 5  What can go wrong
A new form is not known: caught by the weekly count of forwards.
A feed stops: alarm when the volume falls by half within a day.

# 6  Who can turn it off tomorrow
The director of the mail office. Tested on 3 March; took four minutes.

# 7  Signed
By the one named in 6. Second line: assessment sound, 11 March.
"""
    )


FACTORS = """
# Evaluation factors, {which}
In descending order of importance{equal}.
1. Result on the sample task: our 120 documents, scored by us.
2. Notice of changes, and pinning of versions.
3. {third}
4. {fourth}
5. Price, as total cost of 1,000 checked documents. Our own time for checking is part of it, as measured in factor 1.
"""
EVIDENCE = "Evidence on training data and testing: the fourteen questions."
TRANSITION = "Transition out: what we get, in which format, how fast."


def factors_1() -> bytes:
    return document(FACTORS.format(which="for comments", equal="", third=EVIDENCE, fourth=TRANSITION))


def factors_2() -> bytes:
    equal = "; 3 and 4 have equal weight"
    return document(FACTORS.format(which="version 2", equal=equal, third=TRANSITION, fourth=EVIDENCE))


def scoring_sheet() -> bytes:
    rows = [
        [
            "document",
            "fact",
            "must be there",
            "found by A",
            "found by B",
            "seconds to check A",
            "seconds to check B",
        ]
    ]
    rows += [
        [f"D{n:03}", f"F{fact}", "yes" if fact < 4 else "no", "", "", "", ""]
        for n in range(1, 121)
        for fact in range(1, 6)
    ]
    return workbook({"Facts": rows})
