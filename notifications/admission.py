"""What sockets ask of the database: who is there, who may stay, what was missed. Plain functions over many at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from importlib import import_module
from operator import or_
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.utils.encoders import JSONEncoder

from accounts.live import recheck
from accounts.models import Member
from accounts.terms import outstanding
from core import live
from notifications.api.serializers import NoticeSerializer
from notifications.models import Notice

CHECK_SECONDS = 60.0  # the longest a socket stays without anybody asking whether it may
MISSED_AT_ONCE = 500  # notices read in one go
JSON = JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Admission:
    member_id: int
    login: str  # the session's proof of the password; another one after a change of it
    seconds: float  # to look again after
    unread: int
    latest: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A socket's claim: the session it came with and the rooms it is in."""

    session_key: str
    login: str
    member_id: int
    rooms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    may_stay: bool
    lost: frozenset[str] = frozenset()  # rooms it may not be in any more
    seconds: float = CHECK_SECONDS


def admit(session_keys: list[str]) -> list[Admission | None]:
    """Who comes with these session cookies: members with a session in force, None for everybody else."""
    now = timezone.now()
    sessions = {
        session.session_key: session
        for session in Session.objects.filter(session_key__in=session_keys, expire_date__gt=now)
    }
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    claims = {key: store.decode(session.session_data) for key, session in sessions.items()}
    members = _members(claim.get(SESSION_KEY) for claim in claims.values())
    notices = Notice.objects.filter(member__in=members).order_by().values_list("member")
    unread = dict(notices.unread().annotate(n=Count("pk")))
    latest = dict(notices.annotate(n=Max("pk")))
    admitted: dict[str, Admission] = {}
    for key, claim in claims.items():
        member = members.get(int(claim.get(SESSION_KEY, 0)))
        login = claim.get(HASH_SESSION_KEY, "")
        if member and _is_current(member, login) and not outstanding(member):
            admitted[key] = Admission(
                member.pk,
                login,
                _seconds_left(now, member, sessions[key].expire_date),
                unread.get(member.pk, 0),
                latest.get(member.pk, 0),
            )
    return [admitted.get(key) for key in session_keys]


def look_again(stays: list[Stay]) -> list[Verdict]:
    """Whether each may stay, and the rooms it has to leave."""
    now = timezone.now()
    keys = [stay.session_key for stay in stays]
    sessions = dict(
        Session.objects.filter(session_key__in=keys, expire_date__gt=now).values_list(
            "session_key", "expire_date"
        )
    )
    members = _members(stay.member_id for stay in stays)
    allowed: dict[tuple[int, str], bool] = {}  # asked once for all tabs of a member
    verdicts = []
    for stay in stays:
        member = members.get(stay.member_id)
        if member is None or stay.session_key not in sessions or not _is_current(member, stay.login):
            verdicts.append(Verdict(may_stay=False))
            continue
        for room in stay.rooms:
            if (member.pk, room) not in allowed:
                allowed[member.pk, room] = live.may_listen(member, room)
        lost = frozenset(room for room in stay.rooms if not allowed[member.pk, room])
        verdicts.append(Verdict(True, lost, _seconds_left(now, member, sessions[stay.session_key])))
    return verdicts


def may_listen(asked: list[tuple[int, str]]) -> list[bool]:
    """For each member and room whether the one may be in the other."""
    members = _members(member_id for member_id, _ in asked)
    allowed = {
        (pk, room): pk in members and live.may_listen(members[pk], room) for pk, room in dict.fromkeys(asked)
    }
    return [allowed[pair] for pair in asked]


def missed(after: dict[int, int]) -> tuple[dict[int, list[tuple[int, str]]], bool]:
    """For each member the frames of notices after an id, in order, as (id, JSON); and whether there may be more."""
    wanted = reduce(or_, (Q(member=member_id, pk__gt=last) for member_id, last in after.items()))
    notices = list(Notice.objects.filter(wanted).for_listing().order_by("pk")[:MISSED_AT_ONCE])
    members = {notice.member_id for notice in notices}
    unread = dict(
        Notice.objects.filter(member__in=members)
        .unread()
        .order_by()
        .values_list("member")
        .annotate(n=Count("pk"))
    )
    frames: dict[int, list[tuple[int, str]]] = {}
    for notice, data in zip(notices, NoticeSerializer(notices, many=True).data, strict=True):
        body = {"type": "notification", **data, "unread": unread.get(notice.member_id, 0)}
        frames.setdefault(notice.member_id, []).append((notice.pk, JSON.encode(body)))
    return frames, len(notices) == MISSED_AT_ONCE


def session_ended(instance: Session, **kwargs: Any) -> None:
    """A session's row was deleted: its sockets have to go."""
    if instance.expire_date > timezone.now() and (member_id := instance.get_decoded().get(SESSION_KEY)):
        recheck(int(member_id))


def _members(ids: Iterable[Any]) -> dict[int, Member]:
    return {
        member.pk: member for member in Member.objects.members().filter(pk__in={int(pk) for pk in ids if pk})
    }


def _is_current(member: Member, login: str) -> bool:
    return constant_time_compare(login, member.get_session_auth_hash()) or any(
        constant_time_compare(login, older) for older in member.get_session_auth_fallback_hash()
    )


def _seconds_left(now: datetime, member: Member, session_ends: datetime) -> float:
    """Until the next look: at the latest when session or eligibility runs out."""
    ends = min(session_ends, member.eligible_until or now)
    return min(CHECK_SECONDS, max(1.0, (ends - now).total_seconds()))
