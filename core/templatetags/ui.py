"""The small parts of every page: icons, people, times, form fields. Built as strings: some stand 80 times on a page."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache

from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.i18n import TranslateNode, do_translate
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.words import words_path

register = template.Library()
# Where "ui" is loaded after "static" and "i18n", these two answer in their place: addresses and translations of
# plain texts are looked up once by a process, not some hundred times a page.
register.simple_tag(cache(static), name="static")


@register.tag
def translate(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    node = do_translate(parser, token)
    is_plain = node.filter_expression.var.literal is not None and not node.filter_expression.filters
    return node if node.asvar or node.message_context or not is_plain else PlainText(node)


class PlainText(template.Node):
    """`{% translate "some text" %}`, kept by language."""

    def __init__(self, node: TranslateNode) -> None:
        self._node = node
        self._kept: dict[str | None, str] = {}

    def render(self, context: template.Context) -> str:
        language = get_language()
        text = self._kept.get(language)
        if text is None:
            text = self._kept[language] = self._node.render(context)
        return text


@cache
def _sprite() -> str:
    return static("build/sprite.svg")


@register.simple_tag
@cache
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration and hidden from screen readers."""
    return format_html(
        '<svg class="icon{}" {}><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"'),
        _sprite(),
        name,
    )


def initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper() or "?"


@register.simple_tag
def avatar(member, size: str = "") -> SafeString:
    """`size` is "s", "l", "xl" or empty. The name stands beside it, so picture or initials are decoration."""
    shown: str = initials(member.name)
    if version := getattr(member, "avatar_version", 0):
        side = 256 if size in {"l", "xl"} else 64
        shown = format_html(
            '<img src="/avatars/{}/{}/{}.webp" alt="" width="{}" height="{}" loading="lazy" decoding="async">',
            *(member.pk, version, side, side, side),
        )
    return format_html(
        '<span class="avatar avatar-c{}{}" aria-hidden="true">{}</span>',
        member.pk % 8,
        f" avatar--{size}" if size else "",
        shown,
    )


@register.simple_tag
def agency_badge(agency) -> SafeString:
    """Nothing for a member without an agency."""
    if agency is None:
        return SafeString("")
    return format_html('<span class="agency" title="{}">{}</span>', agency.name, agency.label)


@register.simple_tag
def reltime(moment: datetime | None) -> SafeString:
    """A time, absolute, with its zone. The script puts it in the reader's zone and says "12 min ago" if recent, with
    the whole of it on hover."""
    if moment is None:
        return SafeString("")
    year, zone = timezone.localtime().year, timezone.get_current_timezone_name()
    return _reltime(moment.replace(microsecond=0), year, zone, get_language() or "")


@lru_cache(maxsize=10_000)
def _reltime(moment: datetime, this_year: int, zone: str, language: str) -> SafeString:
    local = timezone.localtime(moment)
    return format_html(
        '<relative-time><time datetime="{}">{}</time></relative-time>',
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        format_date(local, "j M, g:i A T" if local.year == this_year else "j M Y, g:i A T"),
    )


@register.simple_tag
def words() -> str:
    """The address of what the scripts say in the language of the page."""
    return words_path(get_language() or "")


# --- Forms ------------------------------------------------------------------------------------------

CHOICES = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def _anchor(bound: BoundField) -> str:
    """The id a link in the error summary leads to: of a set of choices, the first."""
    if isinstance(bound.field.widget, CHOICES):
        return next((option.id_for_label for option in bound.subwidgets), "") or bound.auto_id
    return bound.id_for_label or bound.auto_id


@register.simple_tag
def form_errors(form) -> SafeString:
    """What stands in the way, above the form, each line a link to its field. Nothing when all is well."""
    if not form.errors:
        return SafeString("")
    lines = [("", error) for error in form.non_field_errors()]
    lines += [("", error) for bound in form.hidden_fields() for error in bound.errors]
    for bound in form.visible_fields():
        lines += [(_anchor(bound), f"{bound.label}: {error}") for error in bound.errors]
    return format_html(
        '<div class="usa-alert usa-alert--error" data-errors tabindex="-1"><div class="usa-alert__body">'
        '<h2 class="usa-alert__heading">{}</h2><ul>{}</ul></div></div>',
        ngettext("One thing needs another look", "%(n)d things need another look", len(lines))
        % {"n": len(lines)},
        format_html_join(
            "",
            "<li>{}</li>",
            (
                (format_html('<a href="#{}">{}</a>', anchor, error) if anchor else error,)
                for anchor, error in lines
            ),
        ),
    )


@register.simple_tag
def field(
    bound: BoundField, label: str = "", hint: str = "", css: str = "", **attrs: str | bool
) -> SafeString:
    """Label, hint, error and widget, tied together. Further arguments are attributes of the widget; `_` becomes `-`."""
    if bound.is_hidden:
        return bound.as_widget()
    widget = bound.field.widget
    text, hint = str(label or bound.label), str(hint or bound.help_text)
    attrs = {name.replace("_", "-"): value for name, value in attrs.items()}
    described = [
        f"{bound.auto_id}_{part}" for part, there in (("helptext", hint), ("error", bound.errors)) if there
    ]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    below = format_html("{}{}", _hint(bound, hint), _errors(bound))
    if isinstance(widget, CHOICES):
        inner = _choices(bound, text, below, attrs)
    elif isinstance(widget, forms.CheckboxInput):
        inner = format_html("{}{}", _one_box(bound, text, hint, attrs), _errors(bound))
    else:
        attrs["class"] = " ".join(filter(None, [widget.attrs.get("class"), _widget_class(bound), css]))
        shown = bound.as_widget(attrs=attrs)
        if isinstance(widget, forms.PasswordInput):
            shown = _with_show(bound, shown)
        inner = format_html("{}{}{}", _label(bound, text), below, shown)
    return format_html(
        '<div class="usa-form-group{}">{}</div>', " usa-form-group--error" if bound.errors else "", inner
    )


def _label(bound: BoundField, text: str) -> SafeString:
    optional = (
        "" if bound.field.required else format_html(' <span class="usa-hint">{}</span>', _("(optional)"))
    )
    return format_html('<label class="usa-label" for="{}">{}{}</label>', bound.id_for_label, text, optional)


def _hint(bound: BoundField, hint: str) -> SafeString:
    return (
        format_html('<div class="usa-hint" id="{}_helptext">{}</div>', bound.auto_id, hint)
        if hint
        else SafeString("")
    )


def _errors(bound: BoundField) -> SafeString:
    if not bound.errors:
        return SafeString("")
    lines = format_html_join(SafeString("<br>"), "{}", ((error,) for error in bound.errors))
    return format_html('<span class="usa-error-message" id="{}_error">{}</span>', bound.auto_id, lines)


def _widget_class(bound: BoundField) -> str:
    widget = bound.field.widget
    kind = "usa-input"
    if isinstance(widget, forms.Textarea):
        kind = "usa-textarea"
    elif isinstance(widget, forms.Select):
        kind = "usa-select"
    return f"{kind} usa-input--error" if bound.errors else kind


def _with_show(bound: BoundField, field: SafeString) -> SafeString:
    """The button is here from the start, for the script: a field that is moved loses the focus and what is typed."""
    return format_html(
        '<div class="password">{}'
        '<button type="button" hidden aria-pressed="false" aria-controls="{}">{}</button></div>',
        field,
        bound.id_for_label,
        _("Show"),
    )


def _one_box(bound: BoundField, text: str, hint: str, attrs: dict[str, str | bool]) -> SafeString:
    return format_html(
        '<div class="usa-checkbox">{}<label class="usa-checkbox__label" for="{}">{}</label>{}</div>',
        bound.as_widget(attrs=attrs),
        bound.id_for_label,
        text,
        _hint(bound, hint),
    )


def _choices(bound: BoundField, text: str, below: SafeString, attrs: dict[str, str | bool]) -> SafeString:
    kind = "radio" if isinstance(bound.field.widget, forms.RadioSelect) else "checkbox"
    options = format_html_join(
        "",
        '<div class="usa-{0}">{1}<label class="usa-{0}__label" for="{2}">{3}</label></div>',
        ((kind, option.tag(), option.id_for_label, option.choice_label) for option in bound.subwidgets),
    )
    described = (
        format_html(' aria-describedby="{}"', attrs["aria-describedby"])
        if "aria-describedby" in attrs
        else ""
    )
    return format_html(
        '<fieldset class="usa-fieldset"{}><legend class="usa-legend">{}</legend>{}{}</fieldset>',
        described,
        text,
        below,
        options,
    )
