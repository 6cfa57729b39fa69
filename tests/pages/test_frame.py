"""The frame of a page is kept for what it shows, and by no more than that."""

import pytest

from pages.frame import CUT, render_frame
from tests.factories import join, make_category, make_group, make_member
from workinggroups.models import Group

pytestmark = pytest.mark.django_db


def test_addresses_that_the_rail_does_not_lead_to_share_one_frame(client):
    member, group = make_member(), make_group("Procurement", lead=make_member())
    join(group, member)
    below = make_category("Sharing", parent=make_category("Data"))
    client.force_login(member)
    client.get("/forum/c/no-such-1/")
    known = render_frame.cache_info().misses
    for path in ("/forum/c/no-such-2/", "/forum/c/data/no-such/", below.get_absolute_url()):
        client.get(path)
    assert render_frame.cache_info().misses == known


def test_the_entry_that_leads_to_the_page_is_marked(client):
    member, group = make_member(), make_group("Procurement", lead=make_member())
    join(group, member)
    make_category("Data")
    client.force_login(member)
    marked = {"/groups/": "page", "/forum/c/data/": "page", "/groups/procurement/members/": "true"}
    for path, current in marked.items():
        rail = client.get(path).content.decode().split('<nav class="layout-rail')[1].split("</nav>")[0]
        entry = path.removesuffix("members/")
        assert f'<a href="{entry}" aria-current="{current}">' in rail, path
        assert rail.count("aria-current") == (2 if path.startswith("/forum/") else 1)


def test_a_frame_that_fails_is_an_error_and_no_page_without_one(client):
    member, group = make_member(), make_group("Procurement", lead=make_member())
    join(group, member)
    Group.objects.update(name=CUT)
    client.force_login(member)
    with pytest.raises(TypeError):
        client.get("/")


def test_the_rail_comes_alone_too(client):
    member, group = make_member(), make_group("Procurement", lead=make_member())
    join(group, member)
    client.force_login(member)
    rail = client.get("/rail/").content.decode()
    assert rail.startswith('<nav class="layout-rail')
    assert '<a href="/groups/procurement/">' in rail
