"""What the scripts of a page say: a small script of its own in each language, which browsers keep for a year."""

import json
from functools import cache
from hashlib import sha256
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def _counted(one: str, other: str) -> dict[str, str]:
    return {"one": ngettext(one, other, 1), "other": ngettext(one, other, 2)}


def _words() -> dict[str, Any]:
    return {
        # The connection
        "live": _("Live"),
        "catchingUp": _("Catching up"),
        "offlineSince": _("Offline since {time}"),
        "signedOut": _("Signed out"),
        # The bell
        "bell": _("Notifications"),
        "bellUnread": _counted("Notifications, {n} unread", "Notifications, {n} unread"),
        "loading": _("Loading…"),
        "listFailed": _("The list could not be loaded."),
        "markAllRead": _("Mark all read"),
        "seeAll": _("See all"),
        "noticeSettings": _("Settings"),
        "dismiss": _("Close"),
        # Lists of topics
        "newPosts": _counted("{n} new", "{n} new"),
        # A topic
        "newReplies": _counted("{n} new reply", "{n} new replies"),
        "tryAgain": _("That did not work. Please try again."),
        "lockedNow": _("This topic was just locked. What you typed is still here."),
        "unlockedNow": _("This topic is open again."),
        "accessLost": _("You no longer have access to this topic. What you typed can still be copied."),
        "mergedAway": _("This topic was merged into another one."),
        "openOther": _("Go on there"),
        "muchChanged": _("A lot has changed here."),
        "reload": _("Reload the page"),
        "mapOfTopic": _("Map of this topic"),
        "hideReplies": _counted("Hide {n} reply", "Hide {n} replies"),
        "repliesHidden": _counted("{n} reply hidden", "{n} replies hidden"),
        "inReplyToWho": _("in reply to {who}"),
        "hideBranch": _("Hide this branch"),
        "ofPost": _("{what}, post {n}"),
        "linkCopied": _("The link is copied"),
        # Writing
        "write": _("Write"),
        "preview": _("Preview"),
        "nothingToPreview": _("Nothing to preview yet."),
        "formatting": _("Formatting"),
        "tool_bold": _("Bold"),
        "tool_italic": _("Italic"),
        "tool_quote": _("Quote"),
        "tool_code": _("Code"),
        "tool_link": _("Link"),
        "tool_list": _("List"),
        "tool_numbered": _("Numbered list"),
        "tool_tasks": _("Task list"),
        "tool_mention": _("Mention someone"),
        "tool_heading": _("Heading"),
        "tool_table": _("Table"),
        "tool_topicRef": _("Link to a topic"),
        "inReplyTo": _("In reply to {who} (post {number})"),
        "replyToTopic": _("Reply to the topic instead"),
        "restored": _("This is what you typed before and did not send."),
        "inReplyToPost": _("In reply to a post"),
        "quoteThis": _("Quote"),
        "discard": _("Discard it"),
        "discarded": _("The draft is discarded."),
        "undo": _("Undo"),
        "draftSaved": _("Draft saved"),
        "draftHere": _("Kept in this browser until the server can be reached"),
        "draftTwo": _("This draft was changed elsewhere. Both versions are shown above the text."),
        "draftHereGoesOn": _("Go on with the one here"),
        "draftThereGoesOn": _("Take the one there"),
        "draftBoth": _("Keep both, one below the other"),
        "suggestions": _("Suggestions"),
        "similarFound": _counted("{n} topic asks something similar", "{n} topics ask something similar"),
        # Signing in
        "noPasskeys": _("This browser knows no passkeys. Use another way, or another browser."),
        "passkeyAddress": _("Passkeys need an address with a name. Open this site as {url} and try again."),
        "passkeyKnown": _("This device or key holds a passkey for you already."),
        "passkeyFailed": _("No passkey was used: it was cancelled, took too long, or there is none here."),
        # The end of a session
        "sessionEnds": _counted(
            "You will be signed out in {n} minute because nothing was done here. What you typed stays.",
            "You will be signed out in {n} minutes because nothing was done here. What you typed stays.",
        ),
        "sessionEndsAnyway": _counted(
            "You will be signed out in {n} minute: a session has a greatest length. Finish what you are doing.",
            "You will be signed out in {n} minutes: a session has a greatest length. Finish what you are doing.",
        ),
        "staySignedIn": _("Stay signed in"),
        "sessionOver": _("You are signed out. What you typed is still here."),
        "signInAgain": _("Sign in again"),
        # Files
        "uploading": _("Sending the file"),
        "uploaded": _("{percent} % sent"),
        "checking": _("Sent. The server is checking it."),
        "uploadFailed": _("The file did not arrive. Check the connection and try again."),
        "tooLarge": _("The file is too large."),
        "cancel": _("Cancel"),
        "attachFiles": _("Attach files"),
        "attachedFiles": _("Attached files"),
        "attached": _("“{name}” is attached."),
        "waiting": _("Waiting"),
        "fileTooLarge": _("“{name}” is larger than {limit}."),
        "describePicture": _("What does the picture show?"),
        "retry": _("Try again"),
        "retryFile": _("Try again to attach “{name}”"),
        "cancelFile": _("Cancel attaching “{name}”"),
        "remove": _("Remove"),
        "removeFile": _("Remove “{name}”"),
        "waitForFiles": _("Files are still on their way. Wait for them, or cancel them, and then post."),
    }


@cache
def words_script(language: str) -> str:
    """Sets what frontend/src/page.js reads. `language` is the active one, which keys the cache."""
    return f"commonsWords={json.dumps(_words(), ensure_ascii=False, separators=(',', ':'))}"


@cache
def words_path(language: str) -> str:
    """Its address, which changes with its text."""
    return f"/words/{language}.{sha256(words_script(language).encode()).hexdigest()[:12]}.js"
