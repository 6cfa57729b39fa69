from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django import forms

from core.templatetags.ui import agency_badge, avatar, field, form_errors, icon, initials, reltime
from core.words import words_path, words_script


class TopicForm(forms.Form):
    title = forms.CharField(label="Title", help_text="As a question.")
    tags = forms.CharField(label="Tags", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "Open"), ("b", "Closed")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree", help_text="It is short.")
    token = forms.CharField(widget=forms.HiddenInput)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Grace Hopper", "GH"),
        ("Grace", "G"),
        ("Ana María de la Cruz", "AC"),
        ("(ops) Lee", "L"),
        ("", "?"),
        ("42", "?"),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name, expected):
    assert initials(name) == expected


def test_an_avatar_has_one_colour_for_ever_and_is_hidden_from_screen_readers():
    html = avatar(SimpleNamespace(pk=13, name="Grace Hopper"), "s")
    assert html == '<span class="avatar avatar-c5 avatar--s" aria-hidden="true">GH</span>'


def test_names_of_agencies_are_escaped_and_no_agency_is_no_badge():
    assert "<script>" not in agency_badge(SimpleNamespace(name="<script>", label="<script>"))
    assert agency_badge(None) == ""


def test_an_icon_is_decoration_unless_it_is_named():
    assert 'aria-hidden="true"' in icon("lock")
    assert 'role="img" aria-label="Locked"' in icon("lock", label="Locked")


def test_a_time_says_its_zone_and_is_readable_by_the_script():
    html = reltime(datetime(2020, 1, 2, 15, 4, 5, tzinfo=UTC))
    assert 'datetime="2020-01-02T15:04:05Z"' in html
    assert "3:04 PM UTC" in html
    assert reltime(None) == ""


def test_a_field_ties_label_hint_and_error_to_its_widget():
    html = field(TopicForm({})["title"])
    assert '<label class="usa-label" for="id_title">Title</label>' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="usa-input usa-input--error"' in html


def test_what_may_be_left_out_is_called_optional():
    assert "(optional)" in field(TopicForm()["tags"])
    assert "(optional)" not in field(TopicForm()["title"])


def test_choices_are_a_group_with_a_legend_and_a_label_each():
    html = field(TopicForm()["kind"])
    assert '<legend class="usa-legend">Kind</legend>' in html
    assert '<label class="usa-radio__label" for="id_kind_1">Closed</label>' in html


def test_a_check_box_stands_before_its_label():
    html = field(TopicForm()["agree"])
    assert html.index('type="checkbox"') < html.index("I agree")
    assert 'id="id_agree_helptext"' in html


def test_the_summary_of_errors_leads_to_each_field():
    form = TopicForm({"title": "x", "agree": "on"})
    form.add_error(None, "Nothing was saved.")
    html = form_errors(form)
    assert "3 things need another look" in html
    assert "<li>Nothing was saved.</li>" in html
    assert '<a href="#id_kind_0">Kind: This field is required.</a>' in html
    assert "<li>This field is required.</li>" in html  # the hidden token: there is nothing to lead to


def test_no_summary_without_errors():
    assert form_errors(TopicForm()) == ""


def test_the_words_of_the_scripts_have_an_address_that_changes_with_them():
    path = words_path("en-us")
    assert path.startswith("/words/en-us.")
    assert '"newReplies":{"one":"{n} new reply","other":"{n} new replies"}' in words_script("en-us")
