"""The built snippet is what its source says, and the source is well typed. Node comes from a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.snippet_files import NEWEST, VERSIONS, content
from tests.browser.node import node
from tests.docs.executing import ROOT

pytestmark = pytest.mark.product  # needs what `make test` installs, not what `make check` has

PAGE = (ROOT / "docs/snippet.md").read_text(encoding="utf-8")


def test_the_built_file_is_not_stale(tmp_path: Path) -> None:
    done = node("build.mjs", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (built,) = tmp_path.iterdir()
    assert built.name == f"footfall.{NEWEST}.js", "run `make snippet`"
    assert built.read_bytes() == content(NEWEST)[0], "raise the version in package.json and run `make snippet`"


def test_the_source_is_well_typed() -> None:
    done = node("node_modules/typescript/lib/tsc.js", "-p", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("version", VERSIONS)
def test_the_page_names_the_hash_of_every_version(version: str) -> None:
    assert f"| {version} | `{VERSIONS[version]}` |" in PAGE
