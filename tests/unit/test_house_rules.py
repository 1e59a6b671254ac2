"""Rules of the house that import contracts cannot say."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATEMENTS = {"select", "insert", "update", "delete"}
READS = {"scalar", "scalars", "execute", "get", "get_one", "query", "connection"}
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
