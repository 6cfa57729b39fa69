"""Cheap promises about the code itself, read from its source. Floors are import-linter's (`make lint`)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

pytestmark = [pytest.mark.alone, pytest.mark.xdist_group("architecture")]  # the source is parsed once
ROOT = Path(__file__).resolve().parent.parent
APPS = {"accounts", "audit", "core", "files", "forum", "notifications", "outbox", "pages", "workinggroups"}
PRIVATE = {"views", "forms", "serializers", "tasks", "consumers"}
REFUSED_NAMES = {"utils", "helpers", "common", "services", "managers", "selectors", "misc", "base"}


@cache
def modules() -> dict[str, ast.Module]:
    """Path relative to the root, as forum/views/topics.py, to syntax tree; migrations left out."""
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text())
        for top in sorted(APPS | {"config"})
        for path in sorted((ROOT / top).rglob("*.py"))
        if "migrations" not in path.parts
    }


@cache
def nodes(tree: ast.AST) -> list[ast.AST]:
    return list(ast.walk(tree))


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of every import, the ones inside functions included."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in nodes(tree):
        if isinstance(node, ast.Call) and name == getattr(node.func, "attr", getattr(node.func, "id", "")):
            yield node


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_only_live_modules_publish():
    publishers = {
        path
        for path, tree in modules().items()
        for module, name in imports(tree)
        if name in {"publish", "publish_to_members"} and module.split(".")[:2] == ["core", "live"]
    }
    publishers |= {
        path
        for path, tree in modules().items()
        for name in ("publish", "publish_to_members")
        for call in calls(tree, name)
        if ast.unparse(call.func).endswith(f"live.{name}")
    }
    assert publishers
    wrong = {
        path for path in publishers if not path.startswith("core/live/") and path.split("/")[1] != "live.py"
    }
    assert not wrong


def test_only_core_live_touches_the_channel_layer():
    wrong = {
        path
        for path, tree in modules().items()
        if not path.startswith("core/live/")
        and (
            any(
                module.startswith("channels.layers") or "channel_layer" in name
                for module, name in imports(tree)
            )
            or any(calls(tree, "group_send"))
        )
    }
    assert not wrong


def test_no_app_imports_what_is_private_to_another():
    wrong = []
    for path, tree in modules().items():
        app = path.split("/")[0]
        for module, name in imports(tree):
            other, *rest = [*module.split("."), name]
            if other not in APPS - {app, "core", "files"} or app == "config" or not PRIVATE & set(rest):
                continue
            # An API may show another app's thing in the shape that app gave it.
            if "/api/" in path and rest[:2] == ["api", "serializers"]:
                continue
            wrong.append(f"{path} imports {module}.{name}")
    assert not wrong


def test_side_effects_wait_for_the_commit_and_never_undo_it():
    found = [(path, call) for path, tree in modules().items() for call in calls(tree, "on_commit")]
    assert found
    wrong = [
        f"{path}:{call.lineno}"
        for path, call in found
        if not any(
            keyword.arg == "robust" and ast.unparse(keyword.value) == "True" for keyword in call.keywords
        )
    ]
    assert not wrong


def test_the_environment_is_read_in_one_place():
    entrances = {"config/wsgi.py", "config/asgi.py", "config/embedded.py"}  # name the settings module
    hands_on = {"core/markup/pool.py"}  # a few variables to its child process
    allowed = {"config/env.py"} | entrances | hands_on
    wrong = {
        path
        for path, tree in modules().items()
        if path not in allowed
        and any(name in {"environ", "getenv"} for node in nodes(tree) if (name := getattr(node, "attr", "")))
    }
    assert not wrong


def test_only_settings_use_the_readers_of_the_environment():
    users = {path for path, tree in modules().items() if ("config", "env") in set(imports(tree))}
    assert users == {"config/settings.py", "config/checks.py"}


def importers(names: set[str]) -> set[str]:
    return {path for path, tree in modules().items() for _, name in imports(tree) if name in names}


def test_nothing_in_the_api_is_public_by_its_permission_class():
    assert importers({"AllowAny"}) == set()


def test_one_form_alone_comes_without_a_csrf_token():
    # Mail programs post to the unsubscribe link by themselves (RFC 8058).
    assert importers({"csrf_exempt"}) <= {"notifications/views.py"}


def test_apps_do_not_talk_through_signals_or_generic_keys():
    # A session may end in many ways, none of them ours: its row's deletion is the one signal listened to.
    signals = {"post_save", "pre_save", "post_delete", "pre_delete", "m2m_changed"}
    assert importers(signals) <= {"notifications/apps.py"}
    assert importers({"GenericForeignKey"}) == set()


def test_no_room_is_named_after_nothing():
    wrong = {path for path in modules() if REFUSED_NAMES & set(Path(path).with_suffix("").parts)}
    assert not wrong


def test_no_template_has_inline_script_or_style():
    inline = re.compile(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)
    script = re.compile(r"<script\b(?![^>]*\bnonce=)", re.IGNORECASE)
    assert templates()
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in templates()
        if "/email/" not in path.as_posix()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if inline.search(line) or script.search(line)
    ]
    assert not wrong


def test_no_page_fills_a_block_that_base_html_has_not():
    """Of the document around base.html's own blocks the text is kept: another block would be shown nowhere."""
    token = re.compile(r"{% (end)?block\b *([\w]*)")
    above, outer, every = {}, {}, {}
    for path in templates():
        name, text, depth = path.relative_to(ROOT / "templates").as_posix(), path.read_text(), 0
        above[name] = found[1] if (found := re.search(r'{% extends "([^"]+)"', text)) else ""
        outer[name], every[name] = set(), set()
        for end, block in token.findall(text):
            if not end:
                every[name].add(block)
                outer[name] |= {block} if depth == 0 else set()
            depth += -1 if end else 1
    wrong = set()
    for name in above:
        chain = [name]
        while above.get(chain[-1]):
            chain.append(above[chain[-1]])
        if chain[-1] == "base.html" != name:
            wrong |= {
                f"{name}: {block}" for block in outer[name] - set().union(*(every[n] for n in chain[1:]))
            }
    assert len(outer["base.html"]) == 5
    assert not wrong


def test_no_template_loads_from_elsewhere():
    foreign = re.compile(
        r"""(?:src|srcset|action)\s*=\s*["'](?:https?:)?//|<link[^>]+href=["'](?:https?:)?//"""
    )
    wrong = [str(path.relative_to(ROOT)) for path in templates() if foreign.search(path.read_text())]
    assert not wrong


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
    suffixes = {".py", ".html", ".js", ".mjs", ".scss", ".md", ".yml", ".toml"}
    skipped = {".venv", "node_modules", "build", ".git", "data", "test-results"}
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for top in [*APPS, "config", "templates", "frontend", "tests", "bench", "bin", "deploy", "docs"]
        for path in sorted((ROOT / top).rglob("*"))
        if path.suffix in suffixes and not skipped & set(path.relative_to(ROOT).parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if later.search(line)
    ]
    assert not wrong
