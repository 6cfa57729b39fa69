"""Where `seed_demo` refuses to load the demo community; what it loads is the concern of test_seed_demo.py."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import EligibilityProof, Member
from tests.factories import make_group, make_member
from workinggroups.models import Group

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _embedded(settings):
    settings.EMBEDDED = True


def seed() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def test_it_is_refused_beyond_the_embedded_default(settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="embedded default only"):
        seed()
    assert not Member.objects.exists()


def test_it_is_refused_whole_where_a_name_is_taken():
    make_member(address="ada@gsa.gov")
    make_group("Procurement")
    with pytest.raises(CommandError, match=r"ada@gsa\.gov, procurement"):
        seed()
    assert Group.objects.count() == 1
    assert not EligibilityProof.objects.filter(method=EligibilityProof.Method.DEMO).exists()
