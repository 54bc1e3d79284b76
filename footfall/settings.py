"""The settings: one frozen value, built once at the start and passed on as plain arguments.

A value comes from the command line, else from the environment (`FOOTFALL_...`), else from a file (`--config`, else
`footfall.toml` in the data folder), else it is the default. Everything wrong in any of them is reported at once.
What belongs to a store (currency, time zone, origins) is no setting.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import ByteSize, Field, SecretStr, TypeAdapter, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from schemas.errors import FootfallError

PREFIX = "FOOTFALL_"
FILE_NAME = "footfall.toml"
MASK = "********"
MIB = 1024**2
GIB = 1024**3
LogLevel = Literal["debug", "info", "warning", "error"]
IpKept = Literal["truncate", "drop"]
KafkaSecurity = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
_NEEDED = ("kafka", "postgres", "postgres_keys", "clickhouse", "secret")
"""What the distributed mode cannot do without."""
_DURATION = TypeAdapter(timedelta)


class ConfigurationError(FootfallError):
    """The settings do not hold; names every problem. Commands end with exit code 2."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """All settings with their defaults. A field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True)

    data: Path = Field(Path(".footfall"), description="folder of everything that is kept")
    host: str = Field("127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0: any free one")
    log_level: LogLevel = Field("info", description="least level that is logged")
    inbox_bytes: ByteSize = Field(
        ByteSize(GIB), ge=MIB, description="most that the inbox holds; beyond it clients get 503 and try again"
    )
    clickhouse_memory_bytes: ByteSize = Field(
        ByteSize(2 * GIB), ge=512 * MIB, description="most memory that ClickHouse takes"
    )
    session_timeout: timedelta = Field(
        timedelta(minutes=30),
        ge=timedelta(seconds=1),
        le=timedelta(days=1),
        description="a longer gap between two activities of a person begins a new session (PT30M, or seconds)",
    )
    backdate_days: int = Field(30, ge=0, le=36500, description="oldest event that a write key may send, in days")
    dead_letter_days: int = Field(30, ge=1, le=36500, description="dead letters are kept for so many days")
    dead_letter_bytes: ByteSize = Field(
        ByteSize(256 * MIB), ge=MIB, description="most bytes of dead letters that are kept for a store"
    )
    query_seconds: int = Field(30, ge=1, le=3600, description="longest that one question may take")
    events_per_key: int = Field(
        0, ge=0, le=10**6, description="events a second that one key may send, 429 beyond; 0: no limit"
    )
    requests_per_address: int = Field(
        0, ge=0, le=10**6, description="requests a second that may come from one address, 429 beyond; 0: no limit"
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="proxies in front that append to X-Forwarded-For; 0: that header is not believed"
    )
    max_connections: int = Field(1000, ge=1, le=10**6, description="connections at once; beyond it clients get 503")
    query_parameters: frozenset[str] = Field(
        frozenset(), description="URL query parameters that are kept besides the usual ones, separated by commas"
    )
    ip: IpKept = Field(
        "truncate", description="what is kept of IP addresses: truncate (their networks, /24 and /48) or drop (nothing)"
    )
    places: Path | None = Field(
        None, description="database of places in MaxMind's format: country, region and city of an address [none]"
    )
    bot_networks: Path | None = Field(
        None, description="file of networks, one a line (203.0.113.0/24), from which browsers are bots [none]"
    )
    kafka: tuple[str, ...] = Field(
        (), description="distributed: Kafka's bootstrap servers, host:port, separated by commas"
    )
    kafka_security: KafkaSecurity = Field(
        "plaintext", description="how Kafka is spoken to: plaintext, ssl, sasl_plaintext or sasl_ssl (SCRAM-SHA-512)"
    )
    kafka_ca: Path | None = Field(None, description="file of the authority that signed Kafka's certificates [system]")
    kafka_user: str = Field("", description="name for SCRAM")
    kafka_password: SecretStr = Field(SecretStr(""), description="password for SCRAM")
    kafka_partitions: int = Field(12, ge=1, le=10_000, description="partitions of each topic; never changed later")
    kafka_replication: int = Field(3, ge=1, le=100, description="copies of each partition, on as many brokers")
    kafka_min_insync_replicas: int = Field(
        2, ge=1, le=100, description="copies that an acknowledged record is in at the least"
    )
    kafka_retention_days: int = Field(7, ge=1, le=36500, description="how long records stay in their topics")

    postgres: SecretStr = Field(
        SecretStr(""),
        description="distributed: the event store, postgresql://user:password@host:5432/database?sslmode=...",
    )
    postgres_keys: SecretStr = Field(
        SecretStr(""),
        description="distributed: the database of the streams' keys; another one, so that no copy has both",
    )
    clickhouse: SecretStr = Field(
        SecretStr(""),
        description="distributed: clickhouse://user:password@host:9000/database; clickhouses:// for TLS, ?ca=FILE",
    )
    secret: SecretStr = Field(
        SecretStr(""), description="distributed: by which ids are hashed, 64 hexadecimal digits; never changed later"
    )
    shards: int = Field(4, ge=1, le=1024, description="parts of the event store; fixed when it is made")
    relay_shards: tuple[int, ...] = Field(
        (), description="shards that this relay relays, separated by commas: several relays share them [all]"
    )

    @property
    def distributed(self) -> bool:
        """Tell which run mode these settings are for."""
        return bool(self.kafka)

    @field_validator("query_parameters", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return frozenset(name.lower() for name in _parts(value))
        return value

    @field_validator("relay_shards", mode="before")
    @classmethod
    def _from_numbers(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(int(part) if part.isdecimal() else part for part in _parts(value))
        return value

    @field_validator("relay_shards")
    @classmethod
    def _that_are_there(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        if any(shard >= info.data.get("shards", shard + 1) for shard in value):
            raise ValueError("must be numbers of shards, which begin at 0")
        return value

    @field_validator("kafka", mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if isinstance(value, str):
            return _parts(value)
        return value

    @field_validator("kafka")
    @classmethod
    def _with_ports(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not port.isdigit() or not host for host, _, port in (server.rpartition(":") for server in value)):
            raise ValueError("must be host:port, ...")
        return value

    @field_validator("session_timeout", mode="before")
    @classmethod
    def _from_seconds(cls, value: Any) -> Any:
        return float(value) if isinstance(value, str) and value.strip().isdecimal() else value

    @field_validator("secret")
    @classmethod
    def _as_long_as_a_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch("[0-9a-f]{64}", value.get_secret_value()):
            raise ValueError("must be 64 hexadecimal digits, such as `openssl rand -hex 32` prints")
        return value

    @field_validator("kafka_min_insync_replicas")
    @classmethod
    def _enough_copies(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("kafka_replication", value):
            raise ValueError("must be at most kafka_replication, else nothing can be written")
        return value

    def lacking(self) -> list[str]:
        """Return a sentence for each setting that the distributed mode cannot do without, and that is not set."""
        lacking = [name for name in _NEEDED if not getattr(self, name)]
        return [f"{PREFIX}{name.upper()}: must be set: {_described(type(self), name)}" for name in lacking]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read nothing by itself: `load` knows the sources, and says of each value where it came from."""
        return (init_settings,)


SECRETS = frozenset(name for name, field in Settings.model_fields.items() if field.annotation is SecretStr)
"""Settings of the distributed mode alone: processes of the embedded mode are not told them."""


@dataclass(frozen=True)
class Loaded:
    """The settings in force, and where each value came from."""

    settings: Settings
    origins: Mapping[str, str]

    def shown(self) -> list[tuple[str, str, str]]:
        """Return name, value and origin of every setting, secrets masked."""
        names = type(self.settings).model_fields
        return [(name, shown(getattr(self.settings, name)), self.origins[name]) for name in names]


def load(
    arguments: Mapping[str, Any] | None = None,
    *,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
    model: type[Settings] = Settings,
) -> Loaded:
    """Build the settings; `arguments` are the command line's, None where an option was not given.

    Raises ConfigurationError with all problems of all sources.
    """
    problems: list[str] = []
    given = {name: value for name, value in (arguments or {}).items() if value is not None}
    values: dict[str, Any] = {}
    origins = dict.fromkeys(model.model_fields, "default")

    def take(layer: Mapping[str, Any], origin: str, prefix: str = "") -> None:
        for name, value in layer.items():
            if name in model.model_fields:
                values[name] = value
                origins[name] = origin.format(prefix + name.upper())
            else:
                problems.append(_unknown(name, origin, prefix, model))

    said = _said_by(os.environ if environment is None else environment)
    data = Path(given.get("data") or said.get("data") or model.model_fields["data"].default)
    take(_said_in(config or data / FILE_NAME, problems, must_exist=config is not None), str(config or data / FILE_NAME))
    if not config and "data" in values:
        problems.append(f"{data / FILE_NAME}: data: this file lies in the data folder, so it cannot name it")
    take(said, "{}", PREFIX)
    take(given, "command line")
    try:
        settings = model(**values)
    except ValidationError as error:
        problems += [_problem(detail["loc"], detail["msg"], origins) for detail in error.errors(include_input=False)]
        raise ConfigurationError(problems) from None
    if problems:
        raise ConfigurationError(problems)
    return Loaded(settings, origins)


def _described(model: type[Settings], name: str) -> str:
    return (model.model_fields[name].description or "").removeprefix("distributed: ")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def shown(value: object) -> str:
    """Return a value as `footfall config` prints it."""
    match value:
        case SecretStr():
            return MASK if value.get_secret_value() else ""
        case None:
            return ""
        case timedelta():
            return str(_DURATION.dump_python(value, mode="json"))
        case ByteSize():
            return value.human_readable()
        case frozenset():
            return ",".join(sorted(map(str, value)))
        case tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)


def _said_by(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the environment says; an empty variable says nothing."""
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value.strip()
    }


def _said_in(file: Path, problems: list[str], *, must_exist: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            problems.append(f"{file}: no such file")
    except OSError as error:
        problems.append(f"{file}: cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{file}: no valid TOML: {error}")
    return {}


def _unknown(name: str, origin: str, prefix: str, model: type[Settings]) -> str:
    near = difflib.get_close_matches(name, model.model_fields, n=1)
    written = f"{prefix}{near[0].upper() if prefix else near[0]}" if near else ""
    hint = f"; did you mean {written}?" if written else ""
    return f"{prefix}{name.upper()}: no such setting{hint}" if prefix else f"{origin}: {name}: no such setting{hint}"


def _problem(location: tuple[int | str, ...], message: str, origins: Mapping[str, str]) -> str:
    """Name the setting and its origin, never the value: it may be a secret."""
    name = str(location[0]) if location else ""
    return f"{origins.get(name, 'settings')}: {name}: {message.removeprefix('Value error, ')}"
