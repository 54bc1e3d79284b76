"""Settings: every source, every problem at once, and no secret shown."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from footfall.settings import MASK, ConfigurationError, Settings, load


def problems(arguments: dict[str, object], environment: dict[str, str], config: Path | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(arguments, environment=environment, config=config)
    return caught.value.problems


def test_without_any_source_the_defaults_hold(tmp_path: Path) -> None:
    loaded = load({"data": tmp_path}, environment={})
    settings = loaded.settings
    assert (settings.host, settings.port, settings.inbox_bytes) == ("127.0.0.1", 8080, 1024**3)
    assert settings.session_timeout == timedelta(minutes=30)
    assert loaded.origins["port"] == "default"
    assert loaded.origins["data"] == "command line"


def test_the_command_line_comes_before_the_environment_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "footfall.toml").write_text('port = 1\nhost = "::1"\nbackdate_days = 7\n')
    environment = {"FOOTFALL_DATA": str(tmp_path), "FOOTFALL_PORT": "2", "FOOTFALL_HOST": "0.0.0.0"}
    loaded = load({"port": 3, "host": None}, environment=environment)
    assert (loaded.settings.port, loaded.settings.host, loaded.settings.backdate_days) == (3, "0.0.0.0", 7)
    assert loaded.origins["port"] == "command line"
    assert loaded.origins["host"] == "FOOTFALL_HOST"
    assert loaded.origins["backdate_days"] == str(tmp_path / "footfall.toml")


def test_every_form_that_a_person_writes_is_read(tmp_path: Path) -> None:
    environment = {
        "FOOTFALL_SESSION_TIMEOUT": "PT45M",
        "FOOTFALL_CLICKHOUSE_MEMORY_BYTES": "1.5GiB",
        "FOOTFALL_QUERY_PARAMETERS": "Color, size,",
        "FOOTFALL_PORT": " ",
    }
    settings = load({"data": tmp_path}, environment=environment).settings
    assert settings.session_timeout == timedelta(minutes=45)
    assert settings.clickhouse_memory_bytes == 1536 * 1024**2
    assert settings.query_parameters == {"color", "size"}
    assert settings.port == 8080
    (tmp_path / "footfall.toml").write_text('session_timeout = 60\nquery_parameters = ["a", "b"]\n')
    settings = load({"data": tmp_path}, environment={}).settings
    assert settings.session_timeout == timedelta(minutes=1)
    assert settings.query_parameters == {"a", "b"}


def test_all_problems_of_all_sources_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "footfall.toml").write_text('hots = "x"\nbackdate_days = -1\n')
    found = problems({"data": tmp_path}, {"FOOTFALL_PORT": "many", "FOOTFALL_INBOX_BITES": "1"})
    assert len(found) == 4
    text = "\n".join(found)
    assert "hots: no such setting; did you mean host?" in text
    assert "FOOTFALL_INBOX_BITES: no such setting; did you mean FOOTFALL_INBOX_BYTES?" in text
    assert f"{tmp_path / 'footfall.toml'}: backdate_days" in text
    assert "FOOTFALL_PORT: port" in text


def test_a_problem_never_quotes_the_value(tmp_path: Path) -> None:
    assert "hunter2" not in "\n".join(problems({"data": tmp_path}, {"FOOTFALL_PORT": "hunter2"}))


def test_a_named_file_must_be_there_and_be_toml(tmp_path: Path) -> None:
    assert "no such file" in problems({}, {}, tmp_path / "absent.toml")[0]
    broken = tmp_path / "broken.toml"
    broken.write_text("port = = 1")
    assert "no valid TOML" in problems({}, {}, broken)[0]


def test_the_file_in_the_data_folder_cannot_name_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "footfall.toml").write_text('data = "elsewhere"\n')
    assert "data" in problems({"data": tmp_path}, {})[0]
    named = tmp_path / "named.toml"
    named.write_text('data = "elsewhere"\n')
    assert load(config=named, environment={}).settings.data == Path("elsewhere")


def test_secrets_are_masked_and_the_rest_is_shown_as_it_can_be_written_back(tmp_path: Path) -> None:
    class WithSecret(Settings):
        database_password: SecretStr = SecretStr("hunter2")

    loaded = load({"data": tmp_path}, environment={"FOOTFALL_DATABASE_PASSWORD": "hunter3"}, model=WithSecret)
    shown = {name: (value, origin) for name, value, origin in loaded.shown()}
    assert shown["database_password"] == (MASK, "FOOTFALL_DATABASE_PASSWORD")
    assert shown["session_timeout"] == ("PT30M", "default")
    again = {f"FOOTFALL_{name.upper()}": value for name, (value, _) in shown.items()}
    assert load(environment=again, model=WithSecret).settings.inbox_bytes == loaded.settings.inbox_bytes


def test_settings_cannot_be_changed_and_read_no_environment_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "FOOTFALL_PORT", "1")
    settings = Settings()
    assert settings.port == 8080
    with pytest.raises(ValidationError):
        settings.port = 9  # type: ignore[misc]


def test_shards_of_a_relay_are_numbers_of_shards() -> None:
    environment = {"FOOTFALL_SHARDS": "4", "FOOTFALL_RELAY_SHARDS": "0, 3"}
    assert load(environment=environment).settings.relay_shards == (0, 3)
    with pytest.raises(ConfigurationError, match="relay_shards: must be numbers of shards"):
        load(environment={**environment, "FOOTFALL_RELAY_SHARDS": "4"})
