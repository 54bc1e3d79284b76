"""How Kafka is reached: the options of the settings, as kafka-python takes them, and what is wrong with them."""

from __future__ import annotations

import ssl
from typing import Any

from footfall.distributed.authorities import fault_of
from footfall.loopback import is_here
from footfall.settings import Settings

MECHANISM = "SCRAM-SHA-512"


def client_options(settings: Settings) -> dict[str, Any]:
    """Return what every client of kafka-python is given."""
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.kafka),
        "security_protocol": settings.kafka_security.upper(),
        "client_id": "footfall",
    }
    if encrypted(settings):
        options["ssl_context"] = ssl_context(settings)
    if authenticated(settings):
        options |= {
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def encrypted(settings: Settings) -> bool:
    """Tell whether it is by TLS."""
    return settings.kafka_security.endswith("ssl")


def authenticated(settings: Settings) -> bool:
    """Tell whether it is with a name and a password."""
    return settings.kafka_security.startswith("sasl")


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """Certificates are verified, and so is the name in them."""
    return ssl.create_default_context(cafile=None if settings.kafka_ca is None else str(settings.kafka_ca))


def kafka_problems(settings: Settings) -> list[str]:
    """Return what the settings of Kafka say that cannot be meant."""
    problems = []
    for name, given in (("USER", settings.kafka_user), ("PASSWORD", settings.kafka_password.get_secret_value())):
        if authenticated(settings) and not given:
            problems.append(f"FOOTFALL_KAFKA_{name}: must be set: kafka_security is one with SCRAM")
        if given and not authenticated(settings):
            problems.append(f"FOOTFALL_KAFKA_{name}: nobody asks for it unless kafka_security is one with SCRAM")
    if settings.kafka_ca is not None:
        fault = fault_of(settings.kafka_ca) if encrypted(settings) else _UNUSED_CA
        problems += [f"FOOTFALL_KAFKA_CA: {fault}"] if fault else []
    return problems


_UNUSED_CA = "it verifies nothing unless kafka_security is ssl or sasl_ssl"


def kafka_in_the_clear(settings: Settings) -> bool:
    """Tell whether what is said to the brokers can be read on a network."""
    hosts = [server.rpartition(":")[0] for server in settings.kafka]
    return not encrypted(settings) and not all(map(is_here, hosts))
