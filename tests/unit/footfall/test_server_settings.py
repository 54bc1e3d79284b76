"""What the settings say of Kafka, PostgreSQL and ClickHouse: all problems at once, none quotes a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from footfall.distributed.server_settings import in_the_clear, require_servers
from footfall.distributed.warehouse_address import address_of
from footfall.settings import ConfigurationError, Settings, load
from tests.cluster.certificates import Authority

PASSWORD = "hunter2"
GOOD = {
    "kafka": ("127.0.0.1:9092",),
    "postgres": f"postgresql://footfall:{PASSWORD}@127.0.0.1:5432/footfall",
    "postgres_keys": f"postgresql://footfall:{PASSWORD}@localhost:5432/keys",
    "clickhouse": f"clickhouse://footfall:{PASSWORD}@127.0.0.1:9000/footfall",
    "secret": "ab" * 32,
}
REMOTE = f"postgresql://footfall:{PASSWORD}@db.example:5432/footfall"


def settings(**changes: Any) -> Settings:
    said = {**GOOD, **changes}
    return load(said, environment={}).settings


def problems(**changes: Any) -> list[str]:
    """Return the problems, of which none may hold the password."""
    with pytest.raises(ConfigurationError) as caught:
        require_servers(settings(**changes))
    assert PASSWORD not in str(caught.value)
    return caught.value.problems


def accept(**changes: Any) -> None:
    require_servers(settings(**changes))


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return Authority(tmp_path, "authority").certificate


def test_servers_of_this_machine_may_be_spoken_to_in_the_clear() -> None:
    accept()
    accept(postgres="postgresql:///footfall?host=/run/postgresql", kafka=("[::1]:9092",))
    assert in_the_clear(settings()) == []


def test_what_is_lacking_and_what_is_wrong_is_said_at_once() -> None:
    found = problems(secret="", postgres=REMOTE, clickhouse="http://nowhere", kafka_security="sasl_ssl")
    assert [one.partition(":")[0] for one in found] == [
        "FOOTFALL_SECRET",
        "FOOTFALL_KAFKA_USER",
        "FOOTFALL_KAFKA_PASSWORD",
        "FOOTFALL_POSTGRES",
        "FOOTFALL_CLICKHOUSE",
    ]


@pytest.mark.parametrize("security", ["sasl_ssl", "sasl_plaintext"])
def test_scram_wants_a_name_and_a_password(security: str) -> None:
    assert len(problems(kafka_security=security)) == 2
    accept(kafka_security=security, kafka_user="u", kafka_password=PASSWORD)


@pytest.mark.parametrize("security", ["plaintext", "ssl"])
def test_a_name_and_a_password_that_nobody_asks_for_are_a_mistake(security: str) -> None:
    found = problems(kafka_security=security, kafka_user="u", kafka_password=PASSWORD)
    assert [one.partition(":")[0] for one in found] == ["FOOTFALL_KAFKA_USER", "FOOTFALL_KAFKA_PASSWORD"]


SCRAM = {"kafka_user": "u", "kafka_password": PASSWORD}


@pytest.mark.parametrize("said", [{"kafka_security": "plaintext"}, {"kafka_security": "sasl_plaintext", **SCRAM}])
def test_an_authority_that_verifies_nothing_is_a_mistake(said: Any, authority: Path) -> None:
    (found,) = problems(kafka_ca=authority, **said)
    assert found.startswith("FOOTFALL_KAFKA_CA: it verifies nothing")


@pytest.mark.parametrize("make", [lambda file: None, lambda file: file.write_text("no certificate")])
def test_the_file_of_an_authority_must_be_one(make: Any, tmp_path: Path, authority: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    make(wrong)
    clickhouse = f"clickhouses://footfall:{PASSWORD}@ch.example/footfall?ca="
    verified = f"{REMOTE}?sslmode=verify-full&sslrootcert="
    said = {"kafka_security": "ssl", "postgres_keys": REMOTE + "?sslmode=verify-full&sslrootcert=system"}
    accept(**said, kafka_ca=authority, postgres=f"{verified}{authority}", clickhouse=f"{clickhouse}{authority}")
    found = problems(**said, kafka_ca=wrong, postgres=f"{verified}{wrong}", clickhouse=f"{clickhouse}{wrong}")
    assert [one.partition(":")[0] for one in found] == ["FOOTFALL_KAFKA_CA", "FOOTFALL_POSTGRES", "FOOTFALL_CLICKHOUSE"]
    assert all("the file of the authority" in one for one in found)


@pytest.mark.parametrize("mode", ["", "allow", "prefer", "require", "verify-ca", "verify_full"])
def test_a_database_on_another_machine_is_verified_or_openly_not(mode: str) -> None:
    for host in ("db.example", "10.0.0.5", "127.0.0.1,db.example", "localhost&hostaddr=10.0.0.5"):
        query = f"?host={host}" + (f"&sslmode={mode}" if mode else "")
        (found,) = problems(postgres_keys=f"postgresql://footfall:{PASSWORD}@/keys{query}")
        assert found.startswith("FOOTFALL_POSTGRES_KEYS: sslmode must be verify-full")
    accept(postgres=f"{REMOTE}?sslmode=disable")
    accept(postgres=f"{REMOTE}?sslmode=verify-full")


def test_an_authority_of_a_database_that_is_half_verified_is_a_mistake(authority: Path) -> None:
    (found,) = problems(postgres=f"{GOOD['postgres']}?sslmode=require&sslrootcert={authority}")
    assert found.startswith("FOOTFALL_POSTGRES: sslrootcert")


@pytest.mark.parametrize(
    "url",
    [
        f"host=db.example password={PASSWORD}",
        f"postgresql://footfall:{PASSWORD}@db.example:port:5432/footfall",
        f"postgresql://footfall:{PASSWORD}@[db.example/footfall",
        f"postgresql://footfall:{PASSWORD}@db.example/footfall?sslmod=verify-full",
    ],
)
def test_a_database_url_that_is_none_is_not_quoted(url: str) -> None:
    (found,) = problems(postgres=url)
    assert found.startswith("FOOTFALL_POSTGRES: must be postgresql://")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"clickhouse://footfall:{PASSWORD}/x@ch.example:9000/footfall", "must be"),
        (f"clickhouse://footfall:{PASSWORD}@[ch.example:9000/footfall", "must be"),
        (f"clickhouses://footfall:{PASSWORD}@ch.example:port/footfall", "must be"),
        (f"clickhouses://footfall:{PASSWORD}@ch.example/footfall?verify=false", "nothing but ?ca=FILE"),
        (f"clickhouses://footfall:{PASSWORD}@ch.example/footfall?ca=", "cannot be read"),
        (f"clickhouse://footfall:{PASSWORD}@ch.example/footfall?ca=file", "verifies nothing"),
    ],
)
def test_a_clickhouse_url_that_cannot_be_meant_is_not_quoted(url: str, says: str) -> None:
    (found,) = problems(clickhouse=url)
    assert found.startswith("FOOTFALL_CLICKHOUSE: ")
    assert says in found
    with pytest.raises(ConfigurationError, match="FOOTFALL_CLICKHOUSE"):
        address_of(settings(clickhouse=url))


def test_a_clickhouse_by_tls_has_its_own_port_and_its_authority(authority: Path) -> None:
    url = f"clickhouses://footfall:a%2Fb@ch.example/shop?ca={authority}"
    address = address_of(settings(clickhouse=url))
    assert address == ("ch.example", 9440, "footfall", "a/b", "shop", True, str(authority))


def test_other_machines_that_are_spoken_to_in_the_clear_are_named() -> None:
    remote = settings(
        kafka=("127.0.0.1:9092", "kafka.example:9092"),
        postgres=f"{REMOTE}?sslmode=disable",
        clickhouse="clickhouse://ch.example/footfall",
    )
    assert set(in_the_clear(remote)) == {"FOOTFALL_KAFKA_SECURITY", "FOOTFALL_POSTGRES", "FOOTFALL_CLICKHOUSE"}
    encrypted = settings(kafka_security="ssl", kafka=("kafka.example:9092",), postgres=f"{REMOTE}?sslmode=verify-full")
    assert in_the_clear(encrypted) == []
