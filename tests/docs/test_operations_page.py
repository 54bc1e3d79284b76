"""docs/operations.md names the files, settings, log events and metrics of the code."""

from __future__ import annotations

import re
from pathlib import Path

from footfall.circuit_breaker import ALLOWED, WINDOW
from footfall.data_folder import DataFolder
from footfall.settings import FILE_NAME, Settings, shown
from ingest.key_file import FILE_NAME as KEY_FILE
from ingest.ports import STAGES
from tests.docs.executing import ROOT

PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
FOLDERS = ("footfall", "ingest", "query_api", "aggregates", "projections")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    return {name for line in text.splitlines() if line.startswith("| `") for name in cell_names(line)}


def cell_names(line: str) -> list[str]:
    return re.findall(r"`([^`]+)`", line.split("|")[1])


def source() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_the_settings_are_those_of_the_code_with_their_defaults() -> None:
    rows = [
        f"| `{name}` | {shown(field.get_default())} | {field.description} |".replace("|  |", "| |")
        for name, field in Settings.model_fields.items()
    ]
    assert [line for line in section("Settings").splitlines() if line.startswith("| `")] == rows


def test_every_file_of_the_data_folder_is_named() -> None:
    folder = DataFolder(Path("data"))
    names = [name for name, value in vars(DataFolder).items() if isinstance(value, property)]
    files = {getattr(folder, name).name for name in names} | {"secret", "keys.db", KEY_FILE, FILE_NAME}
    assert first_cells(section("The data folder")) == files


def test_the_metrics_are_those_of_the_front_door() -> None:
    text = (ROOT / "footfall/front_door.py").read_text(encoding="utf-8")
    counters = re.findall(r'(?:_counter|CounterMetricFamily)\(\s*"(footfall_\w+)"', text)
    gauges = re.findall(r'GaugeMetricFamily\(\s*"(footfall_\w+)"', text)
    assert first_cells(section("Metrics")) == {*(f"{name}_total" for name in counters), *gauges}


def test_the_log_events_are_those_of_the_code() -> None:
    events = set(re.findall(r'log\.(?:warning|error)\(\s*"([a-z_]+\.[a-z_]+)"', source()))
    assert first_cells(section("Logs")) == events


def test_the_stages_of_dead_letters_and_the_circuit_breaker_are_those_of_the_code() -> None:
    text = " ".join(section("Dead letters").split())
    assert first_cells(section("Dead letters")) == set(STAGES)
    assert f"More than {ALLOWED} events that cannot be processed among the last {WINDOW:,}, when they" in text
