"""Bodies of about a kilobyte of HTML, rendered once each, and titles: enough variety for lists and search."""

from random import Random
from typing import NamedTuple

from core.markup import render

BODIES = 300
WORDS_TEXT = (
    "agency model data review risk public service team record pilot vendor contract policy question answer evidence "
    "measure train document approve share secure open plain budget office program member group decide threshold "
    "sample label audit notice appeal office region budget quarter system release version baseline error interval "
    "privacy access language screen reader caption schedule inventory assessment incident queue score reviewer case "
    "letter claim form field table column query index token prompt context retrieval summary judge rating schema "
    "pipeline gateway proxy account boundary control authorization clause notice price seat workload transition "
    "before after during between without every several simple careful early later often rarely always never because"
)
WORDS = WORDS_TEXT.split()
RARE = tuple(
    f"{head}{tail}"
    for head in ("quor", "bant", "lum", "siv", "ter", "olm")
    for tail in ("ex", "ade", "ion", "ish")
)
OPENINGS = (
    "We tried this last quarter", "In our office", "Two things from experience", "I would not", "Counter-example",
    "It depends on the case", "Short answer", "From the audit side", "Same here", "Before anything else",
)  # fmt: skip
QUESTIONS = (
    "How do you handle {a} {b} for {c}?",
    "Who decides about {a} when the {b} changes?",
    "What did your {a} office ask about {b}?",
    "{A} and {b}: what worked for a small team?",
    "Has anyone measured {a} against {b}?",
    "Sample {a} {b} wanted, ideally for {c}",
    "When is {a} {b} good enough?",
    "Lessons from six months of {a} {b}",
)


class Body(NamedTuple):
    source: str
    html: str
    text: str


def bodies(rng: Random) -> list[Body]:
    made = []
    for number in range(BODIES):
        source = _source(rng, number)
        rendered = render(source)
        made.append(Body(source, rendered.html, rendered.text))
    return made


def _source(rng: Random, number: int) -> str:
    """Prose, with a list, a quote, a link or code in some."""
    parts = [
        f"{rng.choice(OPENINGS)}: {sentence(rng).lower()} **{rng.choice(WORDS)} {rng.choice(WORDS)}** counts."
    ]
    if number % 3 == 0:
        parts.append("\n".join(f"- {sentence(rng)}" for _ in range(3)))
    if number % 4 == 0:
        parts.append(f"> {sentence(rng)}")
    if number % 10 == 0:
        table, column = rng.choice(WORDS), rng.choice(WORDS)
        parts.append(f"    SELECT {column}, count(*)\n    FROM {table} GROUP BY {column};")  # noqa: S608  (a text, not a query)
    if number % 5 == 0:
        parts.append(f"See https://www.gsa.gov/{rng.choice(WORDS)} and look for `{rng.choice(RARE)}`.")
    while sum(map(len, parts)) < 850:
        parts.append(" ".join(sentence(rng) for _ in range(rng.randint(2, 4))))
    return "\n\n".join(parts) + "\n"


def sentence(rng: Random) -> str:
    # A few words are everywhere and most are rare, as in any language.
    picked = [WORDS[min(int(rng.paretovariate(0.7)) - 1, len(WORDS) - 1)] for _ in range(rng.randint(5, 9))]
    return f"{' '.join([*picked, *rng.sample(WORDS, 4)]).capitalize()}."


def title(rng: Random) -> str:
    a, b, c = rng.sample(WORDS, 3)
    return rng.choice(QUESTIONS).format(a=a, A=a.capitalize(), b=b, c=c)
