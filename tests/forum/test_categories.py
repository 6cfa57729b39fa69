"""Categories: their pages, who makes, changes, orders and archives them, and those below others."""

import pytest
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.test import Client

from audit.models import AuditEntry
from forum.actions import edit_category, move_category
from forum.models import Category, Topic
from tests.factories import join, make_category, make_group, make_member, make_topic

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Model cards",
    "description": "",
    "about": "",
    "color": "3",
    "posting": "members",
    "tag_policy": "free",
}


def client_of(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def keeper() -> Client:
    return client_of(make_member("Greta Keeper", handle="greta", roles=("moderator",)))


def test_a_moderator_makes_a_category_and_one_below_it(keeper, as_other):
    made = keeper.post("/forum/categories/new/", FORM | {"about": "Ask **here** first. <script>x</script>"})
    assert made.url == "/forum/c/model-cards/"
    below = keeper.post("/forum/c/model-cards/new/", FORM | {"name": "Templates", "description": "To copy."})
    assert below.url == "/forum/c/model-cards-templates/"
    page = as_other.get("/forum/c/model-cards/").content.decode()
    assert "Ask <strong>here</strong> first." in page
    assert "<script>x" not in page
    assert "To copy." in page
    assert 'href="/members/greta/"' in page
    third = keeper.post("/forum/c/model-cards-templates/new/", FORM)
    assert third.status_code == 422
    assert "this would be a third" in third.content.decode()
    assert AuditEntry.objects.filter(action="category.add").count() == 2
    again = keeper.post("/forum/categories/new/", FORM)
    assert again.url == "/forum/c/model-cards-2/"


def test_a_category_shows_the_topics_below_it_and_each_its_own(as_other):
    top = make_category("Data")
    below = make_category("Sharing", parent=top)
    make_topic("In the category itself", category=top)
    make_topic("In the one below it", category=below)
    page = as_other.get("/forum/c/data/").content.decode()
    assert "In the category itself" in page
    assert "In the one below it" in page
    assert 'href="/forum/c/sharing/">Sharing</a> ·' in page
    page = as_other.get("/forum/c/sharing/").content.decode()
    assert "In the category itself" not in page
    assert '<a href="/forum/c/data/">Data</a>' in page
    page = as_other.get(Topic.objects.get(title="In the one below it").get_absolute_url()).content.decode()
    assert '<li><a href="/forum/c/data/">Data</a></li><li><a href="/forum/c/sharing/">' in page


def test_archiving_closes_those_below_too_and_says_so(keeper, as_other):
    top = make_category("Data", slug="data")
    below = make_category("Sharing", parent=top)
    topic = make_topic("Still to be read", category=below)
    assert keeper.post("/forum/c/data/edit/", FORM | {"name": "Data", "is_archived": "on"}).status_code == 302
    for path in ("/forum/c/data/", "/forum/c/sharing/"):
        assert "This category is archived." in as_other.get(path).content.decode()
    assert as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "Too late."}).status_code == 422
    assert AuditEntry.objects.get(action="category.edit").facts["changed"] == ["color", "is_archived"]
    keeper.post("/forum/c/sharing/edit/", FORM | {"name": "Sharing", "parent": "data"})
    assert as_other.post(f"/forum/t/{topic.pk}/reply/", {"body": "In time."}).status_code == 302


def test_a_category_goes_below_another_and_out_again(keeper, as_other):
    data, law = make_category("Data", position=0), make_category("Law", position=1)
    make_category("Sharing", parent=data, position=4)
    topic = make_topic("Of the law", category=law)
    form = keeper.get("/forum/c/law/edit/").content.decode()
    assert '<option value="data">' in form
    assert keeper.post("/forum/c/law/edit/", FORM | {"name": "Law", "parent": "data"}).url == "/forum/c/law/"
    law.refresh_from_db()
    assert (law.parent, law.position, law.slug) == (data, 5, "law")
    assert "Of the law" in as_other.get("/forum/c/data/").content.decode()
    crumbs = '<li><a href="/forum/c/data/">Data</a></li><li><a href="/forum/c/law/">'
    assert crumbs in as_other.get(topic.get_absolute_url()).content.decode()
    assert AuditEntry.objects.get(action="category.edit").facts["changed"] == ["color", "parent_id"]
    assert '<option value="data" selected>' in keeper.get("/forum/c/law/edit/").content.decode()
    keeper.post("/forum/c/law/edit/", FORM | {"name": "Law", "parent": ""})
    law.refresh_from_db()
    assert (law.parent, law.position) == (None, 1)
    caches["local"].clear()  # where a topic is, an open page learns within a minute
    assert crumbs not in as_other.get(topic.get_absolute_url()).content.decode()


@pytest.mark.parametrize("parent", ["law", "sharing", "old", "group", "never-was", "x\0"])
def test_no_category_goes_where_it_cannot_be(keeper, parent):
    law, data = make_category("Law"), make_category("Data")
    make_category("Sharing", parent=data)
    make_category("Old", is_archived=True)
    make_group("Group", lead=make_member())
    refused = keeper.post("/forum/c/law/edit/", FORM | {"name": "Law", "parent": parent})
    assert refused.status_code == 422
    assert "parent" in refused.context["form"].errors
    law.refresh_from_db()
    assert law.parent is None


def test_what_has_others_below_it_or_is_in_a_group_offers_no_other_place(keeper):
    make_category("Law")
    data = make_category("Data")
    make_category("Sharing", parent=data)
    lead = make_member()
    group = make_group("Responsible AI", lead=lead)
    root = group.categories.get()
    below = make_category("Reviews", parent=root, group=group)
    for client, place, stays in (
        (keeper, data, None),
        (client_of(lead), root, None),
        (client_of(lead), below, root),
    ):
        path = f"/forum/c/{place.slug}/edit/"
        assert 'name="parent"' not in client.get(path).content.decode()
        assert client.post(path, FORM | {"name": "Renamed", "parent": "law"}).status_code == 302
        place.refresh_from_db()
        assert (place.name, place.parent) == ("Renamed", stays)


def test_an_archived_parent_keeps_what_is_below_it(keeper):
    old = make_category("Old", is_archived=True)
    make_category("Sharing", parent=old)
    assert '<option value="old" selected>' in keeper.get("/forum/c/sharing/edit/").content.decode()
    assert keeper.post("/forum/c/sharing/edit/", FORM | {"parent": "old"}).status_code == 302
    assert Category.objects.get(slug="sharing").parent == old


def test_the_order_is_changed_step_by_step(keeper, as_other):
    for position, name in enumerate(("Alpha", "Beta", "Gamma")):
        make_category(name, position=position)
    keeper.post("/forum/c/gamma/order/", {"move": "up"})
    keeper.post("/forum/c/alpha/order/", {"move": "down"})
    keeper.post("/forum/c/gamma/order/", {"move": "up"})
    assert [place.name for place in Category.objects.all()] == ["Gamma", "Alpha", "Beta"]
    assert keeper.post("/forum/c/alpha/order/", {"move": "sideways"}).status_code == 400
    page = as_other.get("/forum/categories/").content.decode().split("<main")[1]
    assert page.index("Gamma") < page.index("Alpha") < page.index("Beta")
    assert "order/" not in page


def test_a_form_changes_the_category_as_it_is_now(keeper):
    """Somebody else moved it between the look and the deed."""
    data, law = make_category("Data", position=0), make_category("Law", position=1)
    actor, found = make_member(roles=("moderator",)), Category.objects.get(pk=law.pk)
    typed = {name: value for name, value in FORM.items() if name != "name"} | {"color": 3}
    keeper.post("/forum/c/law/order/", {"move": "up"})
    edit_category(actor=actor, category=found, parent=None, is_archived=False, name="Laws", **typed)
    assert list(Category.objects.values_list("name", "position")) == [("Laws", 0), ("Data", 1)]
    keeper.post("/forum/c/law/edit/", FORM | {"name": "Laws", "parent": "data"})
    move_category(actor=actor, category=found, steps=1)
    found.refresh_from_db()
    keeper.post("/forum/c/law/edit/", FORM | {"name": "Laws", "parent": ""})
    keeper.post("/forum/c/law/new/", FORM)
    with pytest.raises(ValidationError, match="this would be a third"):
        edit_category(actor=actor, category=found, parent=data, is_archived=False, name="Laws", **typed)


def test_nobody_else_changes_the_communitys_categories(as_other):
    make_category("Data")
    lead = make_member()
    make_group("Responsible AI", lead=lead)
    for client in (as_other, client_of(lead)):
        assert client.get("/forum/categories/new/").status_code == 404
        for path in ("new", "edit"):
            assert client.post(f"/forum/c/data/{path}/", FORM).status_code == 403
        assert client.post("/forum/c/data/order/", {"move": "up"}).status_code == 403
    assert Category.objects.filter(group=None).count() == 1


def test_a_lead_adds_categories_to_the_groups_discussions(as_other, other, keeper):
    lead = make_member("Lena Lead", handle="lena")
    group = make_group("Responsible AI", lead=lead, kind="members")
    leading, root = client_of(lead), group.categories.get()
    made = leading.post(f"/forum/c/{root.slug}/new/", FORM | {"name": "Reviews"})
    assert made.url == "/groups/responsible-ai/discussions/responsible-ai-reviews/"
    below = Category.objects.get(parent=root)
    assert below.group == group
    make_topic("In the root", category=root, author=lead)
    make_topic("In the reviews", category=below, author=lead)
    page = leading.get("/groups/responsible-ai/discussions/").content.decode()
    assert "In the root" in page
    assert "In the reviews" in page
    assert 'href="/groups/responsible-ai/discussions/responsible-ai-reviews/"' in page
    page = leading.get(below.get_absolute_url()).content.decode()
    assert "In the root" not in page
    assert 'href="/members/lena/">Lena Lead' in page
    assert leading.get("/groups/responsible-ai/").status_code == 200
    assert leading.get(f"/forum/c/{below.slug}/").url == below.get_absolute_url()
    # It is the group's own: nobody else learns of it, not even moderators.
    for client in (as_other, keeper):
        for path in (f"/forum/c/{below.slug}/", f"/forum/c/{below.slug}/edit/", below.get_absolute_url()):
            assert client.get(path).status_code == 404
    join(group, other)
    assert as_other.post(f"/forum/c/{below.slug}/edit/", FORM).status_code == 403
    assert "In the reviews" in as_other.get("/forum/?group=responsible-ai").content.decode()


def test_lists_keep_each_others_filters(as_other, member):
    data, law = make_category("Data"), make_category("Law")
    make_topic("Of the data", category=data)
    make_topic("Of the law", category=law, author=member)
    page = as_other.get("/forum/?category=data&filter=unread").content.decode().split("<main")[1]
    assert "Of the data" in page
    assert "Of the law" not in page
    assert 'href="?filter=new&amp;category=data"' in page
    assert '<option value="data" selected>' in page
    assert "In Data" in page
    assert as_other.get("/forum/?category=never-was").status_code == 404
    empty = as_other.get("/forum/?category=data&filter=mine").content.decode()
    assert "No topic fits all you have chosen." in empty


def test_all_of_one_list_is_marked_read(as_other, other):
    data, law = make_category("Data"), make_category("Law")
    for number in range(3):
        make_topic(f"Of the data {number}", category=data)
    left = make_topic("Of the law", category=law)
    form = {"category": "data", "next": "/forum/c/data/"}
    assert as_other.post("/forum/read/", form).url == "/forum/c/data/"
    assert list(Topic.objects.visible_to(other).unread_by(other)) == [left]
    as_other.post("/forum/read/", {"filter": "following"})
    assert list(Topic.objects.visible_to(other).unread_by(other)) == [left]
    as_other.post("/forum/read/", {"filter": "new"})
    assert not Topic.objects.visible_to(other).unread_by(other).exists()
    assert as_other.post("/forum/read/", {"category": "never-was"}).status_code == 404
