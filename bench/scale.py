"""What a page costs among a million posts against ten thousand: the same pages of the same community, with a synthetic
one beneath."""

from typing import Any

from bench.pages import Page

SMALL = 10_000
MOST = 1.5
POSTS_A_TOPIC, POSTS_A_MEMBER = 20, 10


def pages_of(plan: dict[str, Any]) -> list[Page]:
    """What goes through many topics, or deep into the longest."""
    return [
        Page("unread", "/forum/?filter=unread"),
        Page("following", "/forum/?filter=following"),
        Page("top", "/forum/?filter=top&period=month"),
        Page("deep", plan["deep"]),
    ]


def seeding(posts: int) -> list[str]:
    members, topics = posts // POSTS_A_MEMBER, posts // POSTS_A_TOPIC
    return [
        "seed_scale",
        f"--members={members}",
        "--groups=20",
        f"--topics={topics}",
        f"--posts={posts}",
    ]
