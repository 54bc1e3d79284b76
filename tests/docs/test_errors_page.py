"""docs/errors.md lists every code that the source can answer, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "InvalidEvent": 0, "Unconsented": 0, "InvalidInput": 0, "InvalidJson": 0, "_Bad": 0, "body": 0, "Refusal": 1,
    "DeadLetter": 2,
}  # fmt: skip
"""Who is given a code, as which argument."""


def codes_in(folder: str) -> set[str]:
    return {
        code
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for given in given_codes(node)
        for code in texts(given)
    }


def given_codes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = PLACES.get(name)
        if place is not None and len(node.args) > place:
            yield node.args[place]
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "code" for t in node.targets):
        yield node.value


def texts(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and re.fullmatch(r"[a-z_]+", part.value):
            yield part.value


def test_the_page_lists_the_codes_of_the_source_and_no_other() -> None:
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)
    in_source = set[str]().union(*(codes_in(folder) for folder in ("ingest", "schemas", "query_api", "projections")))
    in_source |= codes_in("footfall") & {"poison"}
    assert sorted(listed) == sorted(in_source)
