"""The practice areas: the community's categories, in the order of the rail."""

from core.markup import render
from forum.models import Category

AREAS = (
    ("community", "Community", 9, "How this place works, meetings, introductions."),
    (
        "governance",
        "Governance and policy",
        0,
        "Who decides, on what grounds, and how it is written down: oversight, inventories, notices, records.",
    ),
    (
        "risk",
        "Risk and impact",
        3,
        "What can go wrong for whom: thresholds, disparities, incidents, switching things off again.",
    ),
    (
        "data",
        "Data",
        1,
        "Getting it, sharing it, describing it and protecting the people in it.",
    ),
    (
        "security",
        "Security and authorization",
        2,
        "Authorizations to operate, injections, logs, and what the security office asks for.",
    ),
    (
        "acquisition",
        "Acquisition",
        4,
        "Buying AI: clauses that were signed, prices that were measured, rights that were forgotten.",
    ),
    ("workforce", "Workforce and training", 5, "Hiring, teaching, and the people who work with all this."),
    (
        "generative-ai-pilots",
        "Generative AI pilots",
        6,
        "What was tried with language models, what came out, and what it cost.",
    ),
    ("accessibility", "Accessibility", 7, "Section 508 and beyond: tools that everybody can use."),
    (
        "evaluation",
        "Evaluation and testing",
        8,
        "Gold sets, judges, regression tests, drift: knowing whether it works.",
    ),
)

# What a new topic begins with.
TEMPLATES = {
    "generative-ai-pilots": (
        "**What did you try, and for whom?**\n\n**What came out?**\n\n**What did it cost?**\n\n**What next?**"
    )
}


# Below an area: slug, name, what belongs there.
BELOW = {
    "evaluation": (
        (
            "gold-sets",
            "Gold sets and labels",
            "How many, by whom, how often, and what to do while they are late.",
        ),
    )
}
AREA_SLUGS = [*(area[0] for area in AREAS), *(one[0] for some in BELOW.values() for one in some)]
# What stands at the top of an area's own page, in Markdown.
ABOUT = {
    "evaluation": """Before you ask, say **what the system decides**, for how many people, and what you measure now.
Numbers beat adjectives: a table of counts gets better answers than a percentage.

Looking for data? See *Gold sets and labels*, below.""",
    "acquisition": """Clauses, prices and market research. What is under a protest, or not awarded yet, does not belong
here: ask your contracting officer first.""",
}


def make_areas() -> dict[str, Category]:
    areas = Category.objects.bulk_create(
        [
            Category(
                slug=slug,
                name=name,
                color=color,
                description=description,
                position=position,
                about=ABOUT.get(slug, ""),
                about_html=render(ABOUT[slug]).html if slug in ABOUT else "",
                template=TEMPLATES.get(slug, ""),
            )
            for position, (slug, name, color, description) in enumerate(AREAS)
        ]
    )
    places = {area.slug: area for area in areas}
    below = Category.objects.bulk_create(
        [
            Category(
                slug=slug,
                name=name,
                description=text,
                parent=places[area],
                color=places[area].color,
                position=n,
            )
            for area, some in BELOW.items()
            for n, (slug, name, text) in enumerate(some)
        ]
    )
    return places | {category.slug: category for category in below}
