"""Who follows more than single topics, and the other names of tags."""

from accounts.models import Member
from forum.models import Category, CategoryFollow, Level, Tag, TagFollow

SYNONYMS = {
    "508": "section-508",
    "red-teaming": "red-team",
    "llm-as-judge": "llm-judge",
    "authorization": "ato",
}
# Tracked, so that nobody has notices they would not have had at the time.
PLACES = {"grace.hollis": "evaluation", "alan.tierney": "security"}
TAGS = {"katherine.joyner": "privacy"}


def make_follows(members: dict[str, Member], places: dict[str, Category]) -> None:
    tags = Tag.objects.in_bulk(field_name="name")
    Tag.objects.bulk_create(
        [Tag(name=other, merged_into=tags[name]) for other, name in SYNONYMS.items() if name in tags],
        ignore_conflicts=True,
    )
    CategoryFollow.objects.bulk_create(
        CategoryFollow(member=members[handle], category=places[slug], level=Level.TRACKING)
        for handle, slug in PLACES.items()
    )
    TagFollow.objects.bulk_create(
        TagFollow(member=members[handle], tag=tags[name], level=Level.TRACKING)
        for handle, name in TAGS.items()
        if name in tags
    )
