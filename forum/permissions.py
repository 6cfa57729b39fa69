"""Who may do what in the forum. The list filters of the same rules are `visible_to` in models.py."""

from datetime import timedelta
from math import ceil

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from core.errors import YES, Verdict, no
from core.spans import in_words
from files.permissions import can_serve
from forum.models import Attachment, Category, Move, Poll, Post, Topic
from workinggroups.models import Group, Membership
from workinggroups.permissions import can_download as can_download_in
from workinggroups.permissions import standing


def role_in(member: Member, category: Category) -> str:
    """The member's role in the category's group: "" when there is no group or no active membership."""
    if category.group_id is None:
        return ""
    roles = Membership.objects.active().filter(group=category.group_id, member=member.pk)
    return roles.values_list("role", flat=True).first() or ""


def is_keeper(member: Member, category: Category, role: str | None = None) -> bool:
    """Leads in their group, moderators in the community's categories and in open groups: those who keep order."""
    if category.group_id is None:
        return member.is_moderator
    role = role_in(member, category) if role is None else role
    return role in Membership.LEADING or (
        member.is_moderator and category.group is not None and category.group.content == "open"
    )


def _writable(category: Category) -> Verdict:
    if category.is_archived:
        return no(_("This category is archived. It can be read, but nothing can be added."))
    if category.group and category.group.is_concluded:
        return no(_("This working group is concluded. It can be read, but nothing can be added."))
    return YES


def _may_post(member: Member, category: Category, role: str | None) -> Verdict:
    if not member.is_member:
        return no(_("Your membership is not active."))
    if not (verdict := _writable(category)):
        return verdict
    if category.group_id:
        role = role_in(member, category) if role is None else role
        if role == Membership.Role.OBSERVER:
            if category.group and category.group.observers_post:
                return YES
            return no(_("Observers read here but do not post. Ask a lead to make you a member."))
        if role not in Membership.WRITING:
            return no(_("Join the working group to take part."))
    return YES


def can_start_topic(member: Member, category: Category, role: str | None = None) -> Verdict:
    """`role` may be given by a caller that knows it already; it is what `role_in` answers."""
    if not (verdict := _may_post(member, category, role)):
        return verdict
    if (
        category.group_id
        and (role_in(member, category) if role is None else role) == Membership.Role.OBSERVER
    ):
        return no(_("Observers reply here but do not start topics. Ask a lead to make you a member."))
    if category.posting == Category.Posting.STAFF and not is_keeper(member, category, role):
        return no(_("Only moderators start topics here. You can reply to theirs."))
    return YES


def can_reply(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    if not (verdict := _may_post(member, topic.category, role)):
        return verdict
    if (topic.is_locked or topic.slow_seconds) and not is_keeper(member, topic.category, role):
        if topic.is_locked:
            return no(_("This topic is locked. It can be read, but nothing can be added."))
        return _has_waited(member, topic)
    return YES


def _has_waited(member: Member, topic: Topic) -> Verdict:
    """In slow mode: whether the member's last post here, removed or not, is long enough ago."""
    since = timezone.now() - timedelta(seconds=topic.slow_seconds)
    recent = Post.objects.filter(topic=topic.pk, author=member.pk, created_at__gt=since)
    last = recent.order_by("-number").values_list("created_at", flat=True).first()
    if last is None:
        return YES
    wait = ceil((last - since).total_seconds())
    reason = _("Slow mode: one post in %(span)s for each member. You can post again in %(wait)s.")
    return Verdict(False, reason % {"span": in_words(topic.slow_seconds), "wait": in_words(wait)}, wait)


def can_edit_post(member: Member, post: Post, role: str | None = None) -> Verdict:
    """Only the author, and only where they could still reply: nobody puts words into another's mouth."""
    if post.is_removed:
        return no(_("This post was removed."))
    if post.author_id != member.pk:
        return no(_("Only its author can edit a post."))
    return can_change_own(member, post.topic, role)


def can_change_own(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    """Whether the member may still edit and remove what they wrote in this topic."""
    if not member.is_member:
        return no(_("Your membership is not active."))
    if not (verdict := _writable(topic.category)):
        return verdict
    if topic.is_locked and not is_keeper(member, topic.category, role):
        return no(_("This topic is locked. It can be read, but nothing can be changed."))
    if topic.category.group_id:
        role = role_in(member, topic.category) if role is None else role
        if not role and not is_keeper(member, topic.category, role):
            return no(_("Join the working group to take part."))
    return YES


def can_remove_post(member: Member, post: Post, role: str | None = None) -> Verdict:
    if is_keeper(member, post.topic.category, role):
        return _writable(post.topic.category)
    if post.author_id != member.pk:
        return no(_("Only its author, a lead or a moderator can remove a post."))
    return can_change_own(member, post.topic, role)


def can_restore_post(member: Member, post: Post) -> Verdict:
    """Who removed it may bring it back; keepers may always."""
    if is_keeper(member, post.topic.category):
        return _writable(post.topic.category)
    if post.author_id == member.pk and post.removed_by_id == member.pk:
        return can_change_own(member, post.topic)
    return no(_("A lead or moderator removed this post. Ask them to bring it back."))


def can_react(member: Member, post: Post) -> Verdict:
    """Whoever may read a post, observers too; a lock ends the writing, not the thanks for it."""
    if post.is_removed:
        return no(_("This post was removed."))
    if post.author_id == member.pk:
        return no(_("This is your own post."))
    return can_take_note(member, post.topic)


def can_take_note(member: Member, topic: Topic) -> Verdict:
    """Whether the member may react to what others wrote in this topic, which they can read."""
    return _writable(topic.category) if member.is_member else no(_("Your membership is not active."))


def can_redact(member: Member, post: Post, role: str | None = None) -> Verdict:
    """Blank what a post said before an edit: those who keep order, in their own posts too."""
    if not is_keeper(member, post.topic.category, role):
        return no(_("Only leads and moderators can take an earlier text out."))
    return _writable(post.topic.category)


def can_set_template(member: Member, category: Category) -> Verdict:
    if not is_keeper(member, category):
        return no(_("Only leads and moderators can do this."))
    return _writable(category)


def can_keep_order(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    """Lock, pin, retitle, tag and move."""
    if not is_keeper(member, topic.category, role):
        return no(_("Only leads and moderators can do this."))
    return _writable(topic.category)


def can_pin_everywhere(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    """At the top of the list of all topics: moderators, wherever they keep order. Leads pin in their own group."""
    if not member.is_moderator:
        return no(_("Only moderators can pin a topic in the list of all topics."))
    return can_keep_order(member, topic, role)


def can_receive(member: Member, category: Category) -> Verdict:
    """Whether the member may bring topics and posts here. The list filter of the rule is `kept_by` in models."""
    if not member.is_member or not is_keeper(member, category):
        return no(_("You can bring topics and posts only to places where you are a lead or a moderator."))
    return _writable(category)


def can_undo(member: Member, move: Move) -> Verdict:
    """The latest move of its topics, for a day, by whoever could have done it."""
    if not move.is_last:
        return no(_("Something was moved after this. Undo that first."))
    if move.at < timezone.now() - Move.UNDO_WITHIN:
        return no(_("This can be undone for 24 hours only."))
    places = {move.source.category_id, move.destination.category_id}
    if move.kind == Move.Kind.MOVE:
        places.add(move.before["from"])
    if not member.is_member or Category.objects.kept_by(member).filter(pk__in=places).count() < len(places):
        return no(_("Only leads or moderators of both places can undo this."))
    return YES


def can_tag(member: Member, topic: Topic) -> Verdict:
    if topic.author_id == member.pk:
        return can_change_own(member, topic)
    return can_keep_order(member, topic)


def can_choose_answer(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    if topic.author_id == member.pk:
        return can_change_own(member, topic, role)
    return can_keep_order(member, topic, role)


def can_attach(member: Member) -> Verdict:
    """Upload a file for a text that is still being written; whether it may be posted is asked when it is."""
    return YES if member.is_member else no(_("Your membership is not active."))


def is_withheld(member: Member, attachment: Attachment) -> bool:
    """The files of a removed post are there for those alone who may bring it back."""
    post = attachment.post
    return post is not None and post.is_removed and not can_restore_post(member, post)


def can_download(member: Member, attachment: Attachment) -> Verdict:
    """Have the file of a post that the member may read: as with the files of a group, not every observer may."""
    if not (verdict := can_serve(attachment)):
        return verdict
    group = attachment.post.topic.category.group if attachment.post else None
    return can_download_in(standing(member, group)) if group else YES


def can_add_poll(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    """Whoever started the topic, and those who keep order in it. A topic has one poll."""
    if topic.author_id == member.pk:
        verdict = can_change_own(member, topic, role)
    else:
        verdict = can_keep_order(member, topic, role)
    if verdict and topic.has_poll:
        return no(_("This topic has a poll already."))
    return verdict


def can_vote(member: Member, topic: Topic, poll: Poll, role: str | None = None) -> Verdict:
    """Whoever may take part in the topic; slow mode does not hold a vote back, and observers watch."""
    if not poll.is_open:
        return no(_("This poll is closed."))
    if not (verdict := _may_post(member, topic.category, role)):
        return verdict
    if topic.category.group_id:
        role = role_in(member, topic.category) if role is None else role
        if role == Membership.Role.OBSERVER:
            return no(_("Observers do not vote. Ask a lead to make you a member."))
    if topic.is_locked and not is_keeper(member, topic.category, role):
        return no(_("This topic is locked. It can be read, but nothing can be added."))
    return YES


def can_see_result(poll: Poll, *, has_voted: bool, votes: int) -> Verdict:
    """For whoever may read the topic."""
    if not poll.is_open:
        return YES
    if poll.is_secret and votes < Poll.SECRET_LEAST:
        return no(
            _("While fewer than %(n)d have voted, nothing is shown of a secret poll.")
            % {"n": Poll.SECRET_LEAST}
        )
    if poll.shown == Poll.Shown.CLOSED:
        return no(_("The result is shown when the poll is closed."))
    if poll.shown == Poll.Shown.VOTED and not has_voted:
        return no(_("The result is shown to whoever has voted."))
    return YES


def can_close_poll(member: Member, topic: Topic, poll: Poll, role: str | None = None) -> Verdict:
    """Whoever made it, whoever started the topic, and those who keep order."""
    if member.pk in {poll.created_by_id, topic.author_id}:
        return can_change_own(member, topic, role)
    return can_keep_order(member, topic, role)


def can_edit_poll(member: Member, topic: Topic, poll: Poll, role: str | None = None) -> Verdict:
    """Only whoever made it, and only until somebody has voted: nobody's vote gets another meaning."""
    if member.pk != poll.created_by_id:
        return no(_("Only who made a poll can change it."))
    if not poll.is_open:
        return no(_("This poll is closed."))
    if poll.votes.exists():
        return no(_("Somebody has voted, so the poll stays as it is."))
    return can_change_own(member, topic, role)


def can_remove_poll(member: Member, topic: Topic, poll: Poll, role: str | None = None) -> Verdict:
    if member.pk == poll.created_by_id and not poll.votes.exists():
        return can_change_own(member, topic, role)
    if not (verdict := can_keep_order(member, topic, role)) and member.pk == poll.created_by_id:
        return no(_("Somebody has voted. Close the poll, or ask a lead or moderator to remove it."))
    return verdict


def can_announce(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    """Ask everybody addressed to confirm that they have read a topic: leads in their group, the steering committee and
    administrators wherever they may read, moderators in what is the community's."""
    if not member.is_member:
        return no(_("Your membership is not active."))
    category = topic.category
    role = role_in(member, category) if role is None else role
    is_keeper_here = role in Membership.LEADING if category.group_id else member.is_moderator
    if not (is_keeper_here or member.is_steering or member.is_administrator):
        return no(_("Only leads, moderators and the steering committee can ask for this."))
    return _writable(category)


def can_acknowledge(member: Member, topic: Topic, role: str | None = None) -> Verdict:
    """Whoever an announcement addresses: in a group its members, observers too."""
    if not member.is_member:
        return no(_("Your membership is not active."))
    if topic.category.group_id and not (role_in(member, topic.category) if role is None else role):
        return no(_("This announcement addresses the members of the working group."))
    return _writable(topic.category)


def can_keep_categories(member: Member, group: Group | None, role: str = "") -> Verdict:
    """Make, change, order and archive categories: moderators and administrators those of the community, leads those
    of their group. `role` is the member's in the group."""
    if not member.is_member:
        return no(_("Your membership is not active."))
    if group is None:
        if member.is_moderator or member.is_administrator:
            return YES
        return no(_("Only moderators and administrators change the categories of the community."))
    if role not in Membership.LEADING:
        return no(_("Only leads change the categories of their group."))
    if group.is_concluded:
        return no(_("This working group is concluded. It can be read, but nothing can be added."))
    return YES


def can_keep_tags(member: Member) -> Verdict:
    """Make, rename and merge tags, which belong to nobody alone."""
    if member.is_member and (member.is_moderator or member.is_administrator):
        return YES
    return no(_("Only moderators and administrators change tags."))
