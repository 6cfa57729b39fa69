from forum.actions.announcements import (
    acknowledge,
    announce,
    ask_again,
    end_announcement,
    export_acknowledgements,
    remind,
)
from forum.actions.attachments import attach_file, drop_attachment, note_download, settle_scan, sweep_unposted
from forum.actions.bookmarks import bookmark_post, remind_of_bookmark, remove_bookmark
from forum.actions.categories import add_category, edit_category, move_category, open_discussions
from forum.actions.drafts import AlreadySent, discard_draft, forget_writing, save_draft
from forum.actions.feeds import make_feed_key, revoke_feed_key
from forum.actions.following import follow_category, follow_tag, follow_topic
from forum.actions.keeping import (
    let_go_in_time,
    lock_topic,
    pin_topic,
    slow_topic,
    unlock_topic,
    unpin_topic,
)
from forum.actions.moving import merge_topic, move_topic, split_topic
from forum.actions.polls import add_poll, close_due_polls, close_poll, edit_poll, remove_poll, vote
from forum.actions.posts import post_reply, remove_post, restore_post
from forum.actions.reactions import react, take_back_reaction
from forum.actions.reading import mark_all_read, mark_read, mark_unread
from forum.actions.revisions import edit_post, redact_revision
from forum.actions.scheduled import (
    cancel_scheduled_topic,
    change_scheduled_topic,
    post_scheduled_topic,
    schedule_topic,
)
from forum.actions.tagging import add_tag, edit_tag, merge_tag
from forum.actions.templates import set_template
from forum.actions.topics import choose_answer, edit_topic, start_topic
from forum.actions.undoing import undo_move

__all__ = [
    "AlreadySent",
    "acknowledge",
    "add_category",
    "add_poll",
    "add_tag",
    "announce",
    "ask_again",
    "attach_file",
    "bookmark_post",
    "cancel_scheduled_topic",
    "change_scheduled_topic",
    "choose_answer",
    "close_due_polls",
    "close_poll",
    "discard_draft",
    "drop_attachment",
    "edit_category",
    "edit_poll",
    "edit_post",
    "edit_tag",
    "edit_topic",
    "end_announcement",
    "export_acknowledgements",
    "follow_category",
    "follow_tag",
    "follow_topic",
    "forget_writing",
    "let_go_in_time",
    "lock_topic",
    "make_feed_key",
    "mark_all_read",
    "mark_read",
    "mark_unread",
    "merge_tag",
    "merge_topic",
    "move_category",
    "move_topic",
    "note_download",
    "open_discussions",
    "pin_topic",
    "post_reply",
    "post_scheduled_topic",
    "react",
    "redact_revision",
    "remind",
    "remind_of_bookmark",
    "remove_bookmark",
    "remove_poll",
    "remove_post",
    "restore_post",
    "revoke_feed_key",
    "save_draft",
    "schedule_topic",
    "set_template",
    "settle_scan",
    "slow_topic",
    "split_topic",
    "start_topic",
    "sweep_unposted",
    "take_back_reaction",
    "undo_move",
    "unlock_topic",
    "unpin_topic",
    "vote",
]
