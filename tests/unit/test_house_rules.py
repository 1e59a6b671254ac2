"""Rules of the house that import contracts cannot say."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATEMENTS = {"select", "insert", "update", "delete"}
READS = {"scalar", "scalars", "execute", "get", "get_one", "query", "connection"}
STOREYS = ("bot", "core", "workflows")
HAVE_QUERIES = ("core/db/",)
"""Beside the store files: the unit of work and the migrations."""


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def queries(tree: ast.Module) -> Iterator[int]:
    """The lines on which a module asks the database something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy":
            yield from (node.lineno for name in node.names if name.name in STATEMENTS)
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "session"
            and node.attr in READS
        ):
            yield node.lineno


def imports() -> dict[str, set[str]]:
    """Which of our modules each imports as it is loaded; what is imported within a function, when it runs, is not."""
    trees = {path[:-3].replace("/", ".").removesuffix(".__init__"): tree for path, tree in sources(*STOREYS)}
    found: dict[str, set[str]] = {}
    for name, tree in trees.items():
        named = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module and not node.level]
        wanted = {f"{node.module}.{each.name}" for node in named for each in node.names}
        found[name] = {each if each in trees else each.rpartition(".")[0] for each in wanted} & set(trees) - {name}
    return found


def circles(graph: dict[str, set[str]]) -> set[str]:
    """What is left when everything that leads to no circle is taken away."""
    left = dict(graph)
    while ends := [name for name, wanted in left.items() if not wanted & set(left)]:
        for name in ends:
            del left[name]
    return set(left)


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(imports()) == set()
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": set()}) == {"a", "b", "c"}


def test_queries_live_in_store_files_only() -> None:
    elsewhere = [
        f"{path}:{line}"
        for path, tree in sources("bot", "core", "workflows")
        if not path.endswith("store.py") and not path.startswith(HAVE_QUERIES)
        for line in queries(tree)
    ]
    assert elsewhere == []


def test_a_query_would_be_noticed() -> None:
    assert list(queries(ast.parse("from sqlalchemy import select\nrow = session.get(Row, 1)"))) == [1, 2]
