"""docker-compose.yml cannot be tried here: it holds to its schema, to the settings, and to what we promise of it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from importlib.metadata import distribution
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from footfall.cluster.compose_file import FILE, PREPARE, read, services
from footfall.distributed.process_commands import PROCESSES
from footfall.distributed.server_settings import require_servers
from footfall.settings import PREFIX, Settings, load

ROOT = FILE.parent
TEXT = FILE.read_text(encoding="utf-8")
COMPOSE = read()
ALL: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
STAYING = {name: each for name, each in ALL.items() if name != PREPARE}
SERVERS = {"kafka": "apache/kafka", "postgres": "postgres", "clickhouse": "clickhouse/clickhouse-server"}
EXACT = re.compile(r"\d+\.\d+(\.\d+)*(-[a-z]+)?")
SECRETS = {"POSTGRES_PASSWORD": "p", "CLICKHOUSE_PASSWORD": "c", "FOOTFALL_SECRET": "0" * 64}
VARIABLES = {name: value for each in ALL.values() for name, value in each["environment"].items()}
every_service = pytest.mark.parametrize("name", ALL)


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_file_is_valid_by_the_compose_specification() -> None:
    """By the schema that check-jsonschema carries; its command does not run beside the click that Faust wants."""
    schema = distribution("check-jsonschema").locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    jsonschema.validate(COMPOSE, json.loads(schema.read_text()))


def test_it_runs_each_of_our_processes_and_what_they_need() -> None:
    assert set(ALL) == {*SERVERS, PREPARE, *PROCESSES}
    assert {name: each.command for name, each in services(SECRETS).items() if name != PREPARE} == {
        name: [name] for name in PROCESSES
    }
    assert ALL[PREPARE]["command"] == ["topics", "apply"]


@every_service
def test_every_image_is_pinned(name: str) -> None:
    image, _, tag = ALL[name]["image"].partition(":")
    assert image == SERVERS.get(name, "footfall")
    assert EXACT.fullmatch(tag)


def test_our_image_has_our_version_and_kafka_the_one_that_is_tested() -> None:
    assert ALL["relay"]["image"] == f"footfall:{PROJECT['project']['version']}"
    tested = re.search(
        r"kafka_2.13</artifactId>\s*<version>(.*?)<", (ROOT / "footfall/cluster/kafka_pom.xml").read_text()
    )
    assert tested
    assert ALL["kafka"]["image"].endswith(f":{tested[1]}")


@every_service
def test_every_port_is_of_this_machine_alone(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in ALL[name].get("ports", ()))
    assert "network_mode" not in ALL[name]


@every_service
def test_every_service_is_bounded_and_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = ALL[name]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["logging"]["options"]["max-size"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all("size=" in each for each in service["tmpfs"])


@pytest.mark.parametrize("name", STAYING)
def test_every_server_is_started_again_and_watched(name: str) -> None:
    assert STAYING[name]["restart"] == "unless-stopped"
    assert STAYING[name]["healthcheck"]["test"][0] == "CMD"  # no shell
    assert STAYING[name]["stop_grace_period"]


def test_processes_start_after_the_topics_were_made_and_those_after_the_servers() -> None:
    assert ALL[PREPARE]["depends_on"] == {name: {"condition": "service_healthy"} for name in SERVERS}
    for name in PROCESSES:
        assert ALL[name]["depends_on"] == {PREPARE: {"condition": "service_completed_successfully"}}


def test_no_secret_has_a_default_and_the_example_names_all() -> None:
    used = re.findall(r"\$\{?(\w+)([^}\n]*)", TEXT)
    assert {name for name, _ in used} == set(SECRETS)
    assert all(rest.startswith(":?") for _, rest in used)
    example = (ROOT / "compose.env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in example if line and line[0] != "#"] == [f"{name}=" for name in SECRETS]
    assert ".env" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.parametrize("name", [PREPARE, *PROCESSES])
def test_every_variable_is_a_setting_and_the_settings_hold(name: str) -> None:
    environment = services(SECRETS)[name].environment
    assert {key.removeprefix(PREFIX).lower() for key in environment} <= set(Settings.model_fields)
    require_servers(load(environment=environment).settings)


def test_what_is_kept_is_in_named_volumes_and_what_is_mounted_is_there() -> None:
    mounts = [str(each).split(":") for service in ALL.values() for each in service.get("volumes", ())]
    assert {source for source, *_ in mounts if source[0] != "."} == set(COMPOSE["volumes"])
    files = [(source, rest) for source, *rest in mounts if source[0] == "."]
    assert all((ROOT / source).is_file() and rest[-1] == "ro" for source, rest in files)
    ET.parse(ROOT / "deploy/clickhouse.xml")


def test_the_image_is_pinned_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    bases = {line.split()[1] for line in lines if line.startswith("FROM")}
    assert len(bases) == 1
    assert EXACT.match(bases.pop().partition(":")[2])
    assert [line for line in lines if line.startswith(("USER", "ENTRYPOINT"))] == [
        "USER 10001:10001",
        'ENTRYPOINT ["footfall"]',
    ]


def test_the_image_gets_all_that_the_product_is_made_of() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    patterns = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert allowed == {pattern.rstrip("*") for pattern in patterns} | {
        "LICENSE",
        "pyproject.toml",
        "requirements-run.lock",
    }
