"""The rules of admission from settings: files that they name are opened at the start, and every problem is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from footfall.rules import admission_rules, import_rules
from footfall.settings import ConfigurationError, Settings


def test_all_files_that_cannot_be_read_are_named_at_once(tmp_path: Path) -> None:
    networks = tmp_path / "networks"
    networks.write_text("203.0.113.0/24\nnobody\n")
    places = tmp_path / "places.mmdb"
    missing, broken = (b"", "cannot be read: No such file"), (b"x", "no database in MaxMind's format")
    for content, problem in (missing, broken):
        if content:
            places.write_bytes(content)
        with pytest.raises(ConfigurationError) as raised:
            admission_rules(Settings(places=places, bot_networks=networks))
        first, second = raised.value.problems
        assert first.startswith(f"places: {places}: {problem}")
        assert second.startswith(f"bot_networks: {networks}: line 2: no network")


def test_addresses_are_kept_as_the_setting_says(tmp_path: Path) -> None:
    networks = tmp_path / "networks"
    networks.write_text("203.0.113.0/24\n")
    origin = admission_rules(Settings(bot_networks=networks)).addresses.origin("203.0.113.7")
    assert (origin.ip, origin.automated) == ("203.0.113.0", True)
    assert import_rules(Settings(ip="drop")).addresses.origin("203.0.113.7").ip is None
