from forum.models.announcements import Acknowledgement, Announcement
from forum.models.attachments import Attachment, AttachmentQuerySet
from forum.models.categories import Category, CategoryQuerySet, Tag, through_group
from forum.models.drafts import Draft, DraftQuerySet
from forum.models.feeds import FeedKey
from forum.models.follows import CategoryFollow, TagFollow
from forum.models.links import PostLink
from forum.models.marks import Bookmark, Reaction
from forum.models.moves import Move, PostAlias, TopicEvent, last_move
from forum.models.polls import Poll, PollQuerySet, Vote
from forum.models.posts import DIGITS, MAX_DEPTH, PATH_WIDTH, Post, PostQuerySet, PostRevision, base36, nest
from forum.models.scheduled import ScheduledTopic, ScheduledTopicQuerySet
from forum.models.states import Level, TopicState
from forum.models.topics import DEEDS, Topic, TopicQuerySet, first_reading

__all__ = [
    "DEEDS",
    "DIGITS",
    "MAX_DEPTH",
    "PATH_WIDTH",
    "Acknowledgement",
    "Announcement",
    "Attachment",
    "AttachmentQuerySet",
    "Bookmark",
    "Category",
    "CategoryFollow",
    "CategoryQuerySet",
    "Draft",
    "DraftQuerySet",
    "FeedKey",
    "Level",
    "Move",
    "Poll",
    "PollQuerySet",
    "Post",
    "PostAlias",
    "PostLink",
    "PostQuerySet",
    "PostRevision",
    "Reaction",
    "ScheduledTopic",
    "ScheduledTopicQuerySet",
    "Tag",
    "TagFollow",
    "Topic",
    "TopicEvent",
    "TopicQuerySet",
    "TopicState",
    "Vote",
    "base36",
    "first_reading",
    "last_move",
    "nest",
    "through_group",
]
