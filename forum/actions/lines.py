from typing import Any

from accounts.models import Member
from forum.models import Move, Topic, TopicEvent


def note(
    topic: Topic,
    kind: TopicEvent.Kind,
    actor: Member | None,
    *,
    after: int | None = None,
    reason: str = "",
    move: Move | None = None,
    **data: Any,
) -> TopicEvent:
    """Have a line in the thread say what was done, after the post that is the last one now or after that number.

    Without an actor it happened by itself, at the time set for it. In the transaction of the deed, whose change of
    version makes the line appear. `data` holds ids and labels that every reader of the topic may know.
    """
    return TopicEvent.objects.create(
        topic=topic,
        kind=kind,
        actor=actor,
        after_number=topic.last_number if after is None else after,
        reason=reason,
        move=move,
        data=data if actor else {**data, "planned": True},
    )
